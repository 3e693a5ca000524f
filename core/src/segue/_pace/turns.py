"""The waiting loop behind every `Permit`, for whoever runs a flow. Pure: it wants time to pass.

First the job waits for its turn among the jobs of its client, then among all who use the account,
where a store holds the permits of them all.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

from segue._effects.run import through
from segue._pace.retry_policy import PATIENCE
from segue._pace.store import Kind, Part
from segue.errors import RateLimited
from segue.flow import Effect, Flow, Now, Permit, Sleep, Work

T = TypeVar("T")

Step: TypeAlias = Sleep | Work
"""What the loop wants of whoever runs it; a `Work` calls the store of permits, and may block."""


class Turns(Protocol):
    """What jobs take turns at, such as an account's gate. Called from any thread; never blocks."""

    store: Part | None
    """The account's part in a store of permits that others use, too."""

    def turn(self, kind: Kind, job: str, due: float, now: float) -> float:
        """0 when `job` may go now, and its permit is taken; else the seconds after which to call
        again. `due` is when it would like to go."""
        ...

    def not_yet(self, kind: Kind, job: str, due: float, wait: float, now: float) -> None:
        """Others have all permits: the one that `job` was given here is none, and nobody calls
        the store before `wait` seconds have passed."""
        ...

    def paused(self, now: float) -> float:
        """Seconds until anybody may go."""
        ...

    def paused_by_others(self, seconds: float, now: float) -> None:
        """The store says that nobody may go for so long."""
        ...

    def unused(self, kind: Kind, job: str) -> None:
        """Nothing was sent, and the job waits no more: its place and its permit are free again."""
        ...


def turn(wanted: Permit, clock: Now) -> Generator[Step, Any, Now | None]:
    """Wait until the permit is taken; returns the clock's reading then, or None when the time is
    up. Raises `RateLimited` for a pause that is longer than the caller's patience. The place and
    the permit are given back unless it returns a reading."""
    turns, granted = wanted.turns, False
    due = clock.monotonic if wanted.due is None else wanted.due
    try:
        while (wait := (yield from _wait(wanted, due, clock.monotonic))) > 0:
            if wanted.patience is not None:
                refuse_long_pause(turns.paused(clock.monotonic), wanted.patience)
            if wanted.until is not None:
                wait = min(wait, wanted.until - clock.monotonic)
            if wait <= 0:
                return None
            clock = yield Sleep(seconds=wait)
        granted = True
        return clock
    finally:
        if not granted:
            turns.unused(wanted.kind, wanted.job)


def _wait(wanted: Permit, due: float, now: float) -> Generator[Step, Any, float]:
    """0 when the permit is taken; else the seconds after which to try again."""
    turns, kind, job = wanted.turns, wanted.kind, wanted.job
    wait = turns.turn(kind, job, due, now)
    if wait > 0 or turns.store is None:
        return wait
    answer = yield Work(function=partial(turns.store.permit, kind, job))
    if answer.wait > 0:
        turns.not_yet(kind, job, due, answer.wait, now)
        turns.paused_by_others(answer.pause, now)
    seconds: float = answer.wait
    return seconds


def in_sleeps(flow: Flow[T]) -> Flow[T]:
    """The same flow, its permits waited for in `Sleep` and `Work`, for a driver played by hand."""
    return through(flow, _waited)


def _waited(effect: Effect) -> Flow[object]:
    if not isinstance(effect, Permit):
        return (yield effect)
    clock = yield Sleep(seconds=0)
    return (yield from turn(effect, clock))


def refuse_long_pause(seconds: float, patience: float = 0.0) -> None:
    """Raise `RateLimited` rather than sleep through a pause that a caller should know of: one that
    is longer than `PATIENCE`, and than the caller's own."""
    if seconds > max(PATIENCE, patience):
        raise RateLimited(
            f"the vendor asked to be left alone for another {seconds:.0f} s", retry_after=seconds
        )
