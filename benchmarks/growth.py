"""How cost grows with the number of jobs: time and memory a job, and the fitted exponent."""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.simulate import SUBMITS
from benchmarks.tables import Table


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, nargs="+", default=[10, 100, 1000, 10_000, 100_000])
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument(
        "--limits", action="store_true",
        help="as many submissions a minute as there are jobs, which all come in ten seconds",
    )  # fmt: skip


def measure(chosen: argparse.Namespace) -> Table:
    """Simulations of growing size, each in a process of its own."""
    seen = [
        (jobs, _simulated(jobs, chosen.faults, _pace(jobs) if chosen.limits else ()))
        for jobs in chosen.jobs
    ]
    rows: list[dict[str, Any]] = [
        {
            "jobs": jobs,
            "CPU s": round(run["cpu seconds"], 3),
            "CPU ms a job": round(run["cpu seconds"] / jobs * 1000, 3),
            "peak MB": run["peak MB"],
            "lost": run["lost"],
            "charged twice": run["double_charged"],
        }
        for jobs, run in seen
    ]
    large = [(jobs, run["cpu seconds"]) for jobs, run in seen if jobs >= 100]
    title = "growth"
    if len(large) > 1:
        title += f", CPU in proportion to jobs to the power of {_exponent(large):.2f} (from 100 on)"
    return Table(title=title, rows=rows)


def _pace(jobs: int) -> tuple[str, ...]:
    """Limits that fill the windows of an account with as many permits as there are jobs."""
    return "--limits", str(max(jobs / SUBMITS, 1.0)), "--arrivals", str(10 / jobs)


def _simulated(jobs: int, faults: float, pace: tuple[str, ...]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        subprocess.run(
            [sys.executable, "-m", "benchmarks", "--json", str(file), "simulate",
             "--jobs", str(jobs), "--faults", str(faults), *pace],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return figures


def _exponent(points: list[tuple[int, float]]) -> float:
    """The slope of the straight line through the logarithms, by least squares."""
    logs = [(math.log(jobs), math.log(max(seconds, 1e-6))) for jobs, seconds in points]
    x, y = (sum(one[i] for one in logs) / len(logs) for i in (0, 1))
    return sum((a - x) * (b - y) for a, b in logs) / sum((a - x) ** 2 for a, _ in logs)
