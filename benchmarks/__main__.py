"""Run a benchmark by its name: `python -m benchmarks simulate --jobs 100000`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import (
    composer,
    crash_points,
    damage,
    decoding,
    download,
    forks,
    garbage,
    growth,
    in_flight,
    journal,
    kill,
    lost_replies,
    many_jobs,
    one_job,
    pace,
    shared_pace,
    simulate,
    start_up,
    wire_faults,
)
from benchmarks.tables import Table, machine

COMMANDS = {
    "composer": composer,
    "crash-points": crash_points,
    "damage": damage,
    "simulate": simulate,
    "kill": kill,
    "forks": forks,
    "pace": pace,
    "shared-pace": shared_pace,
    "in-flight": in_flight,
    "start-up": start_up,
    "one-job": one_job,
    "many-jobs": many_jobs,
    "download": download,
    "decoding": decoding,
    "garbage": garbage,
    "lost-replies": lost_replies,
    "growth": growth,
    "wire-faults": wire_faults,
    "journal": journal,
}


def main() -> None:
    """Measure, print a line for each figure, and write them as JSON if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    commands = parser.add_subparsers(required=True, metavar="NAME")
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=module.__doc__)
        module.options(command)
        command.set_defaults(measure=module.measure)
    chosen = parser.parse_args()
    figures = chosen.measure(chosen)
    try:
        show(figures)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if chosen.json:
        kept = {**machine(), **as_json(figures)}
        chosen.json.write_text(json.dumps(kept, indent=2, default=str) + "\n")


def show(figures: Any) -> None:  # noqa: ANN401 - figures by name, a table, or several
    """Print them."""
    if isinstance(figures, Table | list):
        for table in figures if isinstance(figures, list) else [figures]:
            print(f"{table.text()}\n")
        return
    for name, value in figures.items():
        print(f"{name:<32} {value}")


def as_json(figures: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """The same for a file."""
    if isinstance(figures, Table):
        figures = [figures]
    if isinstance(figures, list):
        return {"tables": [msgspec.to_builtins(table) for table in figures]}
    return dict(figures)


if __name__ == "__main__":
    main()
