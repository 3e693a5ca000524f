"""How a job stands after it was asked to stop. Pure.

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
"""Statuses that tell of the key, the money or the pace, and nothing of the job."""


def told_by(reply: Reply, ticket: Ticket) -> Snapshot | None:
    """What the answer to the request itself says, for when the look after it has failed."""
    try:
        return outcome(reply, ticket)
    except RequestError:
        return None


def after(reply: Reply, seen: Snapshot) -> Snapshot:
    """The job as it was last seen, with a sentence for who wanted it stopped."""
    if seen.status is Status.SUCCEEDED:
        said = "it was done before it could be stopped, and stays billed"
    elif seen.status.terminal:
        return seen
    elif reply.ok:
        said = "it was asked to stop, and has not stopped yet"
    else:
        said = f"the marketplace did not stop it: {refused(reply).message}"
    return msgspec.structs.replace(seen, notes=(*seen.notes, said))
