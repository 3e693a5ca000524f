"""The journal's file: opened at first use, one connection for all threads of a process.

Every failure is a `JournalError` that names the file and the way out. A file that is not a
journal, or is damaged, is left as it is.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import InvalidOperation
from pathlib import Path

import msgspec

from segue.errors import JournalError
from segue.journal_schema import APPLICATION, MIGRATIONS, Migrations


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
        _files.add(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """The connection for one statement; None when there is no file yet."""
        with self._lock, self._explained():
            yield self._opened() if self._exists() else None

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction, which is on disk at the end or has left no trace.
        One that need not be `durable` may be lost with the power, and saves the flush."""
        with self._lock, self._explained():
            if not self._exists():
                self._create()
            connection = self._opened()
            if not durable:
                connection.execute("PRAGMA synchronous = NORMAL")
            try:
                with transaction(connection):
                    yield connection
            finally:
                if not durable:
                    connection.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other thread of this process uses the file."""
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

    def before_fork(self) -> None:
        """Let no thread use the connection from here on, and close it."""
        self._lock.acquire()
        self.close()

    def after_fork(self) -> None:
        """Let threads go on, in the parent as well as in the child."""
        self._lock.release()

    def _exists(self) -> bool:
        if self._connection is not None:
            return True
        try:
            self.path.stat()
        except FileNotFoundError:
            return False
        return True

    def _create(self) -> None:
        """Make the file, for its owner only. SQLite gives the files beside it the same mode."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
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
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Look at the file, then set it up. Nothing is changed in one that is no journal."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                version = self._version(connection)
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA fullfsync = ON")  # macOS: past the drive's cache
                connection.execute("PRAGMA journal_mode = WAL")
                if version < len(self._migrations):
                    self._migrate(connection)
            except sqlite3.OperationalError as error:
                # SQLite does not wait by itself for a process that sets WAL at the same time.
                if not _busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def _version(self, connection: sqlite3.Connection) -> int:
        # Another process may be creating the file, all at once: what marks it is read last.
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

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            what, advice = _FAULTS.get(_kind(error), (f"cannot be used: {error}", ""))
            raise self._unusable(what.format(error=error), advice) from error
        except OSError as error:
            raise self._unusable(f"cannot be used: {error.strerror or error}") from error
        except (msgspec.DecodeError, json.JSONDecodeError, InvalidOperation) as error:
            raise self._unusable(f"is damaged: an entry cannot be read ({error})") from error
        except UnicodeError as error:
            raise self._unusable(f"cannot hold this: {error}") from error

    def _unusable(self, what: str, advice: str = "") -> JournalError:
        way_out = f"move it away, or name another with {self.variable}; nothing in it was changed"
        return JournalError(
            f"the {self.called} {self.path} {what}",
            advice=f"{advice}, or {way_out}".removeprefix(", or "),
        )


# A child must not inherit a connection (https://sqlite.org/howtocorrupt.html, 2.6): SQLite would
# believe in locks that only the parent holds. Afterwards, each opens its own when it needs one.
_files: weakref.WeakSet[JournalFile] = weakref.WeakSet()
_at_fork: list[JournalFile] = []


def _before_fork() -> None:
    _at_fork[:] = _files
    for file in _at_fork:
        file.before_fork()


def _after_fork() -> None:
    while _at_fork:
        _at_fork.pop().after_fork()


if sys.platform != "win32":
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that holds the write lock from its beginning on."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # after some failures SQLite has rolled back by itself
            connection.execute("ROLLBACK")
        raise


# By SQLite's primary result codes (https://sqlite.org/rescode.html).
_FAULTS = {
    "SQLITE_NOTADB": ("is not a journal, or is damaged ({error})", ""),
    "SQLITE_CORRUPT": ("is damaged ({error})", ""),
    "SQLITE_BUSY": ("is in use by another process for too long", "try again"),
    "SQLITE_FULL": ("cannot be written: the disk is full", "make room"),
    "SQLITE_READONLY": ("cannot be written: it, or its folder, is read-only", ""),
    "SQLITE_CANTOPEN": ("cannot be opened; it, or its folder, is not open to this user", ""),
    "SQLITE_IOERR": ("cannot be read or written ({error})", "see to its disk"),
}


def _kind(error: sqlite3.Error) -> str:
    name: str = getattr(error, "sqlite_errorname", "")
    return "_".join(name.split("_")[:2])


def _busy(error: sqlite3.Error) -> bool:
    return _kind(error) == "SQLITE_BUSY"
