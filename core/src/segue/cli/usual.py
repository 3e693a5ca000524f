"""How long a job usually takes, by the jobs that the journal knows."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from segue.journal import State

if TYPE_CHECKING:
    from segue.job import Ticket
    from segue.journal import Entry

_MOST = 10
"""Jobs that are counted, the newest first: vendors become faster and slower."""


def usual_seconds(earlier: Sequence[Entry], ticket: Ticket) -> float | None:
    """The median of seconds that `earlier` jobs of the same model took from the submission to the
    file; None where there is none."""
    took = [seconds for entry in earlier if (seconds := _took(entry, ticket)) is not None]
    return median(took[:_MOST]) if took else None


def _took(entry: Entry, ticket: Ticket) -> float | None:
    other = entry.ticket
    if entry.state is not State.DELIVERED or other is None or other.submitted_at is None:
        return None
    if (other.provider, other.model) != (ticket.provider, ticket.model):
        return None
    return max((entry.updated - other.submitted_at).total_seconds(), 0.0)
