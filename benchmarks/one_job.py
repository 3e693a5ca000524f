"""One piece after another: CPU, requests, and the time from done to on disk."""

from __future__ import annotations

import argparse

from benchmarks.arena import Played, absent, middle, tournament
from benchmarks.contenders import CONTENDERS
from benchmarks.tables import Table, ratios, spread
from benchmarks.vendor import Setting

VENICE = ("segue", "segue-async", "venice-py", "httpx", "httpx-async")
MUSICAPI = ("segue-musicapi", "segue-musicapi-async", "musicapi-sdk", "httpx-musicapi")


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--typical", type=float, default=0.5, help="median job time in seconds")
    parser.add_argument("--interval", type=float, default=0.25)


def measure(chosen: argparse.Namespace) -> list[Table]:
    """A table for each vendor, and what Segue's journal is of its figure."""
    setting = Setting(typical=chosen.typical)
    found = []
    for title, names, floor in (
        ("Venice", VENICE, "httpx"),
        ("MusicAPI", MUSICAPI, "httpx-musicapi"),
    ):
        choices = {"jobs": chosen.jobs, "interval": chosen.interval}
        played = tournament(names, setting, chosen.runs, **choices)
        bare = tournament([names[0]], setting, chosen.runs, **choices, journal=False)
        played[f"{names[0]}, journal off"] = bare[names[0]]
        skipped = {name: why for name in names if (why := absent(name))}
        rows = rows_of(played, chosen.jobs, floor)
        found.append(Table(title=f"one job, {title}", rows=rows, skipped=skipped))
    return found


def rows_of(played: dict[str, list[Played]], jobs: int, floor: str) -> list[dict[str, object]]:
    """A row for each contender."""
    cpu = {name: [one.cpu / jobs * 1000 for one in runs] for name, runs in played.items()}
    over = ratios(cpu, floor)
    return [
        {
            "": name,
            "what": CONTENDERS[name.partition(",")[0]].title,
            f"CPU / {floor}": over[name],
            "CPU ms a job": spread(cpu[name]),
            "requests a job": round(middle([one.asked for one in runs]) / (jobs + 1), 1),
            "done to file, median ms": round(middle([middle(o.delays) for o in runs]) * 1000),
            "errors": sum(sum(one.errors.values()) for one in runs),
        }
        for name, runs in played.items()
    ]
