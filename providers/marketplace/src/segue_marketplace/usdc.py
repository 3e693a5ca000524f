"""Money at the marketplace: whole millionths of a USDC, as text or as numbers. Pure.

USDC is counted as USD, one for one: the coin represents that, the marketplace itself
calls its figures dollars (`volume_usd`), and so one `max_cost` or budget in USD holds for this
backend and for those that are paid in dollars.
"""

from __future__ import annotations

import re
from decimal import Decimal

from segue.money import Money
from segue_marketplace import wire

UNIT = "USD"
STEP = "0.000001"
"""The smallest amount that can be settled."""

_MOST = 10**18
_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,6})?")


def micro(value: object) -> Money | None:
    """The amount of a field such as `max_cost_usdc`; None where it is none.

    `"30000"` is 0.03 USD. The documents print text; balances and order books also come as
    numbers (observed).
    """
    if isinstance(value, int | float):
        value = _written(value)
    written = wire.text(value)
    if written is None or not _AMOUNT.fullmatch(written):
        return None
    return dollars(Decimal(written).scaleb(-6))


def dollars(amount: Decimal) -> Money:
    """An amount of USD without needless zeros."""
    return Money(amount=amount.normalize(), unit=UNIT)


def bill(job: wire.Job) -> Money | None:
    """What the buyer pays for a job, once reported."""
    return micro(wire.usage(job).buyer_cost_usdc)


def spendable(account: dict[str, object]) -> list[Money]:
    """The balance of the account, from the answer of `GET /buyer/me`.

    From the wallet, no more than both its balance and what it allows to be drawn; and the
    account's credit, which is reported separately. That the two add up is not documented.
    """
    wallet = [micro(account.get("balance_usdc")), micro(account.get("allowance_usdc"))]
    drawn = min((part for part in wallet if part is not None), default=None, key=_amount)
    parts = [
        part for part in (drawn, micro(account.get("credit_balance_usdc"))) if part is not None
    ]
    return [dollars(sum(map(_amount, parts), Decimal(0)))] if parts else []


def _amount(money: Money) -> Decimal:
    return money.amount


def _written(number: float) -> str | None:
    whole = wire.count(number)
    return str(whole) if whole is not None and whole < _MOST else None
