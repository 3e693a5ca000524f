"""Many flows want the same answer at once: one fetches it, and the others wait for that. Pure."""

from __future__ import annotations

from threading import RLock
from typing import cast

from segue._pace.queue import Waiter
from segue._pace.store import Kind
from segue._pace.windows import LONGEST
from segue.flow import Flow, Now, Permit, permit

_NAP = 0.05
"""Seconds after which one looks again who cannot be woken."""


class SingleFlight:
    """The fetching of one thing, from when this is made to its `end`; implements
    `segue._pace.turns.Turns`.

    Whoever waits is woken when it has ended, however it did, and waits for `LONGEST` seconds at
    most: the one that fetches may be of an event loop that was stopped.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._waiters: dict[Waiter, None] | None = {}  # None once it has ended
        self._until: float | None = None

    def ended(self) -> Flow[Now]:
        """Wait for the end."""
        clock = yield from permit(Permit(turns=self, kind="fetch", job=""))
        return cast("Now", clock)

    def end(self) -> None:
        """It has ended, with an answer or without."""
        with self._lock:
            waiters, self._waiters = self._waiters or {}, None
        for waiter in waiters:
            waiter.wake()

    def turn(
        self, kind: Kind, job: str, due: float, now: float, waiter: Waiter | None = None
    ) -> float:
        """0 when it has ended."""
        with self._lock:
            if self._waiters is None:
                return 0.0
            self._until = self._until or now + LONGEST
            if waiter is None:
                return min(self._until - now, _NAP)
            self._waiters[waiter] = None
            return self._until - now

    def withdraw(self, kind: Kind, job: str, waiter: Waiter | None = None) -> None:
        """One waits no more."""
        with self._lock:
            if self._waiters is not None and waiter is not None:
                self._waiters.pop(waiter, None)

    def paused(self, now: float) -> float:
        """Nobody pauses it."""
        return 0.0
