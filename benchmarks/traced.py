"""One warm job, and the calls that it makes in the files of core; prints them as JSON.

python -m benchmarks.traced sync venice/ace-step-15 FOLDER
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import threading
from collections import Counter
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType

import segue
from segue.provider import Cadence

STEPPING = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
CORE = Path(segue.__file__).parent
WARM = 2
"""Jobs before the one that is counted: they import, connect, and fill what is held in memory."""


class Trace:
    """Counts calls in the files of a folder while it is on; those of all threads come into one
    sequence, as they begin."""

    def __init__(self, folder: Path = CORE) -> None:
        self._folder = f"{folder}{os.sep}"
        self.calls: Counter[str] = Counter()
        self.steps = 0
        self.moves = 0
        self.threads: set[int] = set()
        self._last = ""
        self._on = False

    def start(self) -> None:
        """Count from here."""
        self._on = True

    def stop(self) -> None:
        """Count no more."""
        self._on = False

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """What Python reports of each call and return."""
        if event != "call" or not self._on:
            return
        file = frame.f_code.co_filename
        if not file.startswith(self._folder):
            return
        self.calls[file] += 1
        self.steps += bool(frame.f_code.co_flags & STEPPING)
        self.moves += file != self._last
        self.threads.add(threading.get_ident())
        self._last = file

    def as_json(self) -> str:
        """The counts, files by their path in the folder."""
        inside = Path(self._folder)
        calls = {Path(file).relative_to(inside).as_posix(): n for file, n in self.calls.items()}
        return json.dumps(
            {"calls": calls, "steps": self.steps, "moves": max(self.moves - 1, 0),
             "threads": len(self.threads)}
        )  # fmt: skip


def hurry(backend: str) -> None:
    """Poll twice a second: a vendor's own pace is that of a slower vendor."""
    (entry,) = entry_points(group="segue.providers", name=backend.partition("/")[0])
    entry.load().cadence = Cadence(first=0.5, growth=1.0, cap=0.5)


def sync(trace: Trace, backend: str, folder: Path) -> None:
    """One after another, with `segue.Client`."""
    with segue.Client(backend, journal=folder / "journal.sqlite3") as client:
        for number in range(WARM):
            client.generate_and_wait(f"a song that warms up, {number}", to=folder)
        trace.start()
        client.generate_and_wait("a song that is counted", to=folder)
        trace.stop()


async def tasks(trace: Trace, backend: str, folder: Path) -> None:
    """The same with `segue.AsyncClient`, under asyncio."""
    async with segue.AsyncClient(backend, journal=folder / "journal.sqlite3") as client:
        for number in range(WARM):
            await client.generate_and_wait(f"a song that warms up, {number}", to=folder)
        trace.start()
        await client.generate_and_wait("a song that is counted", to=folder)
        trace.stop()


def main(client: str, backend: str, name: str) -> None:
    """Trace every thread from its beginning, and count one job."""
    trace, folder = Trace(), Path(name)
    hurry(backend)
    threading.setprofile(trace)
    sys.setprofile(trace)
    if client == "sync":
        sync(trace, backend, folder)
    else:
        asyncio.run(tasks(trace, backend, folder))
    sys.setprofile(None)
    print(trace.as_json())


if __name__ == "__main__":
    main(*sys.argv[1:])
