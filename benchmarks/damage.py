"""Damaged journals: bytes flipped, files cut, pages zeroed, rows that say something else.

Each must be read whole, or be one JournalError that shows the way out and no job's token.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from segue._journal.sqlite import SqliteJournal
from segue.errors import JournalError, UnknownJob
from segue.events import Budget, Delivered, Event, File, Intent, Submitted, Terminal
from segue.job import Status, Ticket
from segue.money import Money

TOKEN = "t0p-secret-token"
_WAY_OUT = "segue jobs --check"
PAGE = 4096
_NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
_DOLLAR = Money(amount=Decimal(1), unit="USD")


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Damage so many copies of a journal, and read each."""
    return dict(tried(chosen.files, chosen.seed))


def tried(files: int, seed: int = 1) -> Counter[str]:
    """What became of each damaged file, counted."""
    tally: Counter[str] = Counter(
        {"damaged files": 0, "read short without a word": 0, "another error": 0, "token told": 0}
    )
    with tempfile.TemporaryDirectory() as folder:
        sources = {jobs: _written(Path(folder) / f"{jobs} jobs", jobs) for jobs in (3, 60)}
        for number in range(files):
            draw = random.Random(f"{seed} {number}")
            place = Path(folder) / "damaged"
            shutil.rmtree(place, ignore_errors=True)
            jobs = draw.choice(list(sources))
            shutil.copytree(sources[jobs], place)
            if _damage(place, draw):
                tally["damaged files"] += 1
                tally[_outcome(place / "journal", jobs)] += 1
    return tally


def _written(folder: Path, jobs: int) -> Path:
    """Two copies of a journal in one folder: closed, and as a process leaves it that is killed."""
    folder.mkdir()
    live = folder / "live"
    with closing(SqliteJournal(live / "journal")) as journal:
        for number in range(jobs):
            for event in _life(f"job{number:03}"):
                journal.write(event)
        shutil.copytree(live, folder / "killed")
    shutil.move(live, folder / "closed")
    return folder


def _life(job: str) -> Sequence[Event]:
    ticket = Ticket(provider="toy", id=f"toy-{job}", job=job, secrets={"token": TOKEN})
    file = File(path=Path("/music/song.wav"), bytes=44, sha256="0" * 64)
    return (
        Intent(
            job=job,
            at=_NOON,
            backend="toy/small",
            task={"prompt": "lofi " * 40},
            key=job,
            owner="me",
        ),
        Submitted(job=job, at=_NOON, ticket=ticket),
        Terminal(job=job, at=_NOON, status=Status.SUCCEEDED, cost=_DOLLAR),
        Delivered(job=job, at=_NOON, files=(file,)),
    )


def _damage(place: Path, draw: random.Random) -> bool:
    """Leave one damaged copy in `place`; False where the damage changed nothing."""
    kind = draw.choice(("closed", "killed"))
    source = place / kind
    for file in source.iterdir():
        shutil.move(file, place / file.name)
    files = [place / "journal", place / "journal-wal"]
    before = [file.read_bytes() if file.exists() else b"" for file in files]
    draw.choice(_HARMS)(place, draw)
    return before != [file.read_bytes() if file.exists() else b"" for file in files]


def _target(place: Path, draw: random.Random) -> Path:
    wal = place / "journal-wal"
    return wal if wal.exists() and draw.random() < 0.5 else place / "journal"


def _flipped(place: Path, draw: random.Random) -> None:
    file = _target(place, draw)
    content = bytearray(file.read_bytes())
    for _ in range(draw.choice((1, 1, 1, 8, 100))):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    file.write_bytes(content)


def _cut(place: Path, draw: random.Random) -> None:
    file = place / "journal"
    os.truncate(file, draw.randrange(1, file.stat().st_size))


def _zeroed(place: Path, draw: random.Random) -> None:
    file = _target(place, draw)
    content = bytearray(file.read_bytes())
    at = draw.randrange(0, len(content), 512)
    missing = len(content[at : at + draw.choice((512, PAGE))])
    content[at : at + missing] = bytes(missing) if draw.random() < 0.8 else b""
    file.write_bytes(content)


def _swapped(place: Path, draw: random.Random) -> None:
    """One page in the place of another, as disks do that mix up their blocks."""
    file = place / "journal"
    content = bytearray(file.read_bytes())
    pages = len(content) // PAGE
    one, other = (draw.randrange(pages) * PAGE for _ in range(2))
    content[one : one + PAGE] = content[other : other + PAGE]
    file.write_bytes(content)


def _rewritten(place: Path, draw: random.Random) -> None:
    """A row that SQLite can read and nobody else."""
    column = draw.choice(("entry", "leased_until", "counted", "state", "created", "owner"))
    value = draw.choice(
        ("{", "{}", "null", "[]", '{"a": "{b}"}', b"\xff", 2**62, -1, 1.5, "\x00", f'"{TOKEN}"')
    )
    with closing(sqlite3.connect(place / "journal")) as connection, connection:
        connection.execute(f"UPDATE jobs SET {column} = ?", (value,))
        if column == "leased_until":
            connection.execute("UPDATE jobs SET owner = 'a:1:2:3'")


def _torn(place: Path, draw: random.Random) -> None:
    """Bytes that are text no more, in the middle of a row."""
    file = place / "journal"
    content = file.read_bytes()
    at = content.find(TOKEN.encode(), draw.randrange(len(content)))
    if at >= 0:
        file.write_bytes(content[:at] + b"\xff{\xfe}" + content[at + 4 :])


_HARMS: tuple[Callable[[Path, random.Random], None], ...] = (
    _flipped,
    _flipped,
    _cut,
    _zeroed,
    _swapped,
    _rewritten,
    _torn,
)


def _outcome(path: Path, jobs: int) -> str:
    try:
        with closing(SqliteJournal(path, patience=1)) as journal:
            found = len(journal.entries())
            journal.spent(Budget(limit=_DOLLAR, since=_NOON))
            journal.entry("job000")
            journal.write(_life("new")[0])
    except UnknownJob:
        return "read short without a word"
    except JournalError as error:
        if TOKEN in "".join(map(repr, _chain(error))) + str(error):
            return "token told"
        return "one error with the way out" if _WAY_OUT in str(error) else "one error without it"
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        return "another error"
    return "read whole" if found == jobs else "read short without a word"


def _chain(error: BaseException | None) -> Iterator[object]:
    """All that an error holds: itself, what caused it, and what was under way."""
    while error is not None:
        yield from (error, error.args, vars(error))
        error = error.__cause__ or error.__context__
