"""One finished track to disk: throughput, CPU and peak memory by its size."""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from statistics import median

from benchmarks.arena import vendor
from benchmarks.entrants import Entrant, changes, entered, paired
from benchmarks.entrants import options as common
from benchmarks.environments import ROOT, Environments, alone
from benchmarks.tables import Table, ratios, spread
from benchmarks.vendor import Setting

NAMES = ("segue", "httpx", "venice-py")
SAFELY = "httpx, synced and hashed"


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--megabytes", type=int, nargs="+", default=[5, 50, 500])
    parser.add_argument("--runs", type=int, default=5)
    common(parser)


def measure(chosen: argparse.Namespace) -> list[Table]:
    """A table for each size."""
    environments = Environments(here=chosen.here)
    return [_table(chosen, environments, size) for size in chosen.megabytes]


def _table(chosen: argparse.Namespace, environments: Environments, megabytes: int) -> Table:
    skipped = {"musicapi-sdk": "it downloads nothing"}
    entrants = paired(entered(NAMES, environments, skipped), chosen.against)
    entrants.append(Entrant(label=SAFELY, contender="httpx"))
    played: dict[str, list[dict[str, float]]] = {entrant.label: [] for entrant in entrants}
    with vendor(Setting(typical=0.0, size=megabytes * 1_000_000)) as origin:
        for _ in range(chosen.runs):
            for entrant in entrants:
                played[entrant.label].append(_played(entrant, environments, origin))
    speed = {name: [megabytes / one["wall"] for one in got] for name, got in played.items()}
    cpu = {name: [one["cpu"] * 1000 for one in got] for name, got in played.items()}
    over, pairs = ratios(speed, "httpx"), changes(entrants, cpu, chosen.against)
    rows = [
        {
            "": name,
            "MB/s / httpx": over[name],
            "MB/s": spread(speed[name], 0),
            **pairs.get(name, {}),
            "CPU ms": spread(cpu[name], 0),
            "MB above idle": round(median(one["memory"] for one in got), 1),
        }
        for name, got in played.items()
    ]
    return Table(title=f"download of {megabytes} MB", rows=rows, skipped=skipped)


def _played(entrant: Entrant, environments: Environments, origin: str) -> dict[str, float]:
    python = environments.python(entrant.entry.requires, entrant.checkout)
    safely = entrant.label == SAFELY
    with tempfile.TemporaryDirectory() as folder:
        turn = {"contender": entrant.contender, "origin": origin, "folder": f"{folder}/files"}
        done = subprocess.run(
            [python, "-m", "benchmarks.downloading", json.dumps(turn), "safely" * safely],
            cwd=ROOT, env=alone(XDG_STATE_HOME=folder, XDG_CONFIG_HOME=folder),
            stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return figures
