"""The ledger: every job and every paid call, what it was charged, and what came back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Protocol

import msgspec

from segue_sandbox.accounts import ZERO, Account, Charge


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Times are vendor seconds since the start; amounts are written as text."""

    id: str
    kind: str
    model: str
    state: str
    queued: float
    done: float | None = None
    currency: str = "USD"
    charged: Decimal = ZERO
    refunded: Decimal = ZERO
    downloads: int = 0


class Booked(Protocol):
    """Something that was paid for, and can say so."""

    account: Account

    def entry(self, now: float) -> Entry:
        """Its line in the ledger."""
        ...


class Paid:
    """A call that is answered at once, such as speech: one line in the ledger."""

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's own name
        kind: str,
        model: str = "",
        *,
        account: Account,
        charge: Charge,
        at: float,
    ) -> None:
        self.id, self.kind, self.model = id, kind, model
        self.account, self.charge, self.at = account, charge, at

    def entry(self, now: float) -> Entry:
        """Its line in the ledger."""
        at = round(self.at, 3)
        return Entry(
            id=self.id,
            kind=self.kind,
            model=self.model,
            state="finished",
            queued=at,
            done=at,
            currency=self.charge.currency,
            charged=self.charge.amount,
            refunded=self.charge.refunded,
        )


def statement(
    accounts: Collection[Account], booked: Iterable[Booked], now: float
) -> dict[str, object]:
    """A vendor's ledger by account: sums, what is left, and the lines in order."""
    lines: dict[str, list[Entry]] = {account.id: [] for account in accounts}
    kept = {account.id: account for account in accounts}
    for one in booked:
        lines[one.account.id].append(one.entry(now))
    return {
        name: {
            "balance": {currency: str(held) for currency, held in kept[name].funds.items()},
            "charged": str(sum((entry.charged for entry in entries), ZERO)),
            "refunded": str(sum((entry.refunded for entry in entries), ZERO)),
            "jobs": [msgspec.to_builtins(entry) for entry in entries],
        }
        for name, entries in lines.items()
    }
