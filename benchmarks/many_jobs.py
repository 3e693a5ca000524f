"""Many pieces at once in one process: CPU, memory, requests and delay of each contender.

With `--limits FACTOR` the vendor refuses what exceeds Venice's limits times that factor, and Segue
keeps to them; the others know none. The limits of a thousand jobs a minute exercise the same code
as those of forty, in less time.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.arena import Played, middle, tournament
from benchmarks.entrants import Entrant, changes, entered, paired
from benchmarks.entrants import options as common
from benchmarks.environments import Environments
from benchmarks.simulate import POLLS, SUBMITS
from benchmarks.tables import Table, ratios, spread
from benchmarks.vendor import Setting

NAMES = ("segue-async", "segue-fast", "venice-py", "httpx-async", "aiohttp", "musicapi-sdk")
THREADS = 1000
"""The most threads that a synchronous contender is given."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--typical", type=float, default=10.0, help="median job time in seconds")
    parser.add_argument("--interval", type=float, default=5.0)
    parser.add_argument(
        "--limits", type=float, default=0.0, metavar="FACTOR",
        help="times Venice's 40 submissions and 120 polls a minute; 0: none",
    )  # fmt: skip
    parser.add_argument("--only", nargs="+", default=NAMES, help="these contenders")
    common(parser)


def measure(chosen: argparse.Namespace) -> list[Table]:
    """A table for each number of jobs."""
    environments = Environments(here=chosen.here)
    return [_table(chosen, environments, jobs) for jobs in chosen.jobs]


def _table(chosen: argparse.Namespace, environments: Environments, jobs: int) -> Table:
    skipped: dict[str, str] = {}
    if jobs > THREADS and "musicapi-sdk" in chosen.only:
        skipped["musicapi-sdk"] = f"it is synchronous, and {jobs} threads are no way to use it"
    names = [name for name in chosen.only if name not in skipped]
    entrants = paired(entered(names, environments, skipped), chosen.against)
    factor = chosen.limits
    setting = Setting(
        typical=chosen.typical, submits_per_minute=SUBMITS * factor, polls_per_minute=POLLS * factor
    )
    played = tournament(
        entrants, setting, chosen.runs, environments,
        jobs=jobs, at_once=True, interval=chosen.interval, limits=factor,
    )  # fmt: skip
    title = f"{jobs} jobs at once" + (f", {factor:g} times the vendor's limits" if factor else "")
    rows = _rows(entrants, played, jobs, chosen.against)
    return Table(title=title, rows=rows, skipped=skipped)


def _rows(
    entrants: Sequence[Entrant], played: dict[str, list[Played]], jobs: int, other: Path | None
) -> list[dict[str, object]]:
    cpu = {name: [one.cpu / jobs * 1000 for one in runs] for name, runs in played.items()}
    over, pairs = ratios(cpu, "venice-py"), changes(entrants, cpu, other)
    return [
        {
            "": name,
            "CPU / venice-py": over[name],
            **pairs.get(name, {}),
            "CPU ms a job": spread(cpu[name]),
            "KB a job": round(middle([one.memory for one in runs]) * 1024 / jobs, 1),
            "peak MB": round(middle([one.rss for one in runs])),
            "requests a job": round(middle([one.asked for one in runs]) / (jobs + 1), 1),
            "done to file, median s": round(middle([middle(one.delays) for one in runs]), 2),
            "95 % s": round(middle([_late(one.delays) for one in runs]), 2),
            "wall s": round(middle([one.wall for one in runs]), 1),
            "refused 429": sum(one.refused for one in runs),
            "errors": sum(sum(one.errors.values()) for one in runs),
        }
        for name, runs in played.items()
    ]


def _late(delays: list[float]) -> float:
    return delays[int(len(delays) * 0.95)] if delays else 0.0
