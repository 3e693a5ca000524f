"""Accounts: what they have, in which currencies, and what was taken and given back.

All amounts are `Decimal`. A charge is taken from one currency that covers the whole of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from segue_sandbox.clock import Dial

ZERO = Decimal(0)


class Charge:
    """One thing that was paid for: `amount` of `currency`, of which `refunded` came back."""

    __slots__ = ("amount", "currency", "day", "refunded")

    def __init__(self, amount: Decimal, currency: str, day: int) -> None:
        self.amount = amount
        self.currency = currency
        self.day = day
        self.refunded = ZERO


class NoFunds(Exception):
    """No currency of the account covers the whole amount."""


class OverLimit(Exception):
    """The key may not spend that much of a currency, whatever the account has."""

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency


class Account:
    """One key's money. `daily` amounts are renewed with each UTC day; the others just run out.

    `limit` is what this key may still spend; None means that it has no limit of its own.
    """

    def __init__(
        self,
        key: str,
        funds: Mapping[str, Decimal],
        dial: Dial,
        *,
        daily: Mapping[str, Decimal] | None = None,
        limit: Decimal | None = None,
    ) -> None:
        self.id = fingerprint(key)
        self.funds = dict(funds)
        self.daily = dict(daily or {})
        self.limit = limit
        self._dial = dial
        self._day = dial.day(0.0)

    def charge(self, amount: Decimal, now: float) -> Charge:
        """Take `amount` from the first currency that covers it. Raises NoFunds or OverLimit."""
        self.renew(now)
        currency = next((name for name, held in self.funds.items() if held >= amount), None)
        if currency is None:
            raise NoFunds
        if self.limit is not None and amount > self.limit:
            raise OverLimit(currency)
        self._move(currency, -amount)
        return Charge(amount, currency, self._day)

    def refund(self, charge: Charge, amount: Decimal, now: float) -> None:
        """Give `amount` of a charge back, unless its currency was renewed since then."""
        self.renew(now)
        if charge.currency in self.daily and charge.day != self._day:
            return
        charge.refunded += amount
        self._move(charge.currency, amount)

    def renew(self, now: float) -> None:
        """Begin the UTC day that it is, if it is another one."""
        if self._dial.day(now) != self._day:
            self._day = self._dial.day(now)
            self.funds.update(self.daily)

    def spendable(self, currency: str) -> Decimal:
        """What this key may spend in a currency: the lesser of the balance and its own limit."""
        held = self.funds.get(currency, ZERO)
        return held if self.limit is None else min(held, self.limit)

    def _move(self, currency: str, amount: Decimal) -> None:
        self.funds[currency] += amount
        if self.limit is not None:
            self.limit += amount


def fingerprint(key: str) -> str:
    """How a key is named in ledgers and logs, which never show it."""
    return f"key-{sha256(key.encode()).hexdigest()[:8]}"
