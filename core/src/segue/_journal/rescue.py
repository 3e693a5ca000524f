"""Restore a journal that was deleted or replaced while it was open.

The open connection still has the old file, which has no name any more. Its content is copied aside,
then renamed to the journal's name where that is free, else merged into the present file: the events
of both, without duplicates.
"""

from __future__ import annotations

import logging
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import reduce
from pathlib import Path
from types import TracebackType

from segue._journal.faults import unusable
from segue._journal.location import SIDES, beside
from segue._journal.queries import append_raw, histories, put
from segue._journal.reducer import KINDS, folded

_log = logging.getLogger("segue")


class Rescue:
    """The content of `connection`, whose file is no longer the one at `path`.

    Raises `JournalError` where it cannot be copied aside. Use it in `with`: after an error the copy
    remains, and its place is logged.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._aside = path.with_name(f"{path.name}.rescued-{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._aside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            connection.execute("VACUUM INTO ?", (str(self._aside),))
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                self._aside.unlink()
            raise unusable(
                path,
                "was deleted or replaced while it was in use, and cannot be put back",
                "put the file back while this program still runs",
            ) from error

    def put_back(self) -> None:
        """Rename the copy to the journal's name, unless another file has it by now."""
        with _alone(self._path.parent):
            if self._path.exists():
                return
            for side in SIDES:  # of the lost file: they belong to no other
                beside(self._path, side).unlink(missing_ok=True)
            with suppress(FileExistsError):
                os.link(self._aside, self._path)

    def merge(self, connection: sqlite3.Connection) -> None:
        """Add the events that the file lacks, and rebuild the entries of their jobs."""
        known = set(connection.execute("SELECT job, facts FROM events"))
        uri = f"{self._aside.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as aside:
            rows = aside.execute("SELECT job, what, at, facts FROM events ORDER BY seq").fetchall()
            leases = aside.execute(
                "SELECT owner, leased_until, generation, job FROM jobs"
            ).fetchall()
        lacking = [row for row in rows if (row[0], row[3]) not in known]
        for row in lacking:
            append_raw(connection, row)
        jobs = {row[0] for row in lacking}
        for events in histories(connection, KINDS, jobs):
            entry = reduce(folded, events, None)
            if entry is not None:
                put(connection, entry)
        connection.executemany(
            "UPDATE jobs SET owner = ?, leased_until = ?, generation = ? WHERE job = ?",
            [lease for lease in leases if lease[-1] in jobs],
        )

    def __enter__(self) -> Rescue:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the copy after success; else log its place."""
        if error is not None:
            _log.warning(_LEFT, self._path, self._aside)
            return
        with suppress(OSError):
            self._aside.unlink()
        _log.warning(_PUT_BACK, self._path)


_PUT_BACK = "%s was deleted or replaced while in use; its entries were put back"
_LEFT = "%s was deleted or replaced while in use; its entries are in %s: give that its name"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Exclude other processes that restore a journal in this folder."""
    try:
        import fcntl  # noqa: PLC0415 - there is none on Windows, where no open file is deleted
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
