"""A task that sleeps for a time, or until woken."""

from __future__ import annotations

import anyio

from segue._process.event_loops import running_loop


class TaskWaiter:
    """A task of the running event loop that waits for a permit.

    Implements `segue._pace.queue.Waiter`."""

    def __init__(self) -> None:
        self._loop = running_loop()
        self.loop: object = self._loop
        self._woken = False
        self._event: anyio.Event | None = None

    def wake(self) -> bool:
        """End its current wait, or the next one; False when its loop has ended. From any thread."""
        return self._loop.call_soon(self._wake)

    def _wake(self) -> None:
        self._woken = True
        if self._event is not None:
            self._event.set()

    async def rest(self, seconds: float) -> None:
        """Sleep, unless it is woken."""
        if not self._woken:
            self._event = anyio.Event()
            try:
                with anyio.move_on_after(seconds):
                    await self._event.wait()
            finally:
                self._event = None
        self._woken = False
