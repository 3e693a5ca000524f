"""A thread that sleeps for a time, or until woken."""

from __future__ import annotations

import threading


class ThreadWaiter:
    """A thread that waits for a permit; implements `segue._pace.queue.Waiter`."""

    def __init__(self) -> None:
        self.loop: object = self  # it has no event loop
        self._woken = threading.Event()

    def wake(self) -> bool:
        """End its current wait, or the next one."""
        self._woken.set()
        return True

    def rest(self, seconds: float) -> None:
        """Sleep, unless it is woken."""
        self._woken.wait(min(seconds, threading.TIMEOUT_MAX))
        self._woken.clear()
