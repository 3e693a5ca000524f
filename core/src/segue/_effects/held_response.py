"""A response to a poll that is held open for a save, as its body is the track.

Some vendors answer the poll of a finished job with its track. Within one flow, the driver holds
such a response open, and the save of the same request reads its body: one request less for each
job. Another request, or the end of the flow, closes it, and the save sends its request again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from segue._effects.bound import bound

if TYPE_CHECKING:
    from segue.flow import Call, Reply, Save

    M = TypeVar("M", Reply, Save)

_KEY = "coming"
_SAME = ("method", "url", "params", "headers", "json", "content", "form", "files")


class Coming:
    """A response whose head is read and whose body is not; `open` while it can be read.

    The driver that made it owns its connection.
    """

    __slots__ = ("_call", "_head", "open")

    def __init__(self, call: Call, head: Reply) -> None:
        self.open = True
        self._call = call
        self._head = head

    def answers(self, source: object) -> bool:
        """Whether it can still be read, and `source` is an equal call."""
        return (
            self.open
            and isinstance(source, type(self._call))
            and all(getattr(source, name) == getattr(self._call, name) for name in _SAME)
            and bound(source).account == bound(self._call).account
        )

    def taken(self) -> Reply | None:
        """Its head, for the reader of the body; only once."""
        head, self.open = (self._head if self.open else None), False
        return head


def coming_of(message: Reply | Save) -> Coming | None:
    """The open response of a reply or a save."""
    coming = message.extensions.get(_KEY)
    return coming if isinstance(coming, Coming) else None


def with_coming(message: M, coming: Coming) -> M:
    """The reply or the save, with an open response."""
    return replace(message, extensions={**message.extensions, _KEY: coming})


class Handover:
    """Passes the open response of a flow's last poll to the save that may follow."""

    __slots__ = ("_coming",)

    def __init__(self) -> None:
        self._coming: Coming | None = None

    def met(self, reply: Reply) -> None:
        """Record the reply of a poll's call."""
        self._coming = coming_of(reply)

    def given(self, save: Save) -> Save:
        """The save, with the open response to its request if there is one."""
        coming = self._coming
        if coming is None or not coming.answers(save.asset.source):
            return save
        return with_coming(save, coming)
