"""Many pieces at once in one process: CPU, memory, requests and delay of each contender."""

from __future__ import annotations

import argparse

from benchmarks.arena import Played, absent, middle, tournament
from benchmarks.tables import Table, ratios, spread
from benchmarks.vendor import Setting

NAMES = ("segue-async", "segue-fast", "venice-py", "httpx-async", "musicapi-sdk")
THREADS = 1000
"""The most threads that a synchronous contender is given."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--typical", type=float, default=10.0, help="median job time in seconds")
    parser.add_argument("--interval", type=float, default=5.0)
    parser.add_argument("--only", nargs="+", default=NAMES, help="these contenders")


def measure(chosen: argparse.Namespace) -> list[Table]:
    """A table for each number of jobs."""
    return [_table(chosen, jobs) for jobs in chosen.jobs]


def _table(chosen: argparse.Namespace, jobs: int) -> Table:
    skipped = {name: why for name in chosen.only if (why := absent(name))}
    if jobs > THREADS and "musicapi-sdk" in chosen.only:
        skipped["musicapi-sdk"] = f"it is synchronous, and {jobs} threads are no way to use it"
    names = [name for name in chosen.only if name not in skipped]
    played = tournament(
        names, Setting(typical=chosen.typical), chosen.runs,
        jobs=jobs, at_once=True, interval=chosen.interval,
    )  # fmt: skip
    return Table(title=f"{jobs} jobs at once", rows=_rows(played, jobs), skipped=skipped)


def _rows(played: dict[str, list[Played]], jobs: int) -> list[dict[str, object]]:
    cpu = {name: [one.cpu / jobs * 1000 for one in runs] for name, runs in played.items()}
    over = ratios(cpu, "venice-py")
    return [
        {
            "": name,
            "CPU / venice-py": over[name],
            "CPU ms a job": spread(cpu[name]),
            "KB a job": round(middle([one.memory for one in runs]) * 1024 / jobs, 1),
            "peak MB": round(middle([one.rss for one in runs])),
            "requests a job": round(middle([one.asked for one in runs]) / (jobs + 1), 1),
            "done to file, median s": round(middle([middle(one.delays) for one in runs]), 2),
            "95 % s": round(middle([_late(one.delays) for one in runs]), 2),
            "wall s": round(middle([one.wall for one in runs]), 1),
            "errors": sum(sum(one.errors.values()) for one in runs),
        }
        for name, runs in played.items()
    ]


def _late(delays: list[float]) -> float:
    return delays[int(len(delays) * 0.95)] if delays else 0.0
