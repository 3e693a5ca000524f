"""A response that a job's handle holds between its `wait` and its `download`.

See `_effects/held_response.py`.

Its connection stays open while the program runs other code. So it is closed after `LONGEST`
seconds, only `MOST` of them are open for a client at once, and the client's `close` closes them
all. Then the download sends its own request.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import Generic, TypeVar

from segue._http.kept_response import Kept
from segue._http.response import Connection
from segue._process.forks import left_to_parent, renewed_in_child
from segue.flow import Call, Reply, Save

LONGEST = 30.0
"""Seconds for which a response is held open for a download that may not come."""

MOST = 8
"""The most responses of one client that are held open at once."""

H = TypeVar("H")


class AnyShelf(Generic[H]):
    """The held responses of one client, the oldest first."""

    def __init__(self) -> None:
        self._held: deque[H] = deque()
        self._lock = threading.Lock()
        renewed_in_child(self)

    def forked(self) -> None:
        """Drop the parent's responses."""
        left_to_parent(self._held)
        self._held, self._lock = deque(), threading.Lock()

    def put(self, held: H) -> H | None:
        """Add one; returns the one to close, if there are too many."""
        with self._lock:
            self._held.append(held)
            return self._held.popleft() if len(self._held) > MOST else None

    def drop(self, held: H) -> None:
        """Remove one that is closed or taken."""
        with self._lock:
            if held in self._held:
                self._held.remove(held)

    def all(self, *, but: H | None = None) -> list[H]:
        """All open ones."""
        with self._lock:
            return [held for held in self._held if held is not but]


class Shelf(AnyShelf["Held"]):
    """For threads."""

    def clear(self, *, but: object = None) -> None:
        """Close all of them, or all but one."""
        for held in self.all():
            if held is not but:
                held.close()


class Held(Kept):
    """For a `Job`. Its timer closes it in a thread of its own, so it is locked."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self._shelf = shelf
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        self._process = os.getpid()

    def keep(self, call: Call, reply: Reply, connection: Connection) -> Reply:
        """Hold the connection of a reply, for `LONGEST` seconds."""
        with self._lock:
            self._process = os.getpid()
            kept = super().keep(call, reply, connection)
            self._timer = threading.Timer(LONGEST, self.close)
            self._timer.daemon = True
            self._timer.start()
        if (oldest := self._shelf.put(self)) is not None:
            oldest.close()
        return kept

    def taken(self, effect: Save) -> Connection | None:
        """The held connection with the file to be saved, if still open. Not in a process that was
        forked meanwhile."""
        with self._lock:
            connection = super().taken(effect) if os.getpid() == self._process else None
            if connection is not None:
                self._stop()
            return connection

    def close(self) -> None:
        """Close the held response."""
        with self._lock:
            connection = self._closed()
            self._stop()
        if connection is not None and os.getpid() == self._process:
            connection.close()

    def _stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._shelf.drop(self)
