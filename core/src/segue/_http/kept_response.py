"""The one response that a run of a flow may hold open between a poll and a save.

See `_effects/held_response.py`.

The next request closes it, and so does the end of the run.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from segue._effects.bound import bound
from segue._effects.held_response import Coming, coming_of, with_coming
from segue._http.response import Connection
from segue.flow import Call, Reply, Save

C = TypeVar("C")


class AnyKept(Generic[C]):
    """The base of both kinds."""

    def __init__(self) -> None:
        self._coming: Coming | None = None
        self._connection: C | None = None

    def keep(self, call: Call, reply: Reply, connection: C) -> Reply:
        """Hold the connection of a reply with its unread body."""
        coming = Coming(call, reply)
        self._coming, self._connection = coming, connection
        return with_coming(reply, coming)

    def taken(self, effect: Save) -> C | None:
        """The held connection with the file to be saved, if any."""
        if self._coming is None or coming_of(effect) is not self._coming:
            return None
        return self._let_go()

    def _let_go(self) -> C | None:
        connection, self._connection, self._coming = self._connection, None, None
        return connection

    def _closed(self) -> C | None:
        if self._coming is not None:
            self._coming.open = False
        return self._let_go()


class Kept(AnyKept[Connection]):
    """For a synchronous run. Close it at the end."""

    def close(self) -> None:
        """Close the held response."""
        if connection := self._closed():
            connection.close()


def keepable(call: Call, reply: Reply) -> bool:
    """Whether a reply's body is a file as it would be saved, and a save may follow."""
    plain = reply.headers.get("content-encoding", "identity") == "identity"
    return bound(call).keeps and reply.status == 200 and reply.body is None and plain
