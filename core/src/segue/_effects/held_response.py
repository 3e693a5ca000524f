"""An answer that a poll meets and a save wants: the track that is coming already.

Some vendors answer the poll of a finished job with its track. Within one flow, the driver keeps
such an answer open, and the save of the very same request reads on where the poll stopped: one
request and one connection less for each job. Whatever comes in between (another request, the end
of the flow) closes it, and the save asks again, as it does for a poll of yesterday.
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
    """An answer whose head is known and whose body is still to be read; `open` while it can be.

    The driver that made it has its connection.
    """

    __slots__ = ("_call", "_head", "open")

    def __init__(self, call: Call, head: Reply) -> None:
        self.open = True
        self._call = call
        self._head = head

    def answers(self, source: object) -> bool:
        """Whether it can still be read, and `source` is a call that would ask for the same."""
        return (
            self.open
            and isinstance(source, type(self._call))
            and all(getattr(source, name) == getattr(self._call, name) for name in _SAME)
            and bound(source).account == bound(self._call).account
        )

    def taken(self) -> Reply | None:
        """Its head, for who reads on; once."""
        head, self.open = (self._head if self.open else None), False
        return head


def coming_of(message: Reply | Save) -> Coming | None:
    """The answer that a reply has left open, or that a save is to read on."""
    coming = message.extensions.get(_KEY)
    return coming if isinstance(coming, Coming) else None


def with_coming(message: M, coming: Coming) -> M:
    """The reply or the save, with an open answer."""
    return replace(message, extensions={**message.extensions, _KEY: coming})


class Handover:
    """Where a flow keeps what its last poll met, for the save that may follow."""

    __slots__ = ("_coming",)

    def __init__(self) -> None:
        self._coming: Coming | None = None

    def met(self, reply: Reply) -> None:
        """A call of the poll brought this reply."""
        self._coming = coming_of(reply)

    def given(self, save: Save) -> Save:
        """The save, with the answer to its request if that is coming already."""
        coming = self._coming
        if coming is None or not coming.answers(save.asset.source):
            return save
        return with_coming(save, coming)
