"""What core adds to a call before a driver sends it: in its `extensions`, read here, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from segue._effects.account import Account
    from segue._request.message import Call

_KEY = "segue"


class Departure:
    """Whether a request has left. A driver that can tell says that it is `watched`."""

    __slots__ = ("left", "watched")

    def __init__(self) -> None:
        self.watched = self.left = False

    @property
    def possible(self) -> bool:
        """Whether it may have left."""
        return self.left or not self.watched


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """Whose call it is, and how it is to be sent.

    `patience` is the seconds for all tries together; None for no limit. `departure` is that of a
    call that spends. `keeps` says that an unread answer stays open for a `Save`.
    """

    account: Account | None = None
    patience: float | None = None
    departure: Departure | None = None
    keeps: bool = False


_UNBOUND = Bound()


def bound(call: Call) -> Bound:
    """What core has added to `call`."""
    added = call.extensions.get(_KEY)
    return added if isinstance(added, Bound) else _UNBOUND


def bind(call: Call, added: Bound) -> Call:
    """The call with what core adds to it, in place of what it had added before."""
    return replace(call, extensions={**call.extensions, _KEY: added})
