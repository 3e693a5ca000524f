"""A journal in memory, for tests and simulations.

It behaves as the SQLite journal does. It outlives flows that are dropped, so it replaces the disk
in tests of crashes. Its leases are renewed by `claim` alone, and its time is that of its `clock`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from heapq import nlargest

from msgspec.structs import replace

from segue._journal.budget import counted, total
from segue._journal.entry import utc
from segue._journal.lookup import resolve, unknown
from segue._journal.released import Claims
from segue._journal.search import select
from segue.events import Budget, Event
from segue.journal import Entry, Filter, Lease, Owner, State, apply, granted
from segue.money import Money

_Counted = tuple[str, datetime, frozenset[tuple[str, str]]]
"""What a sum is of: a unit, since when, and the labels that the jobs have."""


class MemoryJournal(Claims):
    """All jobs, for as long as the object lives; implements `segue.journal.Journal`.

    `clock` is the time in UTC by which leases are given; without it that is the machine's for a
    `claim`, and the event's own for an `Intent`.
    """

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[str, Entry] = {}  # in the order of their first events
        self._spent: dict[_Counted, Decimal] = {}

    def write(self, event: Event) -> None:
        """Record `event`."""
        with self._lock:
            before = self._jobs.get(event.job)
            now = self.clock() if self.clock else None
            after = apply(before, event, now=now, spent=self._total)
            self._jobs[event.job] = after
            if self._spent:
                self._count(before, -1)
                self._count(after, 1)

    def entries(
        self,
        *,
        states: Collection[State] | None = None,
        parent: str | None = None,
        limit: int | None = None,
    ) -> Sequence[Entry]:
        """Jobs, newest first; without `states` all but the forgotten ones."""
        filters = set(State) - {State.FORGOTTEN} if states is None else set(states)
        with self._lock:
            found = [
                (entry.created, place, entry)
                for place, entry in enumerate(self._jobs.values())
                if entry.state in filters and parent in (None, entry.parent)
            ]
        most = len(found) if limit is None else limit
        return [entry for *_, entry in nlargest(most, found, key=lambda item: item[:2])]

    def search(self, filters: Filter) -> Sequence[Entry]:
        """The jobs that match, newest first."""
        return select(self.entries(states=tuple(State)), filters)

    def find(self, job: str) -> Entry | None:
        """The job of exactly that name; None when there is none."""
        return self._jobs.get(job)

    known = find  # its name in 0.1.0

    def entry(self, job: str) -> Entry:
        """One job, by its name or an unambiguous beginning of it; else `UnknownJob`."""
        with self._lock:
            if job in self._jobs:
                return self._jobs[job]
            name = resolve(job, sorted(name for name in self._jobs if name.startswith(job)))
            return self._jobs[name]

    def _claim(self, job: str, owner: Owner, now: datetime | None) -> Lease:
        with self._lock:
            entry = self._jobs.get(job)
            if entry is None:
                raise unknown(job)
            clock = self.clock or _machine
            lease = granted(entry, owner, now=now or clock())
            self._jobs[job] = replace(
                entry,
                owner=lease.owner,
                leased_until=lease.expires,
                generation=lease.generation,
            )
            return lease

    def unclaim(self, job: str, owner: str) -> None:
        """Release the lease, if `owner` has it."""
        with self._lock:
            entry = self._jobs.get(job)
            if entry is not None and entry.owner == owner:
                self._jobs[job] = replace(entry, owner=None, leased_until=None)

    def spent(self, budget: Budget) -> Money:
        """What counts against a budget: bills, and what is reserved for jobs without one."""
        with self._lock:
            return self._total(budget)

    def close(self) -> None:
        """Do nothing: the jobs remain."""

    def _total(self, budget: Budget) -> Money:
        """The sum is computed once for each unit and start, and updated from then on."""
        key = (budget.limit.unit, utc(budget.since), frozenset(budget.labels.items()))
        if key not in self._spent:
            self._spent[key] = total(
                (money.amount, 1)
                for entry in self._jobs.values()
                if (money := counted(entry)) is not None
                if money.unit == key[0]
                and entry.created >= key[1]
                and key[2] <= entry.labels.items()
            )
        return Money(amount=self._spent[key], unit=key[0])

    def _count(self, entry: Entry | None, times: int) -> None:
        money = counted(entry)
        if entry is None or money is None:
            return
        for (unit, since, labels), amount in self._spent.items():
            if unit == money.unit and entry.created >= since and labels <= entry.labels.items():
                self._spent[unit, since, labels] = total([(amount, 1), (money.amount, times)])

    def __repr__(self) -> str:
        return f"MemoryJournal({len(self._jobs)} jobs)"


def _machine() -> datetime:
    return datetime.now(UTC)
