"""What a key is good for: any is a buyer, and some names are special.

Real buyers' keys begin with `inf_`; here that may be left out, and `inf_poor-key` is
`poor-key`. The names are the sandbox's own, the refusals are the vendor's.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

from segue_sandbox.accounts import Account
from segue_sandbox.clock import Dial
from segue_sandbox.marketplace.errors import refused
from segue_sandbox.pacing import Window

Forms: TypeAlias = Literal["live", "documented"]
"""How answers look: as they were observed, or as the vendor's pages print them."""

FORMS: tuple[Forms, ...] = ("live", "documented")
LEAST_ALLOWANCE = Decimal(1)
"""USDC that must be allowed before anything is routed (observed by a public client)."""
_POSTS, _OTHERS, _BUSY = 1200, 600, 5
_RICH = Decimal(100)


class Buyer:
    """A key's money, in USDC, its limits, and the forms of its answers.

    `held` is what its open jobs may cost at most. The vendor locks nothing; the sandbox counts
    it, so that a job that was taken can always be paid for.
    """

    def __init__(self, key: str, dial: Dial, forms: Forms) -> None:
        name = key.removeprefix("inf_")
        self.account = Account(key, _funds(name), dial)
        self.forms = next((one for one in FORMS if name.startswith(f"{one}-")), forms)
        self.allowance = Decimal("0.5") if name.startswith("unapproved-") else _RICH
        if self.account.funds["credit"]:
            self.allowance = Decimal(0)
        self.held = Decimal(0)
        busy = name.startswith("busy-")
        self.posts, self.others = (Window(_BUSY if busy else most) for most in (_POSTS, _OTHERS))

    @property
    def spendable(self) -> Decimal:
        """What it may still order: the credit, or the lesser of balance and allowance."""
        allowed = self.allowance if self.allowance >= LEAST_ALLOWANCE else Decimal(0)
        funds = self.account.funds
        return max(funds["credit"], min(funds["USDC"], allowed)) - self.held


def check(key: str) -> None:
    """Refuse the keys that are good for nothing: `bad-key`, sellers' keys, `fenced-…`.

    That sellers' keys do not open buyers' endpoints is documented; the status is not.
    """
    name = key.removeprefix("inf_")
    if name == "bad-key" or key.startswith("si_seller_"):
        raise refused(401)
    if name.startswith("fenced-"):
        raise refused(403)


def forms(word: str) -> Forms:
    """The forms of a name; raises ValueError for any other."""
    for known in FORMS:
        if word == known:
            return known
    raise ValueError(f"{word!r} is none of {', '.join(FORMS)}")


def _funds(name: str) -> dict[str, Decimal]:
    poor, credit = name.startswith("poor-"), name.startswith("credit-")
    return {
        "USDC": Decimal(0) if poor or credit else _RICH,
        "credit": _RICH if credit else Decimal(0),
    }
