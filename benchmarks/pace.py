"""A thousand jobs on one key under Venice's documented limits: our polls beside a fixed 5 s."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from typing import Any

from segue.backend import Backend
from segue.flow import Flow, now, sleep
from segue.job import Snapshot, Ticket
from segue.provider import Cadence, Limits
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.simulation import Report, Simulation
from segue.waiting import Watching, poll, wait

VENICE = Limits(submits_per_minute=40, polls_per_minute=120)
"""40 queue and 120 retrieve requests a minute for each user: Venice's audio skill, 2026-10."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--typical", type=float, default=60.0, help="median job time in seconds")
    parser.add_argument("--seed", type=int, default=1)


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Both ways of polling against the same vendor with the same job times."""
    logging.disable(logging.CRITICAL)
    figures: dict[str, Any] = {}
    for name, waiting in (("ours", wait), ("fixed 5 s", fixed)):
        report = _run(chosen, waiting)
        for field in ("delivered", "refused_429", "polls_per_job", "mean_delay", "p95_delay"):
            value = getattr(report, field)
            figures[f"{name}: {field}"] = round(value, 2)
    return figures


def fixed(backend: Backend, ticket: Ticket, _watching: Watching) -> Flow[Snapshot]:
    """Look every 5 seconds, or as soon after that as the limits allow."""
    clock = yield from now()
    due = clock.monotonic + 5
    while True:
        while (nap := backend.gate.turn("poll", ticket.job, due, clock.monotonic)) > 0:
            clock = yield from sleep(nap)
        snapshot = yield from poll(backend, ticket)
        if snapshot.status.terminal:
            backend.gate.leave(ticket.job)
            return snapshot
        clock = yield from now()
        due = clock.monotonic + 5


def _run(
    chosen: argparse.Namespace, waiting: Callable[[Backend, Ticket, Watching], Flow[Snapshot]]
) -> Report:
    vendor = HushVendor(seed=chosen.seed, typical=chosen.typical, limits=VENICE)
    provider = Hush(limits=VENICE, cadence=Cadence(first=5, growth=1.2, cap=15))
    return Simulation(vendor, provider, seed=chosen.seed, wait=waiting).run(chosen.jobs)
