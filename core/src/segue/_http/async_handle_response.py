"""A response that an `AsyncJob` holds between its `wait` and its `download`.

See `_http/handle_response.py`.
"""

from __future__ import annotations

import asyncio
import os

from segue._http.async_kept_response import AsyncKept
from segue._http.async_response import AsyncConnection
from segue._http.handle_response import LONGEST, AnyShelf
from segue._process.event_loops import Loop, running_loop
from segue.flow import Call, Reply, Save


class AsyncShelf(AnyShelf["AsyncHeld"]):
    """For tasks."""

    async def clear(self, *, but: object = None) -> None:
        """Close all of them, or all but one."""
        for held in self.all():
            if held is not but:
                await held.aclose()


class AsyncHeld(AsyncKept):
    """For an `AsyncJob`. Under trio, which has no background tasks, only the next request of its
    client closes it."""

    def __init__(self, shelf: AsyncShelf) -> None:
        super().__init__()
        self._shelf = shelf
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._process = os.getpid()
        self._where: Loop | None = None

    async def hold(self, call: Call, reply: Reply, connection: AsyncConnection) -> Reply:
        """Hold the connection of a reply, for `LONGEST` seconds."""
        kept = self.keep(call, reply, connection)
        self._process, self._loop, self._where = os.getpid(), _loop(), running_loop()
        if self._loop is not None:
            self._timer = self._loop.call_later(LONGEST, self._time_is_up)
        if (oldest := self._shelf.put(self)) is not None:
            await oldest.aclose()
        return kept

    def taken(self, effect: Save) -> AsyncConnection | None:
        """The held connection with the file to be saved, if still open; not in another process or
        event loop."""
        if not self._here():
            return None
        connection = super().taken(effect)
        if connection is not None:
            self._stop()
        return connection

    async def aclose(self) -> None:
        """Close the held response; one that belongs to another event loop is dropped."""
        connection, here = self._closed(), self._here()
        self._stop()
        if connection is not None and here:
            await connection.close()

    def _here(self) -> bool:
        return os.getpid() == self._process and self._where is running_loop()

    def _time_is_up(self) -> None:
        if self._loop is not None:
            self._closing = self._loop.create_task(self.aclose())

    def _stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._shelf.drop(self)


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
