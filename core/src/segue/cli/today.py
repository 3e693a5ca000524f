"""What was spent today, and the daily budget: the last line of `segue jobs`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from segue._journal.budget import counted
from segue.events import Budget
from segue.journal import State
from segue.money import Money

if TYPE_CHECKING:
    from segue.config import Config
    from segue.journal import Journal

_MOST = 1000
"""The number of recent jobs that are searched for units of money."""


class Today:
    """The totals of this day (UTC), one for each unit of money; and the budget, if any."""

    def __init__(self, journal: Journal, config: Config) -> None:
        per_day = config.settings.budget.per_day
        self.budget = Money.parse(per_day) if per_day else None
        since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        recent = journal.entries(states=frozenset(State), limit=_MOST)
        units = {money.unit for e in recent if e.created >= since and (money := counted(e))}
        if self.budget is not None:
            units.add(self.budget.unit)
        self.spent = [_spent(journal, unit, since) for unit in sorted(units)]

    def line(self) -> str:
        """`today (UTC): 0.36 USD of 5 USD, 12 credits`; empty if there is nothing to show."""
        amounts = [self._beside(amount) for amount in self.spent if self._matters(amount)]
        return f"today (UTC): {', '.join(amounts)}" if amounts else ""

    def facts(self) -> dict[str, object]:
        """The same as JSON values."""
        budget = None if self.budget is None else str(self.budget)
        return {"spent": [str(amount) for amount in self.spent], "budget": budget}

    def _matters(self, amount: Money) -> bool:
        return bool(amount.amount) or self._limited(amount)

    def _limited(self, amount: Money) -> bool:
        return self.budget is not None and self.budget.unit == amount.unit

    def _beside(self, amount: Money) -> str:
        return f"{amount} of {self.budget}" if self._limited(amount) else str(amount)


def _spent(journal: Journal, unit: str, since: datetime) -> Money:
    return journal.spent(Budget(limit=Money(amount=Decimal(0), unit=unit), since=since))
