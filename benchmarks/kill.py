"""A real process, killed with SIGKILL at random moments over real HTTP: the same account."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from segue._journal.sqlite import SqliteJournal
from segue.journal import State
from segue.testing.hush_vendor import HushVendor
from segue.testing.loopback import served

WORKER = """
import sys, segue
from segue.errors import SegueError
from segue.journal import State
from segue.provider import Cadence
from segue.testing.hush import Hush
folder, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
OPEN = (State.INTENT, State.UNKNOWN, State.SUBMITTED, State.ENDED)
with segue.Client(Hush(cadence=Cadence(first=0.02, growth=1.2, cap=0.1))) as client:
    for entry in client.jobs(states=OPEN):
        try:
            job = client.resume(entry.job)
            job.wait(timeout=30)
            job.download(folder)
        except SegueError as error:
            print(entry.job, error)
    print("ready", flush=True)
    for number in range(first, last):
        client.generate_and_wait(f"silence {number}", to=folder)
"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Kill, restart, resume; at the end compare the vendor's ledger with the files."""
    rng = Random(chosen.seed)
    vendor = HushVendor(seed=chosen.seed, typical=0.15)
    with tempfile.TemporaryDirectory() as name, served(vendor) as url:
        folder = Path(name)
        environment = {
            **os.environ,
            "SEGUE_HUSH_BASE_URL": url,
            "SEGUE_JOURNAL": str(folder / "journal.sqlite3"),
        }
        for kill in range(chosen.kills):
            _life(folder, environment, first=kill * 100, seconds=rng.uniform(0.0, 0.6))
        _life(folder, environment, first=chosen.kills * 100, seconds=None)
        return _account(vendor, folder, chosen.kills)


def _life(folder: Path, environment: dict[str, str], *, first: int, seconds: float | None) -> None:
    """One process: it resumes what there is, then makes new jobs until it is killed; one that is
    not to be killed makes a last one."""
    last = first + (1 if seconds is None else 100)
    command = [sys.executable, "-c", WORKER, str(folder / "files"), str(first), str(last)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        if seconds is None:
            worker.wait()
            return
        if worker.stdout is not None and seconds > 0.1:  # a few die while they still resume
            worker.stdout.readline()
        time.sleep(seconds)
        worker.send_signal(signal.SIGKILL)


def _account(vendor: HushVendor, folder: Path, kills: int) -> dict[str, Any]:
    journal = SqliteJournal(folder / "journal.sqlite3")
    entries = journal.entries(states=tuple(State))
    journal.close()
    orders = {entry.job: str(entry.task["prompt"]) for entry in entries}
    delivered = {orders[entry.job] for entry in entries if entry.state is State.DELIVERED}
    doubtful = {
        orders[entry.job]
        for entry in entries
        if entry.ticket is None and entry.state is not State.REFUSED
    }
    charged = set(vendor.charges)
    files = list((folder / "files").glob("*.wav"))
    unfinished = list((folder / "files").glob("*.part"))
    return {
        "processes killed": kills,
        "jobs begun": len(entries),
        "charged": len(charged),
        "delivered": len(delivered),
        "files on disk": len(files),
        "outcome unknown": len(doubtful),
        "lost": len(charged - delivered - doubtful),
        "charged twice": sum(count > 1 for count in vendor.charges.values()),
        "unfinished files left": len(unfinished),
    }
