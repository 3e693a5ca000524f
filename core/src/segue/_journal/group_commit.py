"""Group commit: one transaction for the changes of several threads, since the flush is the cost.

The first writer flushes every queued change. A change that cannot be written fails alone; an
unusable file fails all of them.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from segue._journal.connection import JournalFile
from segue.errors import JournalError
from segue.events import Event, Intent


class Freed(NamedTuple):
    """A released lease. One that is lost with the power expires."""

    job: str
    owner: str


Change: TypeAlias = Event | Freed


class Pending:
    """A change to be written, and its outcome."""

    __slots__ = ("change", "error", "over", "process")

    def __init__(self, change: Change) -> None:
        self.change = change
        self.process = os.getpid()
        self.over = False
        self.error: Exception | None = None


class Commits:
    """The queue of changes to a file; `put` writes one, in a transaction."""

    def __init__(
        self, file: JournalFile, put: Callable[[sqlite3.Connection, Change], None]
    ) -> None:
        self._file = file
        self._put = put
        self._waiting: deque[Pending] = deque()

    def write(self, change: Change) -> None:
        """Write a change, with those of other threads; return once it is on disk, or raise."""
        pending = Pending(change)
        self.write_all([pending])
        if pending.error is not None:
            raise pending.error

    def write_all(self, batch: Sequence[Pending]) -> None:
        """Write several changes, with those of other threads. When this returns, each is on disk
        or has its `error`."""
        self._waiting.extend(batch)
        try:
            with self._file.alone():
                if not batch[-1].over:  # they are written in their order
                    self._write_queued(self._queued())
        except BaseException:
            self._interrupted(batch)
            raise

    def _interrupted(self, batch: Sequence[Pending]) -> None:
        """Withdraw an abandoned intent from the queue, so that the next writer does not write it;
        other events are written."""
        for pending in batch:
            if isinstance(pending.change, Intent):
                with suppress(ValueError):
                    self._waiting.remove(pending)

    def _queued(self) -> list[Pending]:
        """Take the queue, without changes from before a fork."""
        found, here = [], os.getpid()
        while self._waiting:
            pending = self._waiting.popleft()
            if pending.process == here:
                found.append(pending)
        return found

    def _write_queued(self, batch: Sequence[Pending]) -> None:
        try:
            self._write(batch)
        except BaseException:  # the next writer writes it: events are idempotent
            self._waiting.extendleft(each for each in reversed(batch) if not each.over)
            raise

    def _write(self, batch: Sequence[Pending]) -> None:
        try:
            self._write_at_once(batch)
        except Exception as error:
            if len(batch) == 1 or _concerns_all(error):
                _end(batch, error)
            else:
                for pending in batch:
                    self._write([pending])
        else:
            _end(batch, None)

    def _write_at_once(self, batch: Sequence[Pending]) -> None:
        durable = not all(isinstance(pending.change, Freed) for pending in batch)
        if not durable and not self._file.exists():
            return  # no file, no lease
        with self._file.writing(durable=durable) as connection:
            for pending in batch:
                self._put(connection, pending.change)


def _end(batch: Sequence[Pending], error: Exception | None) -> None:
    for pending in batch:
        pending.over, pending.error = True, error


def _concerns_all(error: Exception) -> bool:
    return isinstance(error, JournalError) and isinstance(error.__cause__, sqlite3.Error | OSError)
