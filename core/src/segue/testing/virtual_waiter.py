"""How the simulator's processes wait for their turn, under a virtual clock."""

from __future__ import annotations

from collections.abc import Callable

from segue._pace.store import Kind, Turn, What


class Permits:
    """An account's part in a store of permits that nobody else uses; implements
    `segue._pace.store.Part`."""

    def permit(self, kind: Kind, job: str) -> Turn:
        """A permit."""
        return Turn()

    def heard(self, what: What, job: str, kind: Kind, seconds: float) -> None:
        """Nobody else has to know."""


class VirtualWaiter:
    """One that waits for its turn; implements `segue._pace.queue.Waiter`. `at_once` has a function
    called next at the time that it is."""

    def __init__(self, at_once: Callable[[Callable[[], None]], object], *, loop: object) -> None:
        self.loop = loop
        self._at_once = at_once
        self._resume: Callable[[], None] | None = None
        self._woken = False

    def wake(self) -> bool:
        """End its rest, or the next one."""
        self._woken = True
        if self._resume is not None:
            self._at_once(self._resume)
        return True

    def resting(self, resume: Callable[[], None]) -> Callable[[], None]:
        """The function that ends a rest: `resume`, but once only. It is called when the time of
        the rest is over; when this is woken, before."""

        def once() -> None:
            if self._resume is once:
                self._resume, self._woken = None, False
                resume()

        self._resume = once
        if self._woken:
            self._at_once(once)
        return once
