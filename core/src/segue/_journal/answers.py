"""Perform the journal's effects, for both drivers and the simulator."""

from __future__ import annotations

import logging

from segue._journal.entry import Entry, Lease, LeaseState
from segue._journal.lookup import unknown
from segue._journal.released import Access
from segue.errors import JournalError
from segue.flow import Claim, Lookup, Unclaim

logger = logging.getLogger("segue")


def answered(
    journal: Access | None, effect: Lookup | Claim | Unclaim
) -> Entry | LeaseState | Lease | None:
    """Perform `effect`, and return its result or raise the error for its flow. Without a journal no
    job exists."""
    match effect:
        case Lookup():
            return _looked_up(journal, effect)
        case Claim():
            if journal is None:
                raise unknown(effect.job)
            return journal.claim(effect.job, effect.owner)
        case Unclaim():
            if journal is not None:
                journal.unclaim(effect.job, effect.owner.name)
            return None


def given_back(journal: Access, job: str, owner: str) -> None:
    """Release a lease after its flow has ended. A failure of the journal is logged: the lease
    expires."""
    try:
        journal.unclaim(job, owner)
    except JournalError as error:
        logger.warning("the lease of job %s could not be released: %s", job, error)


def _looked_up(journal: Access | None, effect: Lookup) -> Entry | LeaseState | None:
    if not effect.prefix:
        if journal is None:
            return None
        return journal.lease_state(effect.job) if effect.lease else journal.find(effect.job)
    if journal is None:
        raise unknown(effect.job)
    return journal.entry(effect.job)
