"""What has expired, by the marketplace's own clock: the `Date` of its answers. Pure.

Two readings of one clock are compared, so it does not matter what the clock of this computer
says. Where an answer has no date, nothing has expired.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from segue.flow import Reply
from segue.job import Ticket
from segue_marketplace import wire

GRACE = 300.0
"""Seconds past its expiry for which a job that the marketplace has not ended is waited on. What
it reports of such a job is not documented."""

RETENTION = "the marketplace stores it for about 3 hours only: download it now"
"""Its default, which its music page says can be set otherwise."""


def answered_at(reply: Reply) -> float | None:
    """When an answer was written, in Unix seconds."""
    return reply.date.timestamp() if reply.date else None


def until(reply: Reply, job: wire.Job) -> float | None:
    """When a job that was just taken is going to expire.

    `expires_at` is taken as a time after `created`, and counted from the answer's own date.
    """
    taken, born, end = answered_at(reply), wire.number(job.created), wire.number(job.expires_at)
    born = taken if born is None else born
    if taken is None or born is None or end is None or end <= born:
        return None
    return taken + end - born


def expired(ticket: Ticket, reply: Reply, *, grace: float = GRACE) -> bool:
    """Whether the job had expired, `grace` seconds ago at least, when the answer was written."""
    now, end = answered_at(reply), wire.number(ticket.state.get("until"))
    return now is not None and end is not None and now >= end + grace


def still_signed(url: str, reply: Reply) -> bool:
    """Whether a signed address was still valid when the answer that names it was written.

    The sample of the music page is signed for 900 seconds (`X-Amz-Expires`). An address that
    names no expiry is taken to be valid.
    """
    now, end = answered_at(reply), _signed_until(url)
    return now is None or end is None or now < end


def _signed_until(url: str) -> float | None:
    try:
        query = parse_qs(urlsplit(url).query)
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return signed.timestamp() + int(query["X-Amz-Expires"][0])
    except (KeyError, ValueError, OverflowError):
        return None
