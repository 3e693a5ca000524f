"""The journal as a SQLite file, which many threads and processes may use at once.

An event is on disk when `write` returns, whatever happens to the process or the power. Nothing is
created before the first write. It holds job tokens, which tickets need, and so only its owner can
read it; it never holds an API key.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from sqlite3 import Connection

from segue._journal import queries as tables
from segue._journal.apply import apply
from segue._journal.connection import JournalFile
from segue._journal.entry import Entry, Filter, Lease, LeaseState, Owner, State
from segue._journal.group_commit import Change, Commits, Freed
from segue._journal.lease import LEASE, Heartbeat, granted
from segue._journal.lookup import resolve, unknown
from segue._journal.released import Claims
from segue._journal.writer import Writer
from segue.events import Budget, Event, Intent
from segue.money import Money


class SqliteJournal(Claims):
    """All jobs, in the file at `path`; implements `segue.journal.Journal`.

    `patience` is how many seconds to wait for other processes that are writing. Every method raises
    `JournalError` when the file cannot be used. After `close`, and in a forked child, the next call
    opens the file again. A thread renews the leases that were acquired here; those from before a
    fork are the parent's.
    """

    def __init__(self, path: Path, *, patience: float = 30.0) -> None:
        self.path = path
        self._file = JournalFile(path, patience=patience)
        self._commits = Commits(self._file, _put)
        self._heartbeat = Heartbeat(self._renew)
        self._writer = Writer(self._commits, self._heartbeat)
        weakref.finalize(self, _abandon, self._heartbeat, self._writer, self._file)

    @property
    def writer(self) -> Writer | None:
        """The thread that writes for event loops; None for a subclass, whose methods may do
        more."""
        return self._writer if type(self) is SqliteJournal else None

    def write(self, event: Event) -> None:
        """Record `event`; return once it is on disk."""
        self._commits.write(event)
        if isinstance(event, Intent):
            self._heartbeat.hold(event.job, event.owner)

    def entries(
        self,
        *,
        states: Collection[State] | None = None,
        parent: str | None = None,
        limit: int | None = None,
    ) -> Sequence[Entry]:
        """Jobs, newest first; without `states` all but the forgotten ones."""
        wanted = set(State) - {State.FORGOTTEN} if states is None else set(states)
        with self._file.reading() as connection:
            if connection is None:
                return []
            if parent is not None:
                return tables.family(connection, parent, wanted, limit)
            return tables.newest(connection, wanted, limit)

    def search(self, wanted: Filter) -> Sequence[Entry]:
        """The jobs that match, newest first; implements `segue.journal.Searchable`."""
        with self._file.reading() as connection:
            return [] if connection is None else tables.search(connection, wanted)

    def find(self, job: str) -> Entry | None:
        """The job of exactly that name; None when there is none."""
        with self._file.reading() as connection:
            return None if connection is None else tables.find(connection, job)

    def lease_state(self, job: str) -> LeaseState | None:
        """Who has the job of exactly that name; None when there is none."""
        with self._file.reading() as connection:
            return None if connection is None else tables.lease_state(connection, job)

    def entry(self, job: str) -> Entry:
        """One job by its name or a unique prefix of it; raises `UnknownJob`."""
        with self._file.reading() as connection:
            if connection is None:
                raise unknown(job)
            found = tables.find(connection, resolve(job, tables.beginning(connection, job)))
        if found is None:
            raise unknown(job)
        return found

    def _claim(self, job: str, owner: Owner, now: datetime | None) -> Lease:
        if not self._file.exists():
            raise unknown(job)
        with self._file.writing() as connection:
            entry = tables.find(connection, job)
            if entry is None:
                raise unknown(job)
            lease = granted(entry, owner, now=now or datetime.now(UTC))
            tables.lease(connection, lease)
        self._heartbeat.hold(job, owner.name)
        return lease

    def unclaim(self, job: str, owner: str) -> None:
        """Release the lease, if `owner` holds it."""
        self._heartbeat.drop(job, owner)
        self._commits.write(Freed(job, owner))

    def spent(self, budget: Budget) -> Money:
        """The sum that counts against a budget: bills, and reservations of jobs without one."""
        with self._file.reading() as connection:
            if connection is None:
                return Money(amount=Decimal(0), unit=budget.limit.unit)
            return tables.spent(connection, budget)

    def close(self) -> None:
        """Close the file, and stop renewing leases."""
        self._heartbeat.stop()
        self._writer.close()
        self._file.close()

    def _renew(self, owners: Collection[str]) -> None:
        with self._file.writing() as connection:
            tables.renew(connection, owners, datetime.now(UTC) + LEASE)

    def __repr__(self) -> str:
        return f"SqliteJournal({str(self.path)!r})"


def _put(connection: Connection, change: Change) -> None:
    if isinstance(change, Freed):
        tables.free(connection, change.job, change.owner)
        return
    entry = tables.find(connection, change.job)
    after = apply(entry, change, spent=partial(tables.spent, connection))
    tables.append(connection, change)
    tables.put(connection, after)


def _abandon(heartbeat: Heartbeat, writer: Writer, file: JournalFile) -> None:
    heartbeat.stop()
    writer.close()
    file.abandon()
