"""A client's leases of jobs, as its flows take, check and give them back. Pure.

Whoever has lost the lease of a job stops working on it. A lease can be lost without anybody
noticing: the laptop was closed, the process was stopped, the clock jumped, or the journal could
not be written for so long that the lease ran out and another process took the job over. So the
lease is looked up before each request and each file, and what is written into the journal carries
the lease's generation, which grows with every change of hands: the journal refuses what comes from
an older one. Only a ticket is always written down. The rules of the store, and the renewal while
a process lives, are in `_journal/lease.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import cast

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
    """Take or renew a job's lease; as `Claim`."""
    answer = yield Claim(job=job, owner=owner, renews=renews)
    return cast("Lease", answer)


class Fence:
    """The lease that `owner` has of `job`; several flows may share it.

    `generation` is None until it is known: for a lease that comes with an intent, it is read at
    the first check after that.
    """

    def __init__(self, job: str, owner: Owner, generation: int | None = None) -> None:
        self.job = job
        self.owner = owner
        self.generation = generation
        self._blind = False  # whether it was logged that the journal cannot be read

    def held(self, *, strictly: bool = False) -> Flow[None]:
        """Make sure that the lease is still this one's, and renew it if it ran out.

        Raises `LeaseLost` when it is not. A journal that cannot be read stops no work that is
        under way; `strictly`, before money is spent, it raises its `JournalError`.
        """
        try:
            entry = yield from look_up(self.job)
            if entry is None:
                return  # its file was moved away: what is written next raises what is to be said
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

    def _ours(self, entry: Entry) -> bool:
        """Whether the entry's lease is this one. A journal without generations counts none, and
        its owners must do."""
        if entry.owner not in (self.owner.name, None):
            return False
        if self.generation is None and entry.owner is not None:
            self.generation = entry.generation
        return entry.generation <= (self.generation or 0)

    def _ran_out(self, entry: Entry) -> Flow[bool]:
        if entry.leased_until is None:
            return False
        clock = yield from now()
        return entry.leased_until <= clock.utc

    def _renewed(self) -> Flow[None]:
        """Renew the lease; raise `LeaseLost` if another owner has taken it meanwhile."""
        try:
            lease = yield from claim(self.job, self.owner, renews=True)
        except JobBusy as error:
            raise lost(self.job, error.owner) from error
        if lease.generation > (self.generation or 0):  # taken, and given back since
            yield from given_back(self.job, self.owner)
            raise lost(self.job, None)

    def _complain(self, error: JournalError) -> None:
        if not self._blind:
            logger.warning("job %s goes on, but its lease cannot be looked up: %s", self.job, error)
        self._blind = True

    def __repr__(self) -> str:
        return f"Fence({self.job!r}, generation {self.generation})"


class Leases:
    """The leases that one client has, by their jobs, all under the name of one `owner`."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self._held: dict[str, Fence] = {}

    def of(self, job: str) -> Fence | None:
        """The lease of a job, if this client has it."""
        return self._held.get(job)

    def begun(self, job: str) -> Fence:
        """The lease of a job that is about to be submitted: it is taken with the intent."""
        fence = self._held[job] = Fence(job, self.owner)
        return fence

    def taken(self, entry: Entry) -> Flow[Entry]:
        """Take the lease of a job that may have another owner; raise `JobBusy` while that one
        lives. Returns the entry as it is then: before that, another may still have changed it."""
        if entry.state is State.REFUSED:
            raise JournalError(
                f"job {entry.job} was refused, and nothing was spent: {entry.reason}",
                advice="there is nothing to resume; submit the task anew",
            )
        lease = yield from claim(entry.job, self.owner)
        self._held[entry.job] = Fence(entry.job, self.owner, lease.generation)
        return (yield from look_up(entry.job)) or entry

    def given_back(self, job: str) -> Flow[None]:
        """Give a job's lease back, if this client has it."""
        if self._held.pop(job, None) is not None:
            yield from given_back(job, self.owner)

    def dropped(self, job: str) -> None:
        """Forget a lease that whoever ran the flow gives back, or that was never taken."""
        self._held.pop(job, None)

    def drained(self) -> Iterator[str]:
        """The jobs whose leases this client still has, each once; it has none of them then."""
        while self._held:
            yield self._held.popitem()[0]


def given_back(job: str, owner: Owner) -> Flow[None]:
    """Give a lease back. A journal that fails now hides nothing that was to be raised: the lease
    ends by itself."""
    try:
        yield Unclaim(job=job, owner=owner)
    except JournalError as error:
        logger.warning("the lease of job %s could not be given back: %s", job, error)
