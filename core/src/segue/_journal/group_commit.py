"""Events of several threads in one transaction: what costs is the flush, and one is enough.

Whoever comes first writes what all have to say who wait by then. An event that cannot be written
is that event's fault alone; a file that cannot be written is everybody's.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from segue._journal.connection import JournalFile
from segue.errors import JournalError
from segue.events import Event, Intent


class Commits:
    """The events that are to be written to a file; `put` writes one, in a transaction."""

    def __init__(self, file: JournalFile, put: Callable[[sqlite3.Connection, Event], None]) -> None:
        self._file = file
        self._put = put
        self._waiting: deque[_Told] = deque()

    def write(self, event: Event) -> None:
        """Write it, with those of other threads; return once it is on disk, or raise."""
        told = _Told(event)
        self._waiting.append(told)
        try:
            with self._file.alone():
                if not told.over:
                    self._write_all(self._all())
        except BaseException:
            self._interrupted(told)
            raise
        if told.error is not None:
            raise told.error

    def _interrupted(self, told: _Told) -> None:
        """An intent that is given up while it waits is not carried out, and so not written by
        the next who comes; what has happened is."""
        if isinstance(told.event, Intent):
            with suppress(ValueError):
                self._waiting.remove(told)

    def _all(self) -> list[_Told]:
        """All that wait, but for those that were waiting in the parent of a fork."""
        found = []
        while self._waiting:
            found.append(self._waiting.popleft())
        here = os.getpid()
        return [told for told in found if told.process == here]

    def _write_all(self, batch: Sequence[_Told]) -> None:
        try:
            self._write(batch)
        except BaseException:  # whoever waits for us writes it then: to write twice does no harm
            self._waiting.extendleft(told for told in reversed(batch) if not told.over)
            raise

    def _write(self, batch: Sequence[_Told]) -> None:
        try:
            self._write_at_once(batch)
        except Exception as error:
            if len(batch) == 1 or _everybodys(error):
                _end(batch, error)
            else:
                for told in batch:
                    self._write([told])
        else:
            _end(batch, None)

    def _write_at_once(self, batch: Sequence[_Told]) -> None:
        with self._file.writing() as connection:
            for told in batch:
                self._put(connection, told.event)


class _Told:
    """An event, and what became of it."""

    __slots__ = ("error", "event", "over", "process")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.process = os.getpid()
        self.over = False
        self.error: Exception | None = None


def _end(batch: Sequence[_Told], error: Exception | None) -> None:
    for told in batch:
        told.over, told.error = True, error


def _everybodys(error: Exception) -> bool:
    return isinstance(error, JournalError) and isinstance(error.__cause__, sqlite3.Error | OSError)
