"""The ticket, from the answer that accepts a job. Pure.

The ticket must never be lost once there is an id, so no other field can invalidate it.
"""

from __future__ import annotations

from segue.flow import Reply, id_of
from segue.job import Ticket
from segue.money import Money
from segue_marketplace import addresses, deadlines, usdc, wire

PROVIDER = "marketplace"
TOKEN = "job_token"
"""The name of the job's token in a ticket; it gives access to this job only."""


def ticket(reply: Reply, *, model: str | None, percent: int | None) -> Ticket:
    """The ticket of a job that was just accepted; raises `ProtocolError` if none is named.

    `poll` and `cancel` are where it is found, `until` is when it expires (Unix seconds, by the
    marketplace's clock), `estimate` and `maximum` are the reported costs, in USD. Ids are
    UUIDs in the documents and ULIDs on live jobs: any text will do.
    """
    job = reply.json(wire.Job)
    if (id_ := id_of(job.id)) is None:
        raise reply.unlike("no job id")
    estimate, maximum = usdc.micro(job.estimated_cost_usdc), usdc.micro(job.max_cost_usdc)
    state: dict[str, object | None] = {
        "poll": addresses.below(job.poll_url),
        "cancel": addresses.below(job.cancel_url),
        "until": deadlines.until(reply, job),
        "estimate": str(estimate.amount) if estimate else None,
        "maximum": str(maximum.amount) if maximum else None,
        "min_discount": percent,
    }
    token = wire.text(job.job_token)
    return Ticket(
        provider=PROVIDER,
        id=id_,
        model=model,
        state={name: value for name, value in state.items() if value is not None},
        secrets={TOKEN: token} if token else {},
    )


def taken(reply: Reply) -> bool:
    """Whether an answer names an accepted job. With an error status it has to be a job by more
    than its id, which an error may have as well."""
    if reply.ok:
        return True
    job = reply.maybe_json(wire.Job)
    if job is None or id_of(job.id) is None:
        return False
    return job.what == wire.JOB or any(map(wire.text, (job.job_token, job.poll_url)))


def ceiling(taken: Ticket) -> Money | None:
    """The most that the job may be charged, if reported."""
    amount = wire.text(taken.state.get("maximum"))
    try:
        return Money.parse(f"{amount} {usdc.UNIT}") if amount else None
    except ValueError:
        return None
