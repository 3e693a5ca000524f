"""The HTTP clients that an asynchronous driver opens; see `_http/pool.py`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from http.cookiejar import CookieJar

import anyio
import httpx

from segue._http.pool import SMALL, AnyLanes, Lane, Shape
from segue._process.event_loops import EndsWithLoop


class AsyncLanes(AnyLanes[httpx.AsyncClient]):
    """For tasks of one event loop, with which they are closed."""

    def __init__(
        self,
        make: Callable[[httpx.Limits, CookieJar], httpx.AsyncClient],
        *,
        theirs: httpx.AsyncClient | None = None,
        shape: Shape = SMALL,
        cookies: CookieJar | None = None,
    ) -> None:
        super().__init__(make, theirs=theirs, shape=shape, cookies=cookies)
        self._paid = self._for_paid()
        self._waiting: deque[anyio.Event] = deque()
        self._end: EndsWithLoop | None = None

    def _for_paid(self) -> AsyncLanes | None:
        once = self._for_one_request()
        return once and AsyncLanes(self._make, shape=once, cookies=self._cookies)

    def way(self, *, spends: bool) -> AsyncLanes:
        """The lanes for a request that may cost money, or for any other."""
        return self._paid if spends and self._paid is not None else self

    def _opened(self) -> Lane[httpx.AsyncClient]:
        if self._end is None:
            lanes = self._lanes  # and not this object, which would never be freed
            self._end = EndsWithLoop(lambda: _closed(lanes))
        return super()._opened()

    async def take(self, patience: float | None) -> Lane[httpx.AsyncClient]:
        """Acquire a connection slot; raise `PoolTimeout`."""
        lane = self._free() if not self._waiting else None
        if lane is None:
            with anyio.move_on_after(patience):
                lane = await self._turn()
        if lane is None:
            raise httpx.PoolTimeout("all connections were busy")
        lane.taken += 1
        return lane

    async def _turn(self) -> Lane[httpx.AsyncClient]:
        """Wait in the queue; leaving it early calls the next one."""
        called = anyio.Event()
        self._waiting.append(called)
        try:
            await called.wait()
            while (lane := self._free()) is None:
                called = anyio.Event()
                self._waiting.appendleft(called)
                await called.wait()
        except BaseException:
            if called in self._waiting:
                self._waiting.remove(called)
            else:
                self._call_next()
            raise
        return lane

    def give_back(self, lane: Lane[httpx.AsyncClient]) -> None:
        """Release a connection slot."""
        lane.taken -= 1
        self._call_next()

    def _call_next(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()

    async def close(self) -> None:
        """Close the clients that were opened here."""
        if self._paid is not None:
            await self._paid.close()
        end, self._end = self._end, None
        if end is not None:
            await end.closed()


async def _closed(lanes: list[Lane[httpx.AsyncClient]]) -> None:
    while lanes:
        await lanes.pop().client.aclose()
