"""The connection to the journal's file: opened on first use, shared by all threads of a process.

Every failure is a `JournalError` that names the file and the next step. A file that is not a
journal, or is damaged, is not changed. Its integrity is checked on opening.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from segue._journal.faults import busy, damaged, explained, unusable
from segue._journal.integrity import is_consistent, is_whole
from segue._journal.location import Identity, beside, create, identity, refuse_planted, secure
from segue._journal.migrations import APPLICATION, MIGRATIONS, Migrations
from segue._journal.rescue import Rescue
from segue.errors import JournalError


class JournalFile:
    """A SQLite file, by its path. `patience` is how many seconds to wait for other processes."""

    application = APPLICATION
    called = "journal"
    variable = "SEGUE_JOURNAL"

    def __init__(
        self, path: Path, *, patience: float = 30.0, migrations: Migrations = MIGRATIONS
    ) -> None:
        self.path = path
        self._patience = patience
        self._migrations = migrations
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._opened_as: Identity | None = None
        _files.add(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """The connection for one statement; None when there is no file yet."""
        with self._lock, self._explained():
            yield self._opened() if self._exists() else None

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction, which is on disk at the end or rolled back. One that is
        not `durable` may be lost with the power, and saves the flush."""
        with self._lock, self._explained():
            if not self._exists():
                create(self.path)
            connection = self._opened()
            if not durable:
                connection.execute("PRAGMA synchronous = NORMAL")
            try:
                with transaction(connection):
                    yield connection
            finally:
                if not durable:
                    connection.execute("PRAGMA synchronous = FULL")
            if self._moved():  # the last write is in a file without a name
                self._opened()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Exclude the other threads of this process."""
        with self._lock:
            yield

    def exists(self) -> bool:
        """Whether there is a file."""
        with self._explained():
            return self._exists()

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def abandon(self) -> None:
        """Close the connection of an unused file. For finalizers, which may run in any thread at
        any time: so this waits for no lock. A holder of the lock of such a file is about to fork,
        and closes it."""
        if self._lock.acquire(blocking=False):
            try:
                self.close()
            finally:
                self._lock.release()

    def before_fork(self) -> None:
        """Block all threads from the connection, and close it."""
        self._lock.acquire()
        self.close()

    def after_fork(self) -> None:
        """Unblock threads, in the parent and in the child."""
        self._lock.release()

    def _exists(self) -> bool:
        if self._connection is not None:
            return True
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            return False
        except ValueError as error:  # a NUL in its name
            raise self._unusable(f"cannot be used: {error}") from error
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
            raise self._unusable(f"cannot be used: it is {what}")
        return True

    def _moved(self) -> bool:
        """Whether the file was deleted or replaced while it was open."""
        return self._connection is not None and identity(self.path) != self._opened_as

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._moved():
            self._give_up() if self.application != APPLICATION else self._rescue(self._connection)
        if self._connection is None:
            refuse_planted(self.path)
            self._connection = self._open()
            self._opened_as = identity(self.path)
        return self._connection

    def _give_up(self) -> None:
        """Start again with a new file, when the lost one had nothing acknowledged."""
        self.close()
        create(self.path)

    def _rescue(self, connection: sqlite3.Connection) -> None:
        """Restore the acknowledged writes under the file's name, and open it again."""
        with Rescue(self.path, connection) as rescue:
            self.close()
            rescue.put_back()
            self._exists()
            self._connection = self._open()
            self._opened_as = identity(self.path)
            with transaction(self._connection) as opened:
                rescue.merge(opened)

    def _open(self) -> sqlite3.Connection:
        # Never open the file in any other way: closing it would end SQLite's POSIX locks.
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._prepare(connection)
            self._check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        """Raise `JournalError` for a file that lacks written data."""
        if self.application == APPLICATION and not is_whole(connection, beside(self.path, "-wal")):
            raise damaged(self.path, "the log of its newest entries cannot be read to the end")
        if self.application == APPLICATION and not is_consistent(connection):
            raise damaged(self.path, "its tables and their indexes do not fit together")

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self.path, called=self.called, variable=self.variable)

    def _unusable(self, what: str, advice: str = "") -> JournalError:
        return unusable(self.path, what, advice, called=self.called, variable=self.variable)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Check the file, then set it up. A file that is no journal is not changed."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                version = self._version(connection)
                secure(self.path)
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA fullfsync = ON")  # macOS: past the drive's cache
                connection.execute("PRAGMA journal_mode = WAL")
                if version < len(self._migrations):
                    self._migrate(connection)
            except sqlite3.OperationalError as error:
                # SQLite does not wait for a process that sets WAL at the same time.
                if not busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def _version(self, connection: sqlite3.Connection) -> int:
        # Another process may be creating the file in one transaction: its mark is read last.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != self.application and (application or version or tables):
            raise self._unusable("is a database of something else")
        if version > len(self._migrations):
            raise self._unusable(
                f"was written by a newer version of Segue (schema {version}, this one knows"
                f" {len(self._migrations)})",
                "upgrade Segue",
            )
        return int(version)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        with transaction(connection):
            version = self._version(connection)  # another process may have been quicker
            for statements in self._migrations[version:]:
                for statement in statements:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(self._migrations)}")


# A child must not inherit a connection (https://sqlite.org/howtocorrupt.html, 2.6): SQLite would
# believe in locks that only the parent holds. Afterwards, each opens its own when it needs one.
_files: weakref.WeakSet[JournalFile] = weakref.WeakSet()
_at_fork: list[JournalFile] = []
_forking = threading.Lock()  # one thread forks at a time, or two would deadlock


def _before_fork() -> None:
    _forking.acquire()
    _at_fork[:] = _files
    for file in _at_fork:
        file.before_fork()


def _after_fork() -> None:
    while _at_fork:
        _at_fork.pop().after_fork()
    _forking.release()


if sys.platform != "win32":
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that acquires the write lock at its start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # after some failures SQLite has rolled back by itself
            connection.execute("ROLLBACK")
        raise
