"""Single flight: of concurrent flows that need the same result, one fetches it and the others wait.
Pure."""

from __future__ import annotations

from threading import RLock
from typing import cast

from segue._pace.queue import Waiter
from segue._pace.store import Kind
from segue._pace.windows import LONGEST
from segue.flow import Flow, Now, Permit, permit

_NAP = 0.05
"""Seconds after which a flow that cannot be woken checks again."""


class SingleFlight:
    """One fetch in progress, from construction to `end`; implements
    `segue._pace.turns.Turns`.

    Waiters are woken when it has ended, successfully or not, and wait for `LONGEST` seconds at
    most: the event loop of the fetching flow may have stopped.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._waiters: dict[Waiter, None] | None = {}  # None once it has ended
        self._until: float | None = None

    def ended(self) -> Flow[Now]:
        """Wait until the fetch has ended."""
        clock = yield from permit(Permit(turns=self, kind="fetch", job=""))
        return cast("Now", clock)

    def end(self) -> None:
        """End the fetch, with a result or without."""
        with self._lock:
            waiters, self._waiters = self._waiters or {}, None
        for waiter in waiters:
            waiter.wake()

    def turn(
        self, kind: Kind, job: str, due: float, now: float, waiter: Waiter | None = None
    ) -> float:
        """Return 0 when the fetch has ended, else the seconds until the next check."""
        with self._lock:
            if self._waiters is None:
                return 0.0
            self._until = self._until or now + LONGEST
            if waiter is None:
                return min(self._until - now, _NAP)
            self._waiters[waiter] = None
            return self._until - now

    def withdraw(self, kind: Kind, job: str, waiter: Waiter | None = None) -> None:
        """Remove a waiter."""
        with self._lock:
            if self._waiters is not None and waiter is not None:
                self._waiters.pop(waiter, None)

    def paused(self, now: float) -> float:
        """Return 0: it is never paused."""
        return 0.0
