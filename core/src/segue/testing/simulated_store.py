"""The journal of a simulation, with injected faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeAlias

from segue._journal.answers import answered
from segue._journal.released import Access
from segue.errors import JournalError, SegueError
from segue.events import Event
from segue.flow import Claim, Lookup, Record, Unclaim
from segue.journal import Owner
from segue.testing.faults import Kind
from segue.testing.memory_journal import MemoryJournal

Stored: TypeAlias = Lookup | Claim | Unclaim | Record
"""The effects that a journal answers."""

SLOW = 75.0
"""Seconds that a slow answer takes: longer than a lease lasts."""

_BROKEN = (Kind.JOURNAL_FAILED_BEFORE, Kind.JOURNAL_FAILED_AFTER)


class Answer(NamedTuple):
    """The result of an effect and its delay in seconds: a value, or an error for the flow."""

    value: object = None
    error: SegueError | None = None
    after: float = 0.0


class Store:
    """A journal, and which of its owners are alive. `clock` is its time; `wrote` is called with
    each event that is written."""

    def __init__(
        self,
        journal: MemoryJournal,
        clock: Callable[[], datetime],
        wrote: Callable[[Event], object],
    ) -> None:
        self.journal = journal
        self._wrote = wrote
        self.alive: set[str] = set()
        journal.clock = clock
        self._access = Access(journal)

    def owner(self, name: str) -> Owner:
        """The owner of that name, which knows which others are alive."""
        return Owner(name=name, alive=lambda other: other in self.alive)

    def answer(self, effect: Stored, fault: Kind | None) -> Answer:
        """Perform `effect`, or not, as the fault says; return its result."""
        if fault is Kind.JOURNAL_FAILED_BEFORE:
            return Answer(error=_failure())
        try:
            value = self.done(effect)
        except SegueError as error:
            return Answer(error=error)
        if fault in _BROKEN:
            return Answer(error=_failure())
        return Answer(value, after=SLOW if fault is Kind.JOURNAL_SLOW else 0.0)

    def done(self, effect: Stored) -> object:
        """Perform `effect` without faults."""
        if isinstance(effect, Record):
            self.journal.write(effect.event)
            return self._wrote(effect.event)
        if isinstance(effect, Claim):
            self._beat(effect)
        return answered(self._access, effect)

    def ended(self, job: str, name: str) -> None:
        """The process of that name has ended; its owner is dead from now on."""
        self.alive.discard(name)
        self.journal.unclaim(job, name)

    def has(self, job: str, name: str) -> bool:
        """Whether the owner of that name holds the lease of the job."""
        entry = self.journal.find(job)
        return entry is not None and entry.owner == name

    def _beat(self, effect: Claim) -> None:
        """Renew the lease of a live owner before another claims it: a real process renews it in the
        background."""
        entry = self.journal.find(effect.job)
        if entry is not None and entry.owner in self.alive - {effect.owner.name}:
            self.journal.claim(effect.job, self.owner(entry.owner))


def _failure() -> JournalError:
    return JournalError("the journal does not answer")
