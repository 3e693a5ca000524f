"""Run a benchmark by its name: `python -m benchmarks simulate --jobs 100000`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path

from benchmarks import composer, crash_points, kill, pace, simulate

COMMANDS = {
    "composer": composer,
    "crash-points": crash_points,
    "simulate": simulate,
    "kill": kill,
    "pace": pace,
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
    for name, value in figures.items():
        print(f"{name:<32} {value}")
    if chosen.json:
        machine = {"python": sys.version.split()[0], "machine": platform.platform()}
        chosen.json.write_text(json.dumps({**machine, **figures}, indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
