"""Money: an exact amount and its unit. Units never mix, and no float ever holds money."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal, InvalidOperation

import msgspec

_WRITTEN = re.compile(r"\s*(?P<amount>\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>[A-Za-z]+)\s*")


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """An amount of one unit: `USD`, or what a vendor sells, such as `credits`."""

    amount: Decimal
    unit: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise ValueError(f"amount must be a finite Decimal, not {self.amount!r}")

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read `0.50 USD`, `0.50USD` or `15 credits`; raise `ValueError` on anything else."""
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError(
                f"{text!r} is not an amount of money: write a number and its unit,"
                " such as '0.50 USD' or '15 credits'"
            )
        return cls(amount=_decimal(written["amount"]), unit=_unit(written["unit"]))

    def rounded_up(self, step: str) -> Money:
        """The next whole multiple of `step` (`"0.01"`: to the cent), as vendors bill."""
        exponent = Decimal(step)
        steps = (self.amount / exponent).to_integral_value(rounding=ROUND_CEILING)
        return Money(amount=steps * exponent, unit=self.unit)

    def __add__(self, other: Money) -> Money:
        return Money(amount=self.amount + self._same_unit(other), unit=self.unit)

    def __sub__(self, other: Money) -> Money:
        return Money(amount=self.amount - self._same_unit(other), unit=self.unit)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same_unit(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same_unit(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same_unit(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same_unit(other)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.unit}"

    def _same_unit(self, other: Money) -> Decimal:
        if self.unit != other.unit:
            raise ValueError(f"cannot compare or add {self} and {other}: units never mix")
        return other.amount


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor's price for a task.

    `maximum` is the most that can be charged, where the vendor names one. An `estimate` may differ
    from the bill. `basis` describes the source of the amount.
    """

    cost: Money
    maximum: Money | None = None
    estimate: bool = False
    basis: str = ""

    @property
    def ceiling(self) -> Money:
        """The amount that `max_cost` is compared with: the maximum, else the cost."""
        return self.maximum or self.cost


def paid(bill: Money | None, quoted: Money | None) -> str:
    """`0.06 USD, quoted 0.06 USD`: the bill beside the quote; either alone where only that is
    known, and nothing where neither is."""
    if bill is None:
        return "" if quoted is None else f"quoted {quoted}"
    if quoted is None or not (bill.amount or quoted.amount):
        return str(bill)
    return f"{bill}, quoted {quoted}"


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:  # pragma: no cover - the pattern admits digits only
        raise ValueError(f"{text!r} is not a decimal number") from error


def _unit(text: str) -> str:
    return text.upper() if len(text) == 3 else text.lower()
