"""One client in forked processes, in several event loops, in threads: are jobs mixed up?"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.arena import ledger, vendor
from benchmarks.forked import WAYS, Turn
from benchmarks.tables import Table
from benchmarks.vendor import Setting
from segue._journal.sqlite import SqliteJournal
from segue.journal import State


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--children", type=int, default=6, help="processes, loops or threads")
    parser.add_argument("--each", type=int, default=20, help="submissions in each of them")
    parser.add_argument("--rounds", type=int, default=1, help="how often each way is taken")
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS), help="these ways")


def measure(chosen: argparse.Namespace) -> Table:
    """The vendor's ledger beside the tickets that the program got, and beside its journal."""
    rows = [_row(way, chosen) for way in chosen.only]
    return Table(title="One client, used in several places", rows=rows)


def _row(way: str, chosen: argparse.Namespace) -> dict[str, Any]:
    sums: Counter[str] = Counter()
    for _ in range(chosen.rounds):
        sums += Counter(_round(way, chosen.children, chosen.each))
    names = ("jobs", "charged", "mixed up", "charged twice", "lost", "unknown", "errors")
    return {"": way, **{name: sums[name] for name in names}}


def _round(way: str, children: int, each: int) -> dict[str, int]:
    """One program, and what came of its jobs."""
    with vendor(Setting(typical=0.01)) as origin, tempfile.TemporaryDirectory() as name:
        turn = Turn(way=way, origin=origin, folder=name, children=children, each=each)
        words = msgspec.json.encode(turn).decode()
        subprocess.run([sys.executable, "-m", "benchmarks.forked", words], check=True, timeout=300)
        return _account(Path(name), ledger(origin))


def _account(folder: Path, told: dict[str, Any]) -> dict[str, int]:
    """`lost` are charged, and neither under their ticket nor named as unknown; `mixed up` are the
    tickets that belong to another job."""
    lines = (folder / "told.jsonl").read_text(encoding="utf-8").splitlines()
    outcomes = [json.loads(line) for line in lines]
    charges, prompts = told["charges"], told["jobs"]
    journal = SqliteJournal(folder / "journal.sqlite3")
    entries = journal.entries(states=tuple(State))
    journal.close()
    written = {
        entry.task["prompt"]: entry.ticket.id for entry in entries if entry.ticket is not None
    }
    unknown = {
        entry.task["prompt"] for entry in entries if entry.state in (State.INTENT, State.UNKNOWN)
    }
    right = {prompt for prompt, name in written.items() if prompts.get(name) == prompt}
    tickets = [(one["prompt"], one["ticket"]) for one in outcomes if one.get("ticket")]
    mixed = {prompt for prompt, name in tickets if prompts.get(name) != prompt}
    mixed |= written.keys() - right
    return {
        "jobs": len(outcomes),
        "charged": sum(charges.values()),
        "mixed up": len(mixed),
        "charged twice": sum(count > 1 for count in charges.values()),
        "lost": len(charges.keys() - right - unknown - mixed),
        "unknown": len(unknown),
        "errors": sum("error" in one for one in outcomes),
    }
