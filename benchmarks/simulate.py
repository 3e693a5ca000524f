"""Many jobs under a virtual clock with faults on every effect: is any lost, or paid for twice?"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

import msgspec

from benchmarks.quiet import quiet
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.simulation import Simulation


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)


@quiet()
def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Run the simulation, and time it."""
    began, cpu = time.perf_counter(), time.process_time()
    simulation = Simulation(
        HushVendor(seed=chosen.seed), Hush(), seed=chosen.seed, faults=chosen.faults, arrivals=0.05
    )
    report = simulation.run(chosen.jobs)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        **msgspec.to_builtins(report),
        "wall seconds": round(seconds, 1),
        "cpu seconds": round(time.process_time() - cpu, 4),
        "peak MB": round(peak),
    }
