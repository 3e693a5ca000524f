"""Typed access to the `extensions` that core adds to a call before a driver sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from segue._effects.account import Account
    from segue._request.message import Call

_KEY = "segue"


class Departure:
    """Whether a request was sent. A driver that detects it sets `watched`."""

    __slots__ = ("left", "watched")

    def __init__(self) -> None:
        self.watched = self.left = False

    @property
    def possible(self) -> bool:
        """Whether it may have been sent."""
        return self.left or not self.watched


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """The account of a call, and how it is to be sent.

    `patience` is the seconds for all attempts together; None for no limit. `departure` is that of a
    call that spends. `keeps` says that an unread response stays open for a `Save`.
    """

    account: Account | None = None
    patience: float | None = None
    departure: Departure | None = None
    keeps: bool = False


_UNBOUND = Bound()


def bound(call: Call) -> Bound:
    """Core's extensions of `call`."""
    added = call.extensions.get(_KEY)
    return added if isinstance(added, Bound) else _UNBOUND


def bind(call: Call, added: Bound) -> Call:
    """The call with `added` in place of its previous extensions."""
    return replace(call, extensions={**call.extensions, _KEY: added})
