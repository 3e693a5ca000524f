"""The waiting loop behind every `Permit`, for whoever runs a flow. Pure: it wants time to pass.

First the job waits for its turn among the jobs of its client, then among all who use the account,
where a store holds the permits of them all.
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
    """Sleep for so many `seconds`, or until the waiter is woken; answered like a `Sleep`."""

    seconds: float


Step: TypeAlias = Sleep | Rest | Work
"""What the loop wants of whoever runs it; a `Work` calls the store of permits, and may block."""


class Turns(Protocol):
    """What jobs take turns at. Called from any thread; never blocks."""

    def turn(
        self, kind: Kind, job: str, due: float, now: float, waiter: Waiter | None = None
    ) -> float:
        """0 when `job` may go now, and its permit is taken; else the seconds after which to call
        again, unless the `waiter` is woken before. `due` is when it would like to go."""
        ...

    def withdraw(self, kind: Kind, job: str, waiter: Waiter | None = None) -> None:
        """The one that waits for its turn waits no more."""
        ...

    def paused(self, now: float) -> float:
        """Seconds until anybody may go."""
        ...


def turn(
    wanted: Permit, clock: Now, waiter: Waiter | None = None
) -> Generator[Step, Any, Now | None]:
    """Wait until the permit is taken; returns the clock's reading then, or None when the time is
    up. Raises `RateLimited` for a pause that is longer than the caller's patience.

    `waiter` is woken by others while this wants a `Rest`; without it, this only wants `Sleep`.
    The place and the permit are given back unless this returns a reading.
    """
    turns, kind, job = wanted.turns, wanted.kind, wanted.job
    due = clock.monotonic if wanted.due is None else wanted.due
    try:
        while True:
            wait = turns.turn(kind, job, due, clock.monotonic, waiter)
            if wait <= 0 and isinstance(turns, Gate) and turns.store is not None:
                wait, clock = yield from _shared(turns, turns.store, wanted, due, waiter)
            if wait <= 0:
                return clock
            if wanted.patience is not None:
                refuse_long_pause(turns.paused(clock.monotonic), wanted.patience)
            if wanted.until is not None:
                wait = min(wait, wanted.until - clock.monotonic)
            if wait <= 0:
                return None
            early = waiter is None or due > clock.monotonic
            clock = yield Sleep(seconds=wait) if early else Rest(wait)
    finally:
        turns.withdraw(kind, job, waiter)


def _shared(
    gate: Gate, store: Part, wanted: Permit, due: float, waiter: Waiter | None
) -> Generator[Step, Any, tuple[float, Now]]:
    """Take a permit of all who use the account, too: 0, or the seconds after which to try again;
    and the clock's reading then."""
    kind, job = wanted.kind, wanted.job
    try:
        answer: Turn = yield Work(function=partial(store.permit, kind, job))
        clock: Now = yield Sleep(seconds=0)
    except BaseException:  # it may be taken, and nobody will use it
        gate.unused(kind, job)
        raise
    if answer.wait > 0:
        gate.not_yet(kind, job, due, answer.wait, clock.monotonic, waiter=waiter)
        gate.paused_by_others(answer.pause, clock.monotonic)
    return answer.wait, clock


def in_sleeps(flow: Flow[T]) -> Flow[T]:
    """The same flow, its permits waited for in `Sleep` and `Work`, for a driver played by hand."""
    return through(flow, _waited)


def _waited(effect: Effect) -> Flow[object]:
    if not isinstance(effect, Permit):
        return (yield effect)
    clock = yield Sleep(seconds=0)
    return (yield from through(turn(effect, clock), _step))


def _step(step: Step) -> Flow[object]:
    return (yield Sleep(seconds=step.seconds) if isinstance(step, Rest) else step)


def refuse_long_pause(seconds: float, patience: float = 0.0) -> None:
    """Raise `RateLimited` rather than sleep through a pause that a caller should know of: one that
    is longer than `PATIENCE`, and than the caller's own."""
    if seconds > max(PATIENCE, patience):
        raise RateLimited(
            f"the vendor asked to be left alone for another {seconds:.0f} s", retry_after=seconds
        )
