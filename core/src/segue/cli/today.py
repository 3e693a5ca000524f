"""What was spent today, beside the budget of a day: the last line of `segue jobs`."""

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
"""Jobs that are searched for units of money."""


class Today:
    """The sums of this day (UTC), one for each unit of money; with the budget, if there is one."""

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
        """`today (UTC): 0.36 USD of 5 USD, 12 credits`; nothing where nothing is to be told."""
        told = [self._beside(amount) for amount in self.spent if self._matters(amount)]
        return f"today (UTC): {', '.join(told)}" if told else ""

    def facts(self) -> dict[str, object]:
        """The same for a program to read."""
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
