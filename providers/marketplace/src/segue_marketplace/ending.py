"""The state of a job after a cancellation request. Pure.

Live, a job that was cancelled moved to `canceled`, and an unknown one was answered with 404
(observed 2026-09-14). Nothing else is documented, least of all what is charged.
"""

from __future__ import annotations

import msgspec

from segue.errors import RequestError
from segue.flow import Reply
from segue.job import Snapshot, Status, Ticket
from segue_marketplace.outcomes import outcome
from segue_marketplace.refusals import refused

NO_ANSWER = frozenset({401, 402, 403, 429})
"""Statuses about the key, the money or the rate, not about the job."""


def from_answer(reply: Reply, ticket: Ticket) -> Snapshot | None:
    """The state in the answer to the request itself, for when the poll after it has failed."""
    try:
        return outcome(reply, ticket)
    except RequestError:
        return None


def after(reply: Reply, seen: Snapshot) -> Snapshot:
    """The last known snapshot, with a note on the cancellation."""
    if seen.status is Status.SUCCEEDED:
        note = "it was done before it could be cancelled, and stays billed"
    elif seen.status.terminal:
        return seen
    elif reply.ok:
        note = "its cancellation was requested, and is not confirmed yet"
    else:
        note = f"the marketplace did not cancel it: {refused(reply).message}"
    return msgspec.structs.replace(seen, notes=(*seen.notes, note))
