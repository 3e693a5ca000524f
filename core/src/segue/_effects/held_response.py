"""An answer that a poll meets and a save wants: the track that is coming already.

Some vendors answer the poll of a finished job with its track. Within one flow, the driver keeps
such an answer open, and the save of the very same request reads on where the poll stopped: one
request and one connection less for each job. Whatever comes in between (another request, the end
of the flow) closes it, and the save asks again, as it does for a poll of yesterday.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from segue.flow import Call, Reply, Save

_SAME = ("method", "url", "params", "headers", "json", "content", "form", "files", "account")


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
        )

    def taken(self) -> Reply | None:
        """Its head, for who reads on; once."""
        head, self.open = (self._head if self.open else None), False
        return head


class Handover:
    """Where a flow keeps what its last poll met, for the save that may follow."""

    __slots__ = ("_coming",)

    def __init__(self) -> None:
        self._coming: Coming | None = None

    def met(self, reply: Reply) -> None:
        """A call of the poll brought this reply."""
        self._coming = reply.coming

    def given(self, save: Save) -> Save:
        """The save, with the answer to its request if that is coming already."""
        coming = self._coming
        if coming is None or not coming.answers(save.asset.source):
            return save
        return msgspec.structs.replace(save, coming=coming)
