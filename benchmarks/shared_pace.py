"""Several processes on one key, over real HTTP: what does the vendor refuse, and what does it cost?

The vendor allows so many submissions a minute, or one in so many seconds, and is asked for more
at once; each process submits, and does not wait for its songs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from segue.provider import Limits
from segue.testing.hush_vendor import HushVendor
from segue.testing.loopback import served

WORKER = """
import sys
import segue
from segue.errors import RateLimited
from segue.provider import Cadence, Limits
from segue.testing.hush import Hush
name, count, journal, per_minute, every, in_flight = sys.argv[1:]
limits = Limits(
    submits_per_minute=float(per_minute) or None,
    submit_every=float(every) or None,
    in_flight=int(in_flight) or None,
)
hush = Hush(limits=limits, quotes=False, cadence=Cadence(first=0.1, cap=1.0))
with segue.Client(hush, journal=journal) as client:
    print("ready", flush=True)
    input()
    for number in range(int(count)):
        try:
            job = client.submit(f"silence {name}-{number}")
            if limits.in_flight:
                job.wait()
        except RateLimited:
            print("refused", flush=True)
        else:
            print("submitted", flush=True)
"""
COSTING = """
import asyncio, sys, time
import segue
from segue.provider import Cadence, Limits
from segue.testing.hush import Hush
kind, count, folder, loop = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
many = Limits(submits_per_minute=1e5, polls_per_minute=1e5, in_flight=1000)
hush = Hush(limits=many if kind != "none" else Limits(), cadence=Cadence(first=0.05, cap=0.05))
journal = folder + "/journal.sqlite3"

def jobs():
    with segue.Client(hush, journal=journal) as client:
        client.generate_and_wait("silence", to=folder)
        began = time.process_time()
        for number in range(count):
            client.generate_and_wait(f"silence {number}", to=folder)
        return time.process_time() - began

async def tasks():
    async with segue.AsyncClient(hush, journal=journal) as client:
        await client.generate_and_wait("silence", to=folder)
        began = time.process_time()
        for number in range(count):
            await client.generate_and_wait(f"silence {number}", to=folder)
        return time.process_time() - began

print((asyncio.run(tasks()) if loop == "async" else jobs()) / count)
"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """CPU of one job after the other, over real HTTP: without limits, with limits that only the
    client keeps, and with limits that are shared in a file. They take turns; medians, in ms."""
    figures: dict[str, Any] = {}
    for loop in ("sync", "async"):
        spent: dict[str, list[float]] = {"none": [], "own": [], "shared": []}
        for _ in range(chosen.runs):
            for kind, seconds in spent.items():
                seconds.append(_cost(kind, chosen.jobs, loop))
        for kind, seconds in spent.items():
            figures[f"{loop}, limits {kind}: CPU ms a job"] = round(median(seconds) * 1000, 2)
    return figures


def _cost(kind: str, jobs: int, loop: str) -> float:
    with tempfile.TemporaryDirectory() as name, served(HushVendor(typical=0.12)) as url:
        place = "off" if kind == "own" else f"{name}/pace"
        environment = {**os.environ, "SEGUE_HUSH_BASE_URL": url, "SEGUE_PACE": place}
        command = [sys.executable, "-c", COSTING, kind, str(jobs), name, loop]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def together(
    limits: Limits,
    *,
    processes: int,
    submissions: int,
    journal: str = "journal.sqlite3",
    typical: float = 30.0,
    retry_after: int = 10,
) -> dict[str, Any]:
    """Let the processes submit at once; what came of it, by them and by the vendor.

    `journal` is the file's name, `{name}` in it the process's; or `off`.
    """
    began = time.monotonic()
    vendor = HushVendor(limits=limits, typical=typical, retry_after=retry_after)
    with tempfile.TemporaryDirectory() as name, served(vendor) as url:
        folder = Path(name)
        world = {
            **os.environ,
            "SEGUE_HUSH_BASE_URL": url,
            "HUSH_KEY": "one-key-for-all",
            "XDG_STATE_HOME": str(folder),
            "HOME": str(folder),
        }
        told: Counter[str] = Counter()
        workers = [
            _started([f"{number}", f"{submissions}", _path(folder, journal, number)], limits, world)
            for number in range(processes)
        ]
        for worker in workers:
            _line(worker)
        for worker in workers:
            _go(worker)
        for worker in workers:
            told.update(line.split()[0] for line in worker.stdout or ())
            worker.communicate()
    return {
        "submitted": told["submitted"],
        "raised_as_refused": told["refused"],
        "refused_429": vendor.requests["429"],
        "charged": sum(vendor.charges.values()),
        "most_running": vendor.most_running,
        "seconds": round(time.monotonic() - began, 1),
    }


def _line(worker: subprocess.Popen[str]) -> str:
    return worker.stdout.readline() if worker.stdout else ""


def _go(worker: subprocess.Popen[str]) -> None:
    if worker.stdin:
        worker.stdin.write("\n")
        worker.stdin.flush()


def _path(folder: Path, journal: str, number: int) -> str:
    return journal if journal == "off" else str(folder / journal.format(name=number))


def _started(
    arguments: Sequence[str], limits: Limits, world: Mapping[str, str]
) -> subprocess.Popen[str]:
    paces = (limits.submits_per_minute or 0, limits.submit_every or 0, limits.in_flight or 0)
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments, *map(str, paces)],
        env=world,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
