"""What a key is good for: any is an account, and some names are special.

These names are the sandbox's own; the refusals they cause are Venice's.
"""

from __future__ import annotations

from decimal import Decimal

from segue_sandbox.accounts import Account
from segue_sandbox.clock import Dial
from segue_sandbox.venice.errors import plain, refused

ORDER = ("DIEM", "EARNED_CREDITS", "BUNDLED_CREDITS", "USD")
"""Venice takes the first of these that covers the whole amount (venice-billing)."""

FENCED = (
    "This API key is restricted to configured IP addresses, "
    "and this request's source IP is not allowed"
)
_USD = Decimal(100)
_DIEM = Decimal(10)


def check(key: str) -> None:
    """Refuse the keys that are good for nothing: `bad-key` and `fenced-…`."""
    if key == "bad-key":
        raise refused(401)
    if key.startswith("fenced-"):
        raise plain(403, FENCED)


def account(key: str, dial: Dial) -> Account:
    """A new key's account: 100 USD, or what its name says.

    `poor-…` has nothing, `diem-…` also has 10 DIEM a day, `limited-…` may not spend what it has.
    """
    usd = Decimal(0) if key.startswith("poor-") else _USD
    daily = {"DIEM": _DIEM if key.startswith("diem-") else Decimal(0)}
    funds = {**dict.fromkeys(ORDER, Decimal(0)), **daily, "USD": usd}
    limit = Decimal(0) if key.startswith("limited-") else None
    return Account(key, funds, dial, daily=daily, limit=limit)


def is_admin(key: str) -> bool:
    """Whether the key may read bills: `admin-…`."""
    return key.startswith("admin-")


def is_private_only(key: str) -> bool:
    """Whether the key may use private models only: `private-…`."""
    return key.startswith("private-")
