"""Read a damaged journal row by row, and write what is readable to a new file.

It works on a copy of the files, and reads one row after the other: an unreadable page hides its own
rows only. The process must not have the journal open: copying the file ends the locks that SQLite
holds on it in this process.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial, reduce
from itertools import groupby
from pathlib import Path
from typing import NoReturn, TypeVar

import msgspec

from segue._journal.codec import read_entry, read_event
from segue._journal.connection import JournalFile
from segue._journal.entry import Entry, State
from segue._journal.faults import Unreadable, explained, row, unusable
from segue._journal.location import SIDES, beside, create
from segue._journal.queries import append, put
from segue._journal.reducer import folded, further
from segue._journal.sqlite import SqliteJournal
from segue.errors import JournalError, SegueError, TargetError
from segue.events import (
    Delivered,
    Event,
    Forgotten,
    Intent,
    Refused,
    Released,
    Submitted,
    Terminal,
    Unknown,
)

T = TypeVar("T")

_LEAST, _MOST = 64, 1_000_000
"""The least bytes of a row, and the number of rows to try where the last one is unknown."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a journal. `entries` are the jobs, from their events, else from their rows;
    `unreadable` names each unreadable row; `problem` is the error of opening it, if any."""

    entries: tuple[Entry, ...]
    events: int
    unreadable: tuple[str, ...] = ()
    problem: str = ""

    @property
    def sound(self) -> bool:
        """Whether all of it can be read."""
        return not self.problem and not self.unreadable


def read_health(path: Path) -> Health:
    """Read everything that is readable; raises `JournalError` where there is no file."""
    return _salvaged(path)[0]


def restored_copy(path: Path, target: Path) -> Health:
    """The same, written into a new journal at `target`, which must not exist."""
    health, histories = _salvaged(path)
    if os.path.lexists(target):
        raise TargetError(f"{target} exists already", advice="name a file that does not")
    with explained(target):
        create(target)
    with closing(JournalFile(target)) as journal, journal.writing() as connection:
        for entry in sorted(health.entries, key=lambda entry: entry.created):
            for event in histories.get(entry.job) or _events_of(entry):
                append(connection, event)
            put(connection, msgspec.structs.replace(entry, owner=None, leased_until=None))
    return health


def _salvaged(path: Path) -> tuple[Health, dict[str, list[Event]]]:
    if not path.exists():
        raise unusable(path, "does not exist")
    problem, size = _problem(path), path.stat().st_size
    with explained(path), _copied(path) as connection:
        numbers = _numbers(connection, "events", "seq", size)
        query = "SELECT facts FROM events WHERE seq = ?"
        events, lost = _readable(connection, query, numbers, read_event)
        numbers = _numbers(connection, "jobs", "id", size)
        query = "SELECT entry FROM jobs WHERE id = ?"
        rows, lost_rows = _readable(connection, query, numbers, read_entry)
    histories: dict[str, list[Event]] = {}
    for event in events:
        histories.setdefault(event.job, []).append(event)
    entries = {entry.job: entry for entry in rows}
    for job, history in list(histories.items()):
        entry = _folded(history)
        known = entries.get(job)
        if entry is not None and (known is None or not further(known, entry)):
            entries[job] = entry
        else:
            del histories[job]  # events are missing, and its row has more
    health = Health(
        entries=tuple(entries.values()),
        events=len(events),
        unreadable=(*_ranges("event", lost), *_ranges("entry", lost_rows)),
        problem=problem,
    )
    return health, histories


def _problem(path: Path) -> str:
    try:
        with closing(SqliteJournal(path, patience=5)) as journal:
            journal.entries()
    except JournalError as error:
        return error.message
    return ""


@contextmanager
def _copied(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of the file and its log, in a folder of this user's alone."""
    with tempfile.TemporaryDirectory(prefix="segue-") as folder:
        copy = Path(folder) / "journal"
        shutil.copyfile(path, copy)
        log = beside(path, SIDES[0])
        if log.exists():
            shutil.copyfile(log, beside(copy, SIDES[0]))
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            yield connection


def _readable(
    connection: sqlite3.Connection, query: str, numbers: Iterable[int], read: Callable[[str], T]
) -> tuple[list[T], list[int]]:
    """The rows of these numbers, and the numbers of unreadable ones."""
    found, broken = [], []
    for number in numbers:
        try:
            columns = connection.execute(query, (number,)).fetchone()
            found.append(row("", partial(read, columns[0])) if columns else _missing())
        except (sqlite3.Error, Unreadable):
            broken.append(number)
    return found, broken


def _missing() -> NoReturn:
    raise Unreadable("a row that is missing")


def _numbers(connection: sqlite3.Connection, table: str, key: str, size: int) -> range:
    """The numbers of a table's rows, without gaps, as none is ever deleted."""
    with suppress(sqlite3.Error):
        (last,) = connection.execute(f"SELECT max({key}) FROM {table}").fetchone()
        if isinstance(last, int) and last <= size:  # each takes some bytes
            return range(1, last + 1)
        if last is None:
            return range(0)
    return range(1, min(size // _LEAST, _MOST) + 1)


def _ranges(what: str, numbers: Sequence[int]) -> Iterator[str]:
    """`event 3`, `events 5 to 9`."""
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        first, *rest = (number for _, number in run)
        yield f"{what}s {first} to {rest[-1]}" if rest else f"{what} {first}"


def _folded(history: Sequence[Event]) -> Entry | None:
    """The entry that results from the events; None where the first of them are missing."""
    try:
        return reduce(folded, history, None)
    except SegueError:
        return None


def _events_of(entry: Entry) -> Iterator[Event]:
    """Events that result in an entry, in place of its unreadable ones."""
    job, at = entry.job, entry.updated
    yield Intent(
        job=entry.job,
        at=entry.created,
        backend=entry.backend,
        task=entry.task,
        key=entry.key,
        owner="",
        quoted=entry.quoted,
        reserved=entry.reserved,
        parent=entry.parent,
        to=entry.to,
        overwrite=entry.overwrite,
        label=entry.label,
        dropped=entry.dropped,
        labels=entry.labels,
        order_key=entry.order_key,
        task_sha256=entry.task_sha256,
    )
    if entry.state is State.REFUSED:
        yield Refused(job=job, at=at, reason=entry.reason)
    if entry.state is State.UNKNOWN:
        yield Unknown(job=job, at=at, reason=entry.reason)
    if entry.ticket is not None:
        yield Submitted(job=job, at=at, ticket=entry.ticket)
    if entry.status is not None:
        yield Terminal(
            job=job,
            at=at,
            status=entry.status,
            cost=entry.cost,
            refunded=entry.refunded,
            reason=entry.reason,
        )
    if entry.files:
        yield Delivered(job=job, at=at, files=entry.files)
    if entry.state in (State.RELEASED, State.FORGOTTEN):
        yield (
            Released(job=job, at=at) if entry.state is State.RELEASED else Forgotten(job=job, at=at)
        )
