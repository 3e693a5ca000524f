"""Run a benchmark by its name: `python -m benchmarks simulate --jobs 100000`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.tables import Table, machine

COMMANDS = (
    "composer",
    "crash-points",
    "damage",
    "simulate",
    "kill",
    "forks",
    "pace",
    "gate",
    "shared-pace",
    "in-flight",
    "start-up",
    "one-job",
    "many-jobs",
    "hops",
    "download",
    "decoding",
    "garbage",
    "lost-replies",
    "growth",
    "wire-faults",
    "journal",
)


def main() -> None:
    """Measure, print a line for each figure, and write them as JSON if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    commands = parser.add_subparsers(required=True, metavar="NAME")
    for name in _meant(sys.argv[1:]):
        module = import_module(f"benchmarks.{name.replace('-', '_')}")
        command = commands.add_parser(name, help=(module.__doc__ or "").partition("\n")[0])
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


def _meant(arguments: Sequence[str]) -> Sequence[str]:
    """The one command that is named, or all: what another needs may be missing here."""
    return [word for word in arguments if word in COMMANDS][:1] or COMMANDS


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
