"""How far a job travels: files crossed, moves between them and calls of one warm job.

A job is made with the sandbox, by a client that has made others before, and each call of a Python
function in `core/src/segue` is counted with its file; of generators and coroutines, each step. A
move is a call in another file than the one before it. Counts are of code, not of time: they
hardly change from run to run, and the least of some counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.entrants import options as common
from benchmarks.environments import ROOT, Environments, alone
from benchmarks.tables import Table

REQUIRES = ("segue",)
CLIENTS = ("sync", "async")


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--backend", default="venice/ace-step-15")
    parser.add_argument("--clients", nargs="+", choices=CLIENTS, default=CLIENTS)
    parser.add_argument(
        "--times", type=int, default=3, help="traces; the one with fewest calls counts"
    )
    parser.add_argument("--files", type=int, default=20, help="how many files and wings to show")
    common(parser)


def measure(chosen: argparse.Namespace) -> list[Table]:
    """What was crossed, and the share of each wing and of the busiest files."""
    environments = Environments(here=chosen.here)
    checkouts = {"": ROOT}
    if chosen.against is not None:
        checkouts[f" ({chosen.against.name})"] = chosen.against
    with sandbox() as variables:
        seen = {
            f"{client}{suffix}": _fewest(
                [
                    _traced(environments.python(REQUIRES, checkout), client, chosen, variables)
                    for _ in range(chosen.times)
                ]
            )
            for client in chosen.clients
            for suffix, checkout in checkouts.items()
        }
    calls = {label: Counter[str](trace["calls"]) for label, trace in seen.items()}
    wings = {label: _by_wing(counted) for label, counted in calls.items()}
    return [
        Table(title=f"one warm job of {chosen.backend}", rows=_rows(seen)),
        Table(title="share of the calls, by wing", rows=_shares(wings, chosen.files)),
        Table(title="share of the calls, by file", rows=_shares(calls, chosen.files)),
    ]


@contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """The variables that lead Segue to a running sandbox, whose pieces last a second."""
    from segue_sandbox.audio import Composer  # noqa: PLC0415 - the other commands need none
    from segue_sandbox.clock import Clock  # noqa: PLC0415 - as above
    from segue_sandbox.serving import listening, serve, server  # noqa: PLC0415 - as above
    from segue_sandbox.vendors import Setting, environments, served  # noqa: PLC0415 - as above

    running = server(served(Setting(sound=Composer(1.0)), Clock(600)))
    with listening("127.0.0.1", 0) as sock:
        thread = Thread(target=serve, args=(running, sock))
        thread.start()
        try:
            words = " ".join(environments(f"http://127.0.0.1:{sock.getsockname()[1]}")).split()
            yield dict(word.split("=", 1) for word in words)
        finally:
            running.should_exit = True
            thread.join()


def _fewest(traces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The trace with the fewest calls: of the others, some had a timer run out on their way."""
    return min(traces, key=lambda trace: sum(trace["calls"].values()))


def _traced(
    python: Path, client: str, chosen: argparse.Namespace, variables: dict[str, str]
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        done = subprocess.run(
            [python, "-m", "benchmarks.traced", client, chosen.backend, name], cwd=ROOT,
            env=alone(XDG_STATE_HOME=name, XDG_CONFIG_HOME=name, SEGUE_PACE="off", **variables),
            stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
    trace: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return trace


def _rows(seen: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "": label,
            "files": len(trace["calls"]),
            "moves": trace["moves"],
            "calls": sum(trace["calls"].values()),
            "of which steps of generators": trace["steps"],
            "threads": trace["threads"],
        }
        for label, trace in seen.items()
    ]


def _by_wing(calls: Counter[str]) -> Counter[str]:
    """A wing is a package of core; a module beside them is one by itself."""
    wings: Counter[str] = Counter()
    for file, count in calls.items():
        wing, package, _ = file.partition("/")
        wings[wing + package] += count
    return wings


def _shares(calls: dict[str, Counter[str]], most: int) -> list[dict[str, Any]]:
    together = sum(calls.values(), Counter[str]())
    names: Sequence[str] = [name for name, _ in together.most_common(most)]
    return [
        {
            "": name,
            **{
                label: f"{counted[name]} ({counted[name] / counted.total():.0%})"
                for label, counted in calls.items()
            },
        }
        for name in names
    ]
