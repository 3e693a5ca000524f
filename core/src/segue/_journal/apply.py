"""Apply an event to a job's entry: the rules of every store, in one function."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from segue._journal.budget import check_budgets
from segue._journal.entry import Entry, State, utc
from segue._journal.lease import LEASE, check_generation
from segue._journal.reducer import folded
from segue._process.owner import described
from segue.errors import JobExists, JournalError
from segue.events import Budget, Event, Intent
from segue.money import Money


def apply(
    entry: Entry | None,
    event: Event,
    *,
    now: datetime | None = None,
    spent: Callable[[Budget], Money] | None = None,
) -> Entry:
    """Return the entry of a job after `event`; `entry` is the one before it, None for a new job.

    A store calls this in the transaction that writes the event: it reads the entry of exactly
    `event.job`, applies the event, and writes both the event and the returned entry, or neither.
    Nothing is read or written here, and the same event may be applied again without harm.

    `now` is the clock of the store, from which a lease that comes with an `Intent` is counted;
    without it that is `event.at`, the clock of the caller, which is the same for a file on one
    machine. `spent` returns the sum that counts against a budget so far (`Journal.spent`, in the
    same transaction); an `Intent` with budgets needs it.

    Raises, with nothing to be written: `JobExists` for an `Intent` with the name of an existing
    job; `SpendingRefused` for one that does not fit within its budgets; `LeaseLost` for an event of
    a lease that another owner has acquired since (never for a `Submitted`: its ticket may be the
    only one); `UnknownJob` for a job without an intent.
    """
    _check(entry, event)
    if not isinstance(event, Intent):
        return folded(entry, event)
    if event.budgets:
        check_budgets(entry, event, spent or _uncounted)
    after = folded(entry, event)
    return after if now is None else replace(after, leased_until=utc(now) + LEASE)


def _uncounted(budget: Budget) -> Money:
    raise JournalError(
        f"a limit of {budget.limit} cannot be enforced by a journal that does not report spending",
        advice="the journal has to pass `spent` to segue.journal.apply",
    )


def _check(entry: Entry | None, event: Event) -> None:
    """Raise `JobExists` for an `Intent` with the name of an existing job: names are unique, so that
    one of several processes submits it. The owner of a submission may write it again, and a refused
    one may be replaced. Raise `LeaseLost` as `check_generation`.
    """
    if entry is None:
        return
    if not isinstance(event, Intent):
        check_generation(entry, event)
        return
    if entry.state is State.REFUSED:
        return
    if entry.key != event.key:
        raise JobExists(
            f"the journal has another job called {event.job}; nothing was sent and nothing was"
            " spent",
            advice="submit it again: it gets a new name",
        )
    if entry.owner != event.owner:
        raise JobExists(
            f"job {event.job} was submitted already by"
            f" {described(entry.owner) if entry.owner else 'another process'};"
            " it was not sent again",
            advice=f"resume it: client.resume({event.job!r})",
        )
