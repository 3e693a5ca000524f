"""What a key is good for: any is an account, and some names are special.

These names are the sandbox's own; the refusals they cause are MusicAPI's.
"""

from __future__ import annotations

from decimal import Decimal

from segue_sandbox.accounts import ZERO, Account
from segue_sandbox.clock import Dial
from segue_sandbox.musicapi import errors

_CREDITS = Decimal(10_000)
_EXTRA = Decimal(100)
_LYRICS = Decimal(1_000)


def bearer(header: str | None) -> str:
    """The key of an `Authorization` header; refused without one, and for `bad-key`."""
    if header is None:
        raise errors.refused("account", 401, errors.NO_HEADER)
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise errors.refused("account", 401, errors.BAD_HEADER)
    if key.strip() == "bad-key":
        raise errors.refused("account", 401)
    return key.strip()


def account(key: str, dial: Dial) -> Account:
    """A new key's credits: 10,000, or what its name says. Extra credits are spent first (DOC).

    `poor-…` has none, `extra-…` has 100 extra ones besides. That subscriptions renew their
    credits each month is not modelled.
    """
    credits_ = ZERO if key.startswith("poor-") else _CREDITS
    extra = _EXTRA if key.startswith(("extra-", "free-")) else ZERO
    return Account(key, {"extra_credits": extra, "credits": credits_}, dial)


def lyrics(key: str, dial: Dial) -> Account:
    """A new key's lyrics credits: 1,000, or none for `poor-…`. No endpoint tells of them."""
    held = ZERO if key.startswith("poor-") else _LYRICS
    return Account(key, {"lyrics_credits": held}, dial)


def subscribes(key: str) -> bool:
    """Whether the account has an active subscription: all but `free-…`."""
    return not key.startswith("free-")
