"""Quote, compare and approve the price of a job before anything is sent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec

from segue._engine.backend import Backend
from segue._engine.provider_calls import bound_flow, typed_flow
from segue.errors import RequestError, SpendingRefused
from segue.events import Budget
from segue.flow import Approve, Flow
from segue.money import Money, Quote
from segue.tasks import Task

_NOTHING = "nothing was sent and nothing was spent"


class SpendLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The user's limits: `max_cost` for one job, `per_day` for all jobs of a day (UTC), and further
    `within` budgets of the call."""

    max_cost: Money | None = None
    per_day: Money | None = None
    within: tuple[Budget, ...] = ()

    @property
    def any(self) -> bool:
        """Whether a price must be known."""
        return self.max_cost is not None or self.per_day is not None or bool(self.within)

    def budgets(self, cost: Money | None, now: datetime) -> tuple[Budget, ...]:
        """The budgets that the journal compares a price with; empty for a free job."""
        if cost is None or not cost.amount:
            return ()
        if self.per_day is None:
            return self.within
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return (Budget(limit=self.per_day, since=midnight), *self.within)


def approved_quote(backend: Backend, task: Task, limits: SpendLimits) -> Flow[Quote | None]:
    """Return the vendor's quote, if it gives one, after all limits and hooks accept it.

    Raises `SpendingRefused` when it is over the limit, when a limit is set and no price is
    available beforehand, or when a plugin vetoes it. The journal compares the budgets, as other
    processes spend too. A price that nothing depends on may come from the cache.
    """
    quote = yield from _quoted(backend, task, limits)
    if limits.any:
        _compare(backend, quote, limits)
    if reasons := (yield from _objections(task, quote)):
        raise SpendingRefused(
            f"{backend.key}: the spending was not approved: {'; '.join(reasons)}", advice=_NOTHING
        )
    return quote


def _objections(task: Task, quote: Quote | None) -> Flow[Sequence[str]]:
    """The objections of the hooks; empty when all approve."""
    reasons = yield Approve(task=task, quote=quote)
    return cast("Sequence[str]", reasons)


def _quoted(backend: Backend, task: Task, limits: SpendLimits) -> Flow[Quote | None]:
    if not backend.provider.capabilities.quote:
        return None
    asking = typed_flow(Quote, backend.provider.quote, task)
    if not limits.any and not backend.hooks.approves:
        asking = backend.prices.through(asking)
    try:
        return (yield from bound_flow(backend, asking))
    except RequestError:
        if limits.any:
            raise
        return None


def _compare(backend: Backend, quote: Quote | None, limits: SpendLimits) -> None:
    if quote is None:
        raise SpendingRefused(
            f"{backend.key} gives no price beforehand, so the limit cannot be enforced",
            advice=f"{_NOTHING}; leave out max_cost and the budget, or choose another backend",
        )
    further = (budget.limit for budget in limits.within)
    for allowed in filter(None, (limits.max_cost, limits.per_day, *further)):
        if allowed.unit != quote.ceiling.unit and quote.ceiling.amount:
            raise SpendingRefused(
                f"{backend.key} is paid in {quote.ceiling.unit}, but the limit is {allowed}",
                advice=f"{_NOTHING}; set a limit in {quote.ceiling.unit}",
            )
    limit = limits.max_cost
    if limit is not None and quote.ceiling.amount and quote.ceiling > limit:
        raise SpendingRefused(
            f"{backend.key} would cost {'up to ' if quote.maximum else ''}{quote.ceiling},"
            f" and the limit is {limit}",
            advice=f"{_NOTHING}; raise max_cost, or choose a cheaper backend",
        )
