"""Support of journals and callers of the protocol of 0.1.0, whose `claim` took the name of an owner
and the time, and returned the name of the live owner that holds the lease, or None.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from inspect import signature
from typing import TYPE_CHECKING, Protocol, cast, overload

from segue._journal.entry import Entry, Lease, LeaseState, Owner
from segue._journal.lease import LEASE, busy
from segue._journal.writer import Writer
from segue.errors import JobBusy, UnknownJob

if TYPE_CHECKING:
    from segue._journal.sqlite import SqliteJournal
    from segue.events import Event
    from segue.journal import Journal


class Released(Protocol):
    """The methods that core uses of a journal written for 0.1.0."""

    def write(self, event: Event) -> None:
        """Record `event`."""

    def entry(self, job: str) -> Entry:
        """One job by its name or a unique prefix of it; raises `UnknownJob`."""
        ...

    def claim(self, job: str, owner: str, now: datetime) -> str | None:
        """Acquire the job's lease for `owner`, or renew it: None, or the live owner that holds
        it."""

    def unclaim(self, job: str, owner: str) -> None:
        """Release the lease, if `owner` holds it."""


class Access:
    """The part of a journal that flows use, for journals of either protocol."""

    def __init__(self, journal: Journal | Released) -> None:
        self._journal = journal
        self._finds = hasattr(journal, "find")
        self._leases = _takes_an_owner(journal)

        writer = getattr(journal, "writer", None)
        self.writer = writer if isinstance(writer, Writer) else None
        """The thread that uses the journal for event loops, if it has one."""

    def write(self, event: Event) -> None:
        """As `Journal.write`."""
        self._journal.write(event)

    def find(self, job: str) -> Entry | None:
        """As `Journal.find`."""
        if self._finds:
            return cast("Journal", self._journal).find(job)
        try:
            entry = self._journal.entry(job)
        except UnknownJob:
            return None
        return entry if entry.job == job else None  # and not one that only has that prefix

    def lease_state(self, job: str) -> LeaseState | Entry | None:
        """Who has a job; what else its entry says is read only where a store cannot but do so."""
        if self.writer is None:
            return self.find(job)
        return cast("SqliteJournal", self._journal).lease_state(job)

    def entry(self, job: str) -> Entry:
        """As `Journal.entry`."""
        return self._journal.entry(job)

    def claim(self, job: str, owner: Owner) -> Lease:
        """As `Journal.claim`; a journal of 0.1.0 uses the clock of this machine."""
        if self._leases:
            return cast("Journal", self._journal).claim(job, owner)
        now = datetime.now(UTC)
        holder = cast("Released", self._journal).claim(job, owner.name, now)
        if holder is not None:
            raise busy(job, holder)
        entry = self.find(job)
        expires = entry.leased_until if entry else None
        return Lease(
            job=job,
            owner=owner.name,
            generation=entry.generation if entry else 0,
            expires=expires or now + LEASE,
        )

    def unclaim(self, job: str, owner: str) -> None:
        """As `Journal.unclaim`."""
        self._journal.unclaim(job, owner)


def _takes_an_owner(journal: Journal | Released) -> bool:
    """Whether `claim` can be called with a job and an owner alone."""
    try:
        signature(journal.claim).bind("job", "owner")
    except TypeError:
        return False
    return True


class Claims(ABC):
    """`claim` in the present form and in that of 0.1.0, for the journals that had it then."""

    @abstractmethod
    def _claim(self, job: str, owner: Owner, now: datetime | None) -> Lease:
        """Acquire or renew the lease; `now` overrides the clock of the store."""

    @overload
    def claim(self, job: str, owner: Owner) -> Lease: ...
    @overload
    def claim(self, job: str, owner: str, now: datetime) -> str | None: ...
    def claim(
        self, job: str, owner: Owner | str, now: datetime | None = None
    ) -> Lease | str | None:
        """Acquire the job's lease for `owner`, or renew it. Raises `JobBusy` while another holds
        it.

        With the name of an owner and the time, as in 0.1.0: returns None, or the live owner that
        holds it.
        """
        if isinstance(owner, Owner):
            return self._claim(job, owner, now)
        try:
            self._claim(job, Owner(name=owner), now)
        except JobBusy as error:
            return error.owner
        return None
