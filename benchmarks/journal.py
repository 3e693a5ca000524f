"""A journal of many jobs: what a submission, a look at one and a list of the newest take in it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.tables import Table, spread
from segue._journal import queries as tables
from segue._journal.reducer import folded
from segue._journal.sqlite import SqliteJournal
from segue.events import Event, Intent, Submitted, Terminal
from segue.job import Status, Ticket
from segue.journal import Entry
from segue.tasks import Generate

_BATCH = 1000
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_TASK = msgspec.to_builtins(Generate(prompt="a gentle piano melody, hopeful and spacious"))


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--jobs", type=int, nargs="+", default=[1000, 1_000_000])
    parser.add_argument("--runs", type=int, default=20)


def measure(chosen: argparse.Namespace) -> Table:
    """A row for each size. The file is filled as the journal itself fills it, but a thousand
    jobs in one transaction."""
    return Table(title="journal", rows=[_row(jobs, chosen.runs) for jobs in chosen.jobs])


def _row(jobs: int, runs: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.sqlite3"
        journal = SqliteJournal(file)
        _fill(journal, jobs)
        numbers = [jobs * run // runs for run in range(runs)]
        submits = _timed(lambda number: _submitted(journal, jobs + number), numbers)
        resumes = _timed(lambda number: _resumed(journal, number), numbers)
        newest = _timed(lambda _: journal.entries(limit=20), numbers)
        journal.close()
        lists = _timed(lambda _: _listed(file), numbers[:3])
        return {
            "jobs": jobs,
            "MB": round(file.stat().st_size / 1e6),
            "submit, ms": spread(submits, 2),
            "resume, ms": spread(resumes, 2),
            "newest 20, ms": spread(newest, 2),
            "segue jobs, ms": spread(lists, 0),
        }


def _fill(journal: SqliteJournal, jobs: int) -> None:
    for start in range(0, jobs, _BATCH):
        with journal._file.writing() as connection:
            for number in range(start, min(start + _BATCH, jobs)):
                entry: Entry | None = None
                for event in _events(number):
                    tables.append(connection, event)
                    entry = folded(entry, event)
                if entry is not None:
                    tables.put(connection, msgspec.structs.replace(entry, owner=None))


def _events(number: int) -> Iterator[Event]:
    job, at = _name(number), _EPOCH + timedelta(seconds=number)
    ticket = Ticket(
        provider="venice", id=f"{job}-0000", model="ace-step-15", job=job, submitted_at=at
    )
    yield Intent(job=job, at=at, backend="venice/ace-step-15", task=_TASK, key=job, owner="one")
    yield Submitted(job=job, at=at, ticket=ticket)
    yield Terminal(job=job, at=at, status=Status.SUCCEEDED)


def _name(number: int) -> str:
    return f"{number * 2_654_435_761 % 2**40:010x}"  # scattered, as random names are


def _submitted(journal: SqliteJournal, number: int) -> None:
    """Its intent and its ticket."""
    intent, submitted, _ = _events(number)
    journal.write(intent)
    journal.write(submitted)


def _resumed(journal: SqliteJournal, number: int) -> None:
    """Found by its name, claimed, and given back."""
    entry = journal.entry(_name(number))
    journal.claim(entry.job, "two", datetime.now(UTC))
    journal.unclaim(entry.job, "two")


def _listed(file: Path) -> None:
    command = [sys.executable, "-m", "segue.cli", "jobs"]
    environ = {**os.environ, "SEGUE_JOURNAL": str(file)}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environ)


def _timed(act: Callable[[int], object], numbers: list[int]) -> list[float]:
    taken = []
    for number in numbers:
        began = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - began) * 1000)
    return taken
