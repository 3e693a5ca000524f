"""The fence of a job: whoever has lost its lease stops working on it. Pure.

A lease can be lost without anybody noticing: the laptop was closed, the process was stopped, the
clock jumped, or the journal could not be written for so long that the lease ran out and another
process took the job over. So the lease is looked up before each request and each file, and what
is written into the journal carries the lease's generation, which grows with every change of
hands: the journal refuses what comes from an older one. Only a ticket is always written down.
"""

from __future__ import annotations

import logging
from functools import partial

from segue._journal.lease import lost
from segue.errors import JournalError, UnknownJob
from segue.flow import Flow, now, work
from segue.journal import Entry, Journal

logger = logging.getLogger("segue")


class Fence:
    """The lease that `owner` took of `job`, in its `generation`; several flows may share it."""

    def __init__(self, journal: Journal, job: str, owner: str, generation: int = 1) -> None:
        self.job = job
        self.owner = owner
        self.generation = generation
        self._journal = journal
        self._blind = False  # whether it was said that the journal cannot be read

    def held(self, *, strictly: bool = False) -> Flow[None]:
        """Make sure that the lease is still this one's, and renew it if it ran out.

        Raises `LeaseLost` when it is not. A journal that cannot be read stops no work that is
        under way; `strictly`, before money is spent, it raises its `JournalError`.
        """
        try:
            entry = yield from work(partial(self._journal.entry, self.job))
            if self._ours(entry) and (yield from self._ran_out(entry)):
                entry = yield from self._renewed()
        except UnknownJob:
            return  # its file was moved away: what is written next raises what is to be said
        except JournalError as error:
            if strictly:
                raise
            self._complain(error)
            return
        if not self._ours(entry):
            raise lost(self.job, entry.owner)

    def _ours(self, entry: Entry) -> bool:
        """A journal without generations counts none, and its owners must do."""
        return entry.generation <= self.generation and entry.owner in (self.owner, None)

    def _ran_out(self, entry: Entry) -> Flow[bool]:
        clock = yield from now()
        return entry.leased_until is not None and entry.leased_until <= clock.utc

    def _renewed(self) -> Flow[Entry]:
        clock = yield from now()
        yield from work(partial(self._journal.claim, self.job, self.owner, clock.utc))
        return (yield from work(partial(self._journal.entry, self.job)))

    def _complain(self, error: JournalError) -> None:
        if not self._blind:
            logger.warning("job %s goes on, but its lease cannot be looked up: %s", self.job, error)
        self._blind = True

    def __repr__(self) -> str:
        return f"Fence({self.job!r}, generation {self.generation})"
