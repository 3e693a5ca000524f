"""What counts as spent, and whether a job fits within the budgets. Every journal uses these.

A job counts with its bill, or with its reservation as long as there is none. A refused or refunded
job does not count; one of unknown outcome does, and so does a forgotten one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal, localcontext

from segue._journal.entry import Entry, State, utc
from segue.errors import SpendingRefused
from segue.events import Budget, Intent
from segue.money import Money

DIGITS = 60
"""The precision of sums, in digits."""


def counted(entry: Entry | None) -> Money | None:
    """The amount with which a job counts against the budgets, if any."""
    if entry is None or entry.refunded or entry.state is State.REFUSED:
        return None
    return entry.cost if entry.cost is not None else entry.reserved


def total(amounts: Iterable[tuple[Decimal, int]]) -> Decimal:
    """The sum of amounts, each times its count, exact to `DIGITS`."""
    with localcontext() as context:
        context.prec = DIGITS
        return sum((amount * times for amount, times in amounts), Decimal(0))


def check_budgets(entry: Entry | None, event: Intent, spent: Callable[[Budget], Money]) -> None:
    """Raise `SpendingRefused` unless `event` fits within every one of its budgets.

    `entry` is the job so far: its reservation is not counted twice.
    """
    if not event.budgets or counted(entry) is not None:
        return
    for budget in event.budgets:
        _check(event, event.reserved, budget, spent)


def _check(
    event: Intent, price: Money | None, budget: Budget, spent: Callable[[Budget], Money]
) -> None:
    limit = budget.limit
    if price is None:
        raise SpendingRefused(
            f"no price is available beforehand, so the budget of {limit}{_since(budget)}"
            f" cannot be enforced: {_NOTHING}"
        )
    if price.unit != limit.unit:
        raise SpendingRefused(
            f"this costs {price}, which cannot be compared with a limit of {limit}: {_NOTHING}"
        )
    so_far = spent(budget)
    if total([(so_far.amount, 1), (price.amount, 1)]) > limit.amount:
        error = SpendingRefused(
            f"this costs {price}, and of at most {limit}{_since(budget)}, {so_far} is spent or"
            f" reserved: {_NOTHING}",
            advice=_advice(event, budget),
        )
        error.needed, error.limit, error.spent = price, limit, so_far
        raise error


_NOTHING = "nothing was sent and nothing was spent"


def _since(budget: Budget) -> str:
    return f" since {budget.since:%Y-%m-%d %H:%M %Z}".rstrip()


def _advice(event: Intent, budget: Budget) -> str:
    ends = budget.since + timedelta(days=1)  # in the time zone of the budget
    if utc(ends) <= utc(event.at):
        return "raise the limit, or choose a cheaper backend"
    return (
        f"the day ends at {ends:%Y-%m-%d %H:%M %Z}".rstrip()
        + "; wait, raise the limit, or choose a cheaper backend"
    )
