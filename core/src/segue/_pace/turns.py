"""The waiting loop behind every `Permit`, for the code that runs a flow. Pure: it yields its waits.

First the job waits for a permit among the jobs of its client, then among all processes, where a
store holds their permits.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec

from segue._effects.run import through
from segue._pace.queue import Waiter
from segue._pace.rate_limit import Gate
from segue._pace.retry_policy import PATIENCE
from segue._pace.store import Kind, Part, Turn
from segue.errors import RateLimited
from segue.flow import Effect, Flow, Now, Permit, Sleep, Work

T = TypeVar("T")


class Rest(msgspec.Struct, frozen=True):
    """Sleep for so many `seconds`, or until the waiter is woken; the result is that of a
    `Sleep`."""

    seconds: float


Step: TypeAlias = Sleep | Rest | Work
"""The effects of the loop; a `Work` calls the store of permits, and may block."""


class Turns(Protocol):
    """A source of permits. Called from any thread; never blocks."""

    def turn(
        self, kind: Kind, job: str, due: float, now: float, waiter: Waiter | None = None
    ) -> float:
        """Acquire a permit and return 0, or return the seconds after which to call again, unless
        the `waiter` is woken before. `due` is the earliest time to send."""
        ...

    def withdraw(self, kind: Kind, job: str, waiter: Waiter | None = None) -> None:
        """Remove a waiter."""
        ...

    def paused(self, now: float) -> float:
        """Seconds until any job may send."""
        ...


def turn(
    request: Permit, clock: Now, waiter: Waiter | None = None
) -> Generator[Step, Any, Now | None]:
    """Wait until the permit is acquired; returns the time then, or None at `until`. Raises
    `RateLimited` for a pause that is longer than the caller's patience.

    `waiter` is woken by others while this yields a `Rest`; without it, this only yields `Sleep`.
    The place and the permit are released unless this returns a time.
    """
    turns, kind, job = request.turns, request.kind, request.job
    due = clock.monotonic if request.due is None else request.due
    try:
        while True:
            wait = turns.turn(kind, job, due, clock.monotonic, waiter)
            if wait <= 0 and isinstance(turns, Gate) and turns.store is not None:
                wait, clock = yield from _shared(turns, turns.store, request, due, waiter)
            if wait <= 0:
                return clock
            if request.patience is not None:
                refuse_long_pause(turns.paused(clock.monotonic), request.patience)
            if request.until is not None:
                wait = min(wait, request.until - clock.monotonic)
            if wait <= 0:
                return None
            early = waiter is None or due > clock.monotonic
            clock = yield Sleep(seconds=wait) if early else Rest(wait)
    finally:
        turns.withdraw(kind, job, waiter)


def _shared(
    gate: Gate, store: Part, request: Permit, due: float, waiter: Waiter | None
) -> Generator[Step, Any, tuple[float, Now]]:
    """Acquire a permit of the shared store: returns 0, or the seconds after which to try again; and
    the time then."""
    kind, job = request.kind, request.job
    try:
        answer: Turn = yield Work(function=partial(store.permit, kind, job))
        clock: Now = yield Sleep(seconds=0)
    except BaseException:  # it may be acquired, and will not be used
        gate.unused(kind, job)
        raise
    if answer.wait > 0:
        gate.not_yet(kind, job, due, answer.wait, clock.monotonic, waiter=waiter)
        gate.paused_by_others(answer.pause, clock.monotonic)
    return answer.wait, clock


def in_sleeps(flow: Flow[T]) -> Flow[T]:
    """The same flow with its permits waited for in `Sleep` and `Work`, for a driver without
    permits."""
    return through(flow, _waited)


def _waited(effect: Effect) -> Flow[object]:
    if not isinstance(effect, Permit):
        return (yield effect)
    clock = yield Sleep(seconds=0)
    return (yield from through(turn(effect, clock), _step))


def _step(step: Step) -> Flow[object]:
    return (yield Sleep(seconds=step.seconds) if isinstance(step, Rest) else step)


def refuse_long_pause(seconds: float, patience: float = 0.0) -> None:
    """Raise `RateLimited` instead of sleeping through a pause longer than `PATIENCE`, and than the
    caller's own."""
    if seconds > max(PATIENCE, patience):
        raise RateLimited(f"rate limited; retry after {seconds:.0f} s", retry_after=seconds)
