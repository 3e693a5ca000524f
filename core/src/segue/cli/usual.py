"""The usual duration of a job, from earlier jobs of the journal."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from segue.journal import State

if TYPE_CHECKING:
    from segue.job import Ticket
    from segue.journal import Entry

_MOST = 10
"""The most jobs that count, newest first, as vendors become faster and slower."""


def usual_seconds(earlier: Sequence[Entry], ticket: Ticket) -> float | None:
    """The median time in seconds from submission to file of `earlier` jobs of the same model; None
    without such jobs."""
    durations = [seconds for entry in earlier if (seconds := _duration(entry, ticket)) is not None]
    return median(durations[:_MOST]) if durations else None


def _duration(entry: Entry, ticket: Ticket) -> float | None:
    other = entry.ticket
    if entry.state is not State.DELIVERED or other is None or other.submitted_at is None:
        return None
    if (other.provider, other.model) != (ticket.provider, ticket.model):
        return None
    return max((entry.updated - other.submitted_at).total_seconds(), 0.0)
