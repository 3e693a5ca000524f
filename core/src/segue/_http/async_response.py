"""One response of an asynchronous client at a time; see `_http/response.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.lowlevel

from segue._effects.run import async_pump
from segue._http.async_deadline import until
from segue._http.deadline import NEVER, due
from segue._http.log_filter import quiet
from segue._http.response import Do, Open, Rest, Step, Try, owned, patience
from segue._process.threads import to_its_end

if TYPE_CHECKING:
    import httpx

    from segue._http.async_pool import AsyncLanes
    from segue._http.pool import Lane

T = TypeVar("T")


class AsyncConnection:
    """For an asynchronous client. Use it in `async with`: it is closed at the end."""

    def __init__(self, lanes: AsyncLanes) -> None:
        self._lanes = lanes
        self._lane: Lane[httpx.AsyncClient] | None = None
        self._response: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._due = NEVER

    async def tried(self, attempt: Try[T]) -> T:
        """Make one attempt; as `Connection.tried`."""
        try:
            return await async_pump(attempt, self._perform)
        except BaseException:
            await self.close()
            raise

    async def _perform(self, step: Step) -> object:
        if isinstance(step, Do):
            return await to_its_end(step.function)
        if isinstance(step, Open):
            await self.close()
            self._lane = lane = await self._lanes.take(patience(step.request))
            self._due = due(step.within)
            if step.leaving is not None:
                await anyio.lowlevel.checkpoint_if_cancelled()
                step.leaving()
            with quiet():
                async with until(*self._due):
                    self._response = await lane.client.send(
                        step.request, stream=True, follow_redirects=False
                    )
            if self._lanes.own:
                owned(self._response)
            return self._response
        if self._response is None:
            return b""
        if self._chunks is None:
            self._chunks = _araw(self._response)
        if isinstance(step, Rest):
            async with until(*self._due):
                await _gathered(self._chunks, step)
                return None
        async with until(*due(step.within, self._due)):
            return await anext(self._chunks, b"")

    def handed_on(self) -> AsyncConnection:
        """Transfer the response to a new connection object; this one closes nothing any more."""
        other = AsyncConnection(self._lanes)
        other._lane, other._response, other._chunks = self._lane, self._response, self._chunks
        other._due = self._due
        self._lane = self._response = self._chunks = None
        return other

    async def close(self) -> None:
        """Close the response, even when the task is being cancelled."""
        response, chunks, lane = self._response, self._chunks, self._lane
        self._response = self._chunks = self._lane = None
        try:
            if response is not None and not response.is_closed:
                with anyio.CancelScope(shield=True):
                    await response.aclose()
                    if chunks is not None:
                        await _spent(chunks)
        finally:
            if lane is not None:
                self._lanes.give_back(lane)

    async def __aenter__(self) -> AsyncConnection:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _araw(response: httpx.Response) -> AsyncIterator[bytes]:
    return response.aiter_bytes() if response.is_stream_consumed else response.aiter_raw()


async def _gathered(chunks: AsyncIterator[bytes], step: Rest) -> None:
    async for chunk in chunks:
        step.into.extend(chunk)
        if len(step.into) > step.most:
            return


async def _spent(chunks: AsyncIterator[bytes]) -> None:
    """Exhaust httpx's generators. They are nested, and the inner ones cannot be closed: but once
    the response is closed, reading yields what is buffered, and fails."""
    with suppress(Exception):
        while await anext(chunks, b""):
            pass
