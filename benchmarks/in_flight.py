"""Few jobs at once, with faults everywhere: does any wait for a place that nobody gives back?"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from benchmarks.quiet import quiet
from segue.provider import Limits
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.simulation import Report, Simulation


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--most", type=int, default=20, help="jobs that may run at once, from 1")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--faults", type=float, default=0.05)


@quiet()
def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """A run for each number of jobs at once and each seed, added up."""
    tally: Counter[str] = Counter()
    longest = 0.0
    for most in range(1, chosen.most + 1):
        for seed in range(chosen.seeds):
            report = _run(chosen, most, seed)
            tally["runs"] += 1
            tally["jobs asked for"] += report.asked
            for field in ("delivered", "doubtful", "given_up", "lost", "double_charged", "crashes"):
                tally[field] += getattr(report, field)
            longest = max(longest, report.seconds)
    return {**tally, "longest run, virtual hours": round(longest / 3600, 1)}


def _run(chosen: argparse.Namespace, most: int, seed: int) -> Report:
    simulation = Simulation(
        HushVendor(seed=seed),
        Hush(limits=Limits(in_flight=most)),
        seed=seed,
        faults=chosen.faults,
        arrivals=0.5,
        timeout=3600,
    )
    return simulation.run(chosen.jobs)
