"""A store of permits in a SQLite file, shared by all processes of a user on this machine.

It is a file of its own: two projects with their own journals may use one account, a permit must not
wait for a journal's flush, and it may be deleted at any time. The clock is `time.monotonic`, which
all processes of a machine share and which never jumps; after a reboot it restarts, and rows in its
future are dropped. The file holds no key.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection

from segue._journal.connection import JournalFile
from segue._journal.migrations import Migrations
from segue._pace.store import Notice, PermitRequest, Turn
from segue._pace.windows import (
    FAILURE_WINDOW,
    FORGOTTEN,
    LONGEST,
    MARGIN,
    shared_by,
    shut_out,
    window_of,
)
from segue._process.owner import gone

ORPHANED = 60.0
"""Seconds for which the jobs of a dead process count as running: their vendor goes on with them for
a while."""

_FULL = MARGIN
"""Seconds after which to retry when too many jobs run."""

_PATIENCE = 5.0
"""Seconds to wait for other processes that are writing."""

_REMEMBERED = 0.25
"""Seconds for which it is cached whether other processes use an account."""

APPLICATION = 0x53655061
"""`SePa`: marks a SQLite file as a store of permits."""

_MIGRATIONS: Migrations = (
    (
        f"PRAGMA application_id = {APPLICATION}",
        """
        CREATE TABLE permits (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            window TEXT NOT NULL,
            job TEXT NOT NULL,
            owner TEXT NOT NULL,
            since REAL NOT NULL,
            counted REAL NOT NULL,
            under_way INTEGER NOT NULL
        )
        """,
        "CREATE INDEX permits_by_account ON permits (account, window, counted)",
        """
        CREATE TABLE running (
            account TEXT NOT NULL,
            job TEXT NOT NULL,
            owner TEXT NOT NULL,
            seen REAL NOT NULL,
            PRIMARY KEY (account, job)
        )
        """,
        "CREATE TABLE pauses (account TEXT PRIMARY KEY, since REAL NOT NULL, until REAL NOT NULL)",
    ),
)


class _File(JournalFile):
    application = APPLICATION
    called = "file of the pace"
    variable = "SEGUE_PACE"

    def _prepare(self, connection: Connection) -> None:
        super()._prepare(connection)
        connection.execute("PRAGMA synchronous = NORMAL")  # the last permits may be lost


class SqlitePace:
    """Permits in the file at `path`; implements `segue._pace.store.Pace`.

    `clock` returns monotonic seconds, the same for all processes that use the file. Nothing is
    created before the first permit.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._clock = clock
        self._alone: dict[tuple[str, str], tuple[float, bool]] = {}  # until when that is cached
        self._file = _File(path, patience=_PATIENCE, migrations=_MIGRATIONS)
        weakref.finalize(self, self._file.abandon)

    def permit(self, wanted: PermitRequest, notices: Sequence[Notice] = ()) -> Turn:
        """Record `notices`, then acquire a permit if one is free."""
        with self._file.writing() as connection:
            now = self._clock()
            for notice in notices:
                _note(connection, notice, now)
            account = _Account(connection, wanted, now)
            pause = account.paused()
            wait = max(pause, account.full(), account.window())
            if wait <= 0:
                account.take()
            alone = self._is_alone(account, wanted, now)
        return Turn(wait=max(wait, 0.0), pause=max(pause, 0.0), alone=alone)

    def note(self, notices: Sequence[Notice]) -> None:
        """Record `notices`."""
        with self._file.writing() as connection:
            now = self._clock()
            for notice in notices:
                _note(connection, notice, now)

    def _is_alone(self, account: _Account, wanted: PermitRequest, now: float) -> bool:
        """Whether no other process uses the account; cached."""
        whose = (wanted.account, wanted.owner)
        until, alone = self._alone.get(whose, (now, False))
        if not now < until <= now + _REMEMBERED:
            alone = account.alone()
            self._alone[whose] = (now + _REMEMBERED, alone)
        return alone

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def __repr__(self) -> str:
        return f"SqlitePace({str(self.path)!r})"


class _Account:
    """An account in the file, at the time of one request."""

    def __init__(self, connection: Connection, wanted: PermitRequest, now: float) -> None:
        self._connection = connection
        self._wanted = wanted
        self._now = now
        self._dead: dict[str, bool] = {}  # by owner
        self._kind = shared_by(wanted.kind)
        self._window = window_of(wanted.limits, self._kind)

    def paused(self) -> float:
        """Seconds until the account may be used again."""
        row = self._connection.execute(
            "SELECT until FROM pauses WHERE account = ? AND since <= ?",  # not before a reboot
            (self._wanted.account, self._now + MARGIN),
        ).fetchone()
        pause = float(row[0]) - self._now if row else 0.0
        return max(pause, self._shut_out())

    def _shut_out(self) -> float:
        most = self._wanted.limits.failures
        if most is None or self._count("failed") < most:
            return 0.0
        return shut_out(self._times("failed"), most, self._now)

    def full(self) -> float:
        """Seconds to wait while too many jobs run."""
        most = self._wanted.limits.in_flight
        if most is None or self._wanted.kind != "submit":
            return 0.0
        rows = self._connection.execute(
            "SELECT job, owner, seen FROM running WHERE account = ? AND job != ?",
            (self._wanted.account, self._wanted.job),
        ).fetchall()
        if len(rows) < most:
            return 0.0
        running = 0
        for job, owner, seen in rows:
            if self._over(owner, seen):
                self._leave(job)
            else:
                running += 1
        return _FULL if running >= most else 0.0

    def window(self) -> float:
        """Seconds until the window has a permit free."""
        most = self._window.count
        if most is None or self._count(self._kind) < most:  # old ones among them do no harm
            return 0.0
        times = sorted(self._times(self._kind))
        if len(times) < most:
            return 0.0
        return max(times[len(times) - most] + self._window.seconds - self._now, 0.0)

    def take(self) -> None:
        """Acquire the permit."""
        wanted, now = self._wanted, self._now
        if self._window.count is not None:
            self._connection.execute(
                "INSERT INTO permits (account, window, job, owner, since, counted, under_way)"
                " VALUES (?, ?, ?, ?, ?, ?, 1)",
                (wanted.account, self._kind, wanted.job, wanted.owner, now, now),
            )
        if wanted.limits.in_flight is not None and wanted.kind != "fetch":
            self._connection.execute(
                "INSERT OR REPLACE INTO running (account, job, owner, seen) VALUES (?, ?, ?, ?)",
                (wanted.account, wanted.job, wanted.owner, now),
            )

    def alone(self) -> bool:
        """Whether no row of another live owner counts."""
        others = " UNION ".join(
            f"SELECT owner FROM {table} WHERE account = ?1 AND owner != ?2"
            for table in ("running", "permits")
        )
        rows = self._connection.execute(others, (self._wanted.account, self._wanted.owner))
        return all(self._gone(owner) for (owner,) in rows.fetchall())

    def _times(self, window: str) -> list[float]:
        """The times of the permits that still count; the others are deleted."""
        seconds = FAILURE_WINDOW + MARGIN if window == "failed" else self._window.seconds
        self._connection.execute(
            "DELETE FROM permits WHERE account = ? AND window = ? AND (counted > ?"
            " OR (counted <= ? AND (NOT under_way OR since <= ?)))",
            (
                self._wanted.account,
                window,
                self._now + MARGIN,  # before a reboot
                self._now - seconds,
                self._now - LONGEST,
            ),
        )
        rows = self._connection.execute(
            "SELECT id, counted, under_way, owner FROM permits WHERE account = ? AND window = ?",
            (self._wanted.account, window),
        ).fetchall()
        return [self._counted(*row) for row in rows]

    def _count(self, window: str) -> int:
        row = self._connection.execute(
            "SELECT count(*) FROM permits WHERE account = ? AND window = ?",
            (self._wanted.account, window),
        ).fetchone()
        return int(row[0])

    def _counted(self, permit: int, counted: float, under_way: int, owner: str) -> float:
        """The time at which a permit counts: now for a request in flight, unless its process is
        dead."""
        if not under_way:
            return counted
        if not self._gone(owner):
            return self._now if self._now - counted > self._window.seconds / 2 else counted
        self._connection.execute("UPDATE permits SET under_way = 0 WHERE id = ?", (permit,))
        return counted

    def _gone(self, owner: str) -> bool:
        if owner not in self._dead:
            self._dead[owner] = gone(owner)
        return self._dead[owner]

    def _over(self, owner: str, seen: float) -> bool:
        if seen > self._now + MARGIN or seen <= self._now - FORGOTTEN:
            return True
        return seen <= self._now - ORPHANED and self._gone(owner)

    def _leave(self, job: str) -> None:
        self._connection.execute(
            "DELETE FROM running WHERE account = ? AND job = ?", (self._wanted.account, job)
        )


def _note(connection: Connection, notice: Notice, now: float) -> None:
    theirs = (notice.account, shared_by(notice.kind), notice.job, notice.owner)
    own = "account = ? AND window = ? AND job = ? AND owner = ? AND under_way"
    match notice.what:
        case "answered":
            connection.execute(
                f"UPDATE permits SET under_way = 0, counted = ? WHERE {own}",
                (now - notice.ago, *theirs),
            )
        case "unused":
            connection.execute(f"DELETE FROM permits WHERE {own}", theirs)
            if notice.kind == "submit":
                _left(connection, notice)
        case "broken off":
            connection.execute(f"UPDATE permits SET under_way = 0 WHERE {own}", theirs)
        case "left":
            _left(connection, notice)
        case "failed":
            connection.execute(
                "INSERT INTO permits (account, window, job, owner, since, counted, under_way)"
                " VALUES (?, 'failed', '', ?, ?, ?, 0)",
                (notice.account, notice.owner, now - notice.ago, now - notice.ago),
            )
        case "paused":
            connection.execute(
                "INSERT INTO pauses (account, since, until) VALUES (?, ?, ?) ON CONFLICT (account)"
                " DO UPDATE SET since = excluded.since, until ="
                " iif(since <= excluded.since, max(until, excluded.until), excluded.until)",
                (notice.account, now - notice.ago, now - notice.ago + notice.seconds),
            )


def _left(connection: Connection, notice: Notice) -> None:
    whose = (notice.account, notice.job, notice.owner)
    connection.execute("DELETE FROM running WHERE account = ? AND job = ? AND owner = ?", whose)
    connection.execute(
        "UPDATE permits SET under_way = 0 WHERE account = ? AND job = ? AND owner = ?"
        " AND under_way",
        whose,
    )


def usual_place() -> Path:
    """The file for this user's accounts: in the state folder, whatever the journal."""
    from platformdirs import user_state_path  # noqa: PLC0415 - costs milliseconds

    return user_state_path("segue", appauthor=False) / "pace.sqlite3"
