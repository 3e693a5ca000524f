"""One piece after another: CPU, requests, and the time from done to on disk."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.arena import Played, middle, tournament
from benchmarks.contenders import CONTENDERS
from benchmarks.entrants import Entrant, changes, entered, paired
from benchmarks.entrants import options as common
from benchmarks.environments import Environments
from benchmarks.tables import Table, ratios, spread
from benchmarks.vendor import Setting

VENICE = (
    "segue", "segue-async", "segue-fast", "venice-py", "httpx", "httpx-async", "aiohttp",
)  # fmt: skip
MUSICAPI = ("segue-musicapi", "segue-musicapi-async", "musicapi-sdk", "httpx-musicapi")
TABLES = (("Venice", VENICE, "httpx"), ("MusicAPI", MUSICAPI, "httpx-musicapi"))
UNJOURNALED = ("segue", "segue-async", "segue-musicapi")


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--typical", type=float, default=0.5, help="median job time in seconds")
    parser.add_argument("--interval", type=float, default=0.25)
    parser.add_argument("--only", nargs="+", default=VENICE + MUSICAPI, help="these contenders")
    common(parser)


def measure(chosen: argparse.Namespace) -> list[Table]:
    """A table for each vendor, and what Segue's journal is of its figure."""
    environments = Environments(here=chosen.here)
    return [
        _table(chosen, environments, title, [n for n in names if n in chosen.only], floor)
        for title, names, floor in TABLES
        if set(names) & set(chosen.only)
    ]


def _table(
    chosen: argparse.Namespace,
    environments: Environments,
    title: str,
    names: Sequence[str],
    floor: str,
) -> Table:
    skipped: dict[str, str] = {}
    entrants = _with_unjournaled(entered(names, environments, skipped))
    entrants = paired(entrants, chosen.against)
    played = tournament(
        entrants, Setting(typical=chosen.typical), chosen.runs, environments,
        jobs=chosen.jobs, interval=chosen.interval,
    )  # fmt: skip
    rows = rows_of(entrants, played, chosen.jobs, floor, chosen.against)
    return Table(title=f"one job, {title}", rows=rows, skipped=skipped)


def _with_unjournaled(entrants: Sequence[Entrant]) -> list[Entrant]:
    """The same, and after some of ours the same without a journal."""
    found = []
    for entrant in entrants:
        found.append(entrant)
        if entrant.contender in UNJOURNALED:
            label = f"{entrant.label}, journal off"
            found.append(replace(entrant, label=label, choices={"journal": False}))
    return found


def rows_of(
    entrants: Sequence[Entrant],
    played: dict[str, list[Played]],
    jobs: int,
    floor: str,
    other: Path | None = None,
) -> list[dict[str, object]]:
    """A row for each entrant."""
    cpu = {name: [one.cpu / jobs * 1000 for one in runs] for name, runs in played.items()}
    over, pairs = ratios(cpu, floor), changes(entrants, cpu, other)
    return [
        {
            "": entrant.label,
            "what": CONTENDERS[entrant.contender].title,
            f"CPU / {floor}": over[entrant.label],
            **pairs.get(entrant.label, {}),
            "CPU ms a job": spread(cpu[entrant.label]),
            "requests a job": round(middle([one.asked for one in runs]) / (jobs + 1), 1),
            "done to file, median ms": round(middle([middle(o.delays) for o in runs]) * 1000),
            "errors": sum(sum(one.errors.values()) for one in runs),
        }
        for entrant in entrants
        for runs in [played[entrant.label]]
    ]
