"""What the gate of an account costs a job, by how many are under way and how many wait."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from segue._pace.rate_limit import Gate
from segue.provider import Limits


class Waiter:
    """One that waits, and whose flow is played by the benchmark."""

    def __init__(self) -> None:
        self.loop: object = Waiter

    def wake(self) -> bool:
        """It is called when the benchmark wants it."""
        return True


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--steps", type=int, default=1000)


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Microseconds of each step, in the median, of a gate whose windows are full."""
    figures: dict[str, Any] = {}
    for jobs in chosen.jobs:
        spent: dict[str, list[float]] = {}
        for name, step in steps(busy(jobs), range(chosen.steps)):
            began = time.perf_counter()
            step()
            spent.setdefault(name, []).append(time.perf_counter() - began)
        for name, seconds in spent.items():
            figures[f"{jobs} jobs, {name}: µs"] = round(median(seconds) * 1e6, 2)
    return figures


def busy(jobs: int, now: float = 1000.0) -> Gate:
    """A gate with so many submissions and polls under way, and as many jobs that wait for each."""
    gate = Gate(Limits(submits_per_minute=jobs, polls_per_minute=jobs, in_flight=2 * jobs))
    for number in range(jobs):
        for kind in ("submit", "poll"):
            gate.turn(kind, f"running {number}", now, now)
            gate.turn(kind, f"waiting {number}", now + number / jobs, now + 1, Waiter())
    return gate


def steps(
    gate: Gate, numbers: range, now: float = 1002.0
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Everything that a job wants of a gate, for jobs that come, wait, go, are answered and end."""
    for number in numbers:
        waiter = Waiter()
        job, other = f"new {number}", f"running {number}"

        def waits(job: str = job, waiter: Waiter = waiter) -> object:
            return gate.turn("poll", job, now, now, waiter)

        def first(number: int = number) -> object:
            return gate.turn("submit", f"first {number}", now - 100, now, Waiter())

        yield "waits", waits
        yield "waits as the first", first
        yield "looks at the pace", lambda: gate.share(now)
        yield "is answered", lambda other=other: gate.answered("poll", other, now)
        yield "does not use its permit", lambda other=other: gate.unused("submit", other)
        yield "goes", lambda number=number: gate.turn("submit", f"goes {number}", now - 200, now)
        yield "ends", lambda other=other: gate.leave(other)
        yield "waits no more", lambda j=job, w=waiter: gate.withdraw("poll", j, w)
