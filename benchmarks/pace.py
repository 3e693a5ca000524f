"""A thousand jobs on one key under Venice's documented limits: our polls beside fixed intervals."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, TypeAlias

from benchmarks.quiet import quiet
from benchmarks.shared_pace import together
from segue._engine.backend import Backend
from segue._engine.wait import Watching, poll, wait
from segue.flow import Flow, Permit, now, permit
from segue.job import Snapshot, Ticket
from segue.provider import Cadence, Limits
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.simulation import Report, Simulation

Waiting: TypeAlias = Callable[[Backend, Ticket, Watching], Flow[Snapshot]]

VENICE = Limits(submits_per_minute=40, polls_per_minute=120)
"""40 queue and 120 retrieve requests a minute for each user: Venice's audio skill, 2026-10."""

FIXED = (5.0, 20.0)
"""Seconds: what clients of Venice use, and the middle of the 15 to 25 that MusicAPI advises."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--typical", type=float, default=60.0, help="median job time in seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--processes",
        type=int,
        help="real processes that share one key over real HTTP for about two minutes; without"
        " this 4 where there are 1,000 jobs or more, else none",
    )
    parser.add_argument("--submissions", type=int, default=30, help="of each process")


@quiet()
def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Both ways of polling against the same vendor with the same job times."""
    figures: dict[str, Any] = {}
    for name, waiting in (("ours", wait), *((f"fixed {s:g} s", fixed(s)) for s in FIXED)):
        report = _run(chosen, waiting)
        for field in ("delivered", "refused_429", "polls_per_job", "mean_delay", "p95_delay"):
            value = getattr(report, field)
            figures[f"{name}: {field}"] = round(value, 2)
    return {**figures, **_shared(chosen)}


def _shared(chosen: argparse.Namespace) -> dict[str, Any]:
    """Processes that submit at once on one key, under the same limits."""
    usual = 4 if chosen.jobs >= 1000 else 0
    count = usual if chosen.processes is None else chosen.processes
    if not count:
        return {}
    told = together(VENICE, processes=count, submissions=chosen.submissions)
    return {f"{count} processes: {field}": value for field, value in told.items()}


def fixed(seconds: float) -> Waiting:
    """Look at such an interval, or as soon after that as the limits allow."""

    def waiting(backend: Backend, ticket: Ticket, _watching: Watching) -> Flow[Snapshot]:
        clock = yield from now()
        due = clock.monotonic + seconds
        while True:
            yield from permit(Permit(turns=backend.gate, kind="poll", job=ticket.job, due=due))
            snapshot = yield from poll(backend, ticket)
            if snapshot.status.terminal:
                backend.gate.leave(ticket.job)
                return snapshot
            clock = yield from now()
            due = clock.monotonic + seconds

    return waiting


def _run(chosen: argparse.Namespace, waiting: Waiting) -> Report:
    vendor = HushVendor(seed=chosen.seed, typical=chosen.typical, limits=VENICE)
    provider = Hush(limits=VENICE, cadence=Cadence(first=5, growth=1.2, cap=15))
    return Simulation(vendor, provider, seed=chosen.seed, wait=waiting).run(chosen.jobs)
