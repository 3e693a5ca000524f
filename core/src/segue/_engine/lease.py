"""A client's leases of jobs: acquiring, checking and releasing them. Pure.

A process that has lost the lease of a job stops working on it. A lease can be lost unnoticed: the
laptop was closed, the process was stopped, the clock jumped, or the journal could not be written
for so long that the lease expired and another process claimed the job. So the lease is checked
before each request and each file, and events carry its generation, a fencing token that grows with
every new owner: the journal refuses events of an older one, except a ticket. The rules of the
store, and the renewal while a process lives, are in `_journal/lease.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import cast

from segue._journal.entry import LeaseState
from segue._journal.lease import lost
from segue.errors import JobBusy, JournalError, UnknownJob
from segue.flow import Claim, Flow, Lookup, Unclaim, now
from segue.journal import Entry, Lease, Owner, State

logger = logging.getLogger("segue")


def look_up(job: str, *, prefix: bool = False) -> Flow[Entry | None]:
    """The job's entry in the journal, by its exact name; as `Lookup`."""
    answer = yield Lookup(job=job, prefix=prefix)
    return cast("Entry | None", answer)


def claim(job: str, owner: Owner, *, renews: bool = False) -> Flow[Lease]:
    """Acquire or renew a job's lease; as `Claim`."""
    answer = yield Claim(job=job, owner=owner, renews=renews)
    return cast("Lease", answer)


class Fence:
    """The lease of `job` that `owner` holds; several flows may share it.

    `generation` is None until known: for a lease acquired with an intent, it is read at the first
    check after that.
    """

    def __init__(self, job: str, owner: Owner, generation: int | None = None) -> None:
        self.job = job
        self.owner = owner
        self.generation = generation
        self._blind = False  # whether an unreadable journal was logged

    def check(self, *, strictly: bool = False) -> Flow[None]:
        """Check that the lease is still held, and renew it if it has expired.

        Raises `LeaseLost` when it is not. An unreadable journal does not stop work in progress;
        `strictly`, before money is spent, its `JournalError` is raised.
        """
        try:
            entry = cast("LeaseState | None", (yield Lookup(job=self.job, lease=True)))
            if entry is None:
                return  # its file was moved away: the next write raises the error
            if self._ours(entry) and (yield from self._ran_out(entry)):
                yield from self._renewed()
        except UnknownJob:
            return
        except JournalError as error:
            if strictly:
                raise
            self._complain(error)
            return
        if not self._ours(entry):
            raise lost(self.job, entry.owner)

    def _ours(self, entry: LeaseState) -> bool:
        """Whether the entry's lease is this one; compared by owner in a journal without
        generations."""
        if entry.owner not in (self.owner.name, None):
            return False
        if self.generation is None and entry.owner is not None:
            self.generation = entry.generation
        return entry.generation <= (self.generation or 0)

    def _ran_out(self, entry: LeaseState) -> Flow[bool]:
        if entry.leased_until is None:
            return False
        clock = yield from now()
        return entry.leased_until <= clock.utc

    def _renewed(self) -> Flow[None]:
        """Renew the lease; raise `LeaseLost` if another owner has acquired it meanwhile."""
        try:
            lease = yield from claim(self.job, self.owner, renews=True)
        except JobBusy as error:
            raise lost(self.job, error.owner) from error
        if lease.generation > (self.generation or 0):  # acquired by another, and released since
            yield from release(self.job, self.owner)
            raise lost(self.job, None)

    def _complain(self, error: JournalError) -> None:
        if not self._blind:
            logger.warning("job %s goes on, but its lease cannot be checked: %s", self.job, error)
        self._blind = True

    def __repr__(self) -> str:
        return f"Fence({self.job!r}, generation {self.generation})"


class Leases:
    """The leases of one client by their jobs, all of one `owner`."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self._held: dict[str, Fence] = {}

    def of(self, job: str) -> Fence | None:
        """The lease of a job, if this client holds it."""
        return self._held.get(job)

    def starting(self, job: str) -> Fence:
        """The lease of a job that is about to be submitted: it is acquired with the intent."""
        fence = self._held[job] = Fence(job, self.owner)
        return fence

    def acquire(self, entry: Entry) -> Flow[Entry]:
        """Acquire the lease of a job; raise `JobBusy` while another live owner holds it. Returns
        the entry as of then, since another owner may have changed it before."""
        if entry.state is State.REFUSED:
            raise JournalError(
                f"job {entry.job} was refused, and nothing was spent: {entry.reason}",
                advice="there is nothing to resume; submit the task again",
            )
        lease = yield from claim(entry.job, self.owner)
        self._held[entry.job] = Fence(entry.job, self.owner, lease.generation)
        return (yield from look_up(entry.job)) or entry

    def release(self, job: str) -> Flow[None]:
        """Release a job's lease, if this client holds it."""
        if self._held.pop(job, None) is not None:
            yield from release(job, self.owner)

    def drop(self, job: str) -> None:
        """Drop a lease that the runner of the flow releases, or that was never acquired."""
        self._held.pop(job, None)

    def drain(self) -> Iterator[str]:
        """Yield the jobs whose leases this client still holds, and drop these."""
        while self._held:
            yield self._held.popitem()[0]


def release(job: str, owner: Owner) -> Flow[None]:
    """Release a lease. A failure of the journal is logged and not raised: the lease expires."""
    try:
        yield Unclaim(job=job, owner=owner)
    except JournalError as error:
        logger.warning("the lease of job %s could not be released: %s", job, error)
