"""Waiting for permits in the simulator, under a virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from segue._pace import store
from segue._pace.turns import Step, turn
from segue.errors import JournalError, SegueError
from segue.flow import Now, Permit, Work
from segue.testing.faults import Kind

SLOW = 30.0
"""Seconds until a slow store of permits answers."""


class Permits:
    """An account's part in a store of permits without other clients; implements
    `segue._pace.store.Part`."""

    def permit(self, kind: store.Kind, job: str) -> store.Turn:
        """Return a permit at once."""
        return store.Turn()

    def heard(self, what: store.What, job: str, kind: store.Kind, seconds: float) -> None:
        """Do nothing: there are no other clients."""


class Time(Protocol):
    """A virtual clock with timers."""

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` after so many seconds."""
        ...

    def now(self) -> Now:
        """The current time."""
        ...


class PermitWait:
    """A flow that waits for its permit; a `segue._pace.queue.Waiter`.

    In the end `done` is called with the result, or with the error for the flow.
    """

    def __init__(
        self,
        request: Permit,
        time: Time,
        fault: Kind | None,
        done: Callable[[Now | SegueError | None], None],
    ) -> None:
        self.loop: object = time
        self._time, self._fault, self._done = time, fault, done
        self._resume: Callable[[], None] | None = None
        self._woken = False
        self._turn = turn(request, time.now(), self)

    def begin(self) -> None:
        """Run until time has to pass."""
        self._go_on(lambda: next(self._turn))

    def wake(self) -> bool:
        """End its current wait, or the next one."""
        self._woken = True
        if self._resume is not None:
            self._time.after(0, self._resume)
        return True

    def _go_on(self, move: Callable[[], Step]) -> None:
        try:
            step = move()
        except StopIteration as end:
            self._done(end.value)
        except SegueError as error:
            self._done(error)
        else:
            self._wait(step)

    def _wait(self, step: Step) -> None:
        if isinstance(step, Work):
            late = SLOW if self._fault is Kind.STORE_SLOW else 0.0
            self._time.after(late, lambda: self._go_on(lambda: self._stored(step)))
            return

        def resume() -> None:
            if self._resume is resume:  # neither woken nor resumed before
                self._resume, self._woken = None, False
                self._go_on(lambda: self._turn.send(self._time.now()))

        self._resume = resume
        self._time.after(0 if self._woken else step.seconds, resume)

    def _stored(self, work: Work) -> Step:
        if self._fault is Kind.STORE_FAILS:
            return self._turn.throw(JournalError("the store of permits could not be used"))
        return self._turn.send(work.function())
