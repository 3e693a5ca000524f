"""Many jobs under a virtual clock with faults on every effect: is any lost, or paid for twice?"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.entrants import checkout
from benchmarks.environments import ROOT, Environments, alone
from benchmarks.quiet import quiet
from benchmarks.tables import Table, ratios, spread

if TYPE_CHECKING:
    from segue.provider import Limits

REQUIRES = ("segue-core",)
SUBMITS, POLLS = 40.0, 120.0
"""What Venice allows in a minute."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--limits", type=float, default=0.0, metavar="FACTOR",
        help="times 40 submissions and 120 polls a minute; 0: none",
    )  # fmt: skip
    parser.add_argument("--arrivals", type=float, default=0.05, help="mean seconds between jobs")
    parser.add_argument(
        "--against", type=checkout, metavar="CHECKOUT",
        help="another checkout, whose simulator takes turns with this one's",
    )  # fmt: skip
    parser.add_argument("--runs", type=int, default=5, help="rounds, where two take turns")


def measure(chosen: argparse.Namespace) -> dict[str, Any] | Table:
    """Run the simulation, and time it; with another checkout, both in turn."""
    return _simulated(chosen) if chosen.against is None else _compared(chosen)


@quiet()
def _simulated(chosen: argparse.Namespace) -> dict[str, Any]:
    from segue.testing.hush import Hush  # noqa: PLC0415 - imports are not what is timed
    from segue.testing.hush_vendor import HushVendor  # noqa: PLC0415 - as above
    from segue.testing.simulation import Simulation  # noqa: PLC0415 - as above

    limits = _limits(chosen.limits)
    vendor, provider = HushVendor(seed=chosen.seed, limits=limits), Hush(limits=limits)
    began, cpu = time.perf_counter(), time.process_time()
    simulation = Simulation(
        vendor, provider, seed=chosen.seed, faults=chosen.faults, arrivals=chosen.arrivals
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


def _limits(factor: float) -> Limits | None:
    from segue.provider import Limits  # noqa: PLC0415 - as above

    if not factor:
        return None
    return Limits(submits_per_minute=SUBMITS * factor, polls_per_minute=POLLS * factor)


def _compared(chosen: argparse.Namespace) -> Table:
    """The same simulation with the code of both checkouts, in turn."""
    environments, other = Environments(), chosen.against.name
    figures: dict[str, list[dict[str, Any]]] = {"this checkout": [], other: []}
    for _ in range(chosen.runs):
        for name, folder in (("this checkout", ROOT), (other, chosen.against)):
            python = environments.python(REQUIRES, folder)
            figures[name].append(_process(python, chosen))
    cpu = {name: [one["cpu seconds"] for one in runs] for name, runs in figures.items()}
    rows = [
        {
            "": name,
            f"CPU / {other}": ratios(cpu, other)[name],
            "CPU ms a job": spread([value / chosen.jobs * 1000 for value in cpu[name]], 3),
            "peak MB": round(median(one["peak MB"] for one in runs)),
            "lost": sum(one["lost"] for one in runs),
            "charged twice": sum(one["double_charged"] for one in runs),
            "delivered": runs[0]["delivered"],
        }
        for name, runs in figures.items()
    ]
    return Table(title=f"{chosen.jobs:,} simulated jobs", rows=rows)


def _process(python: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        named = ("jobs", "faults", "seed", "limits", "arrivals")
        words = [word for name in named for word in (f"--{name}", str(getattr(chosen, name)))]
        subprocess.run(
            [python, "-m", "benchmarks", "--json", str(file), "simulate", *words],
            cwd=ROOT, env=alone(), check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return figures
