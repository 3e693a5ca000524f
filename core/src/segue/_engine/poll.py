"""Poll a job once, and record its end. Pure."""

from __future__ import annotations

import msgspec

from segue._engine.backend import Backend
from segue._engine.lease import Fence
from segue._engine.poll_failures import NotYet, trouble_of
from segue._engine.provider_calls import Purpose, bound_flow, typed_flow
from segue._pace import retry_policy as policy
from segue.errors import (
    JobCancelled,
    JobError,
    JobExpired,
    JobFailed,
    NotFound,
    ProtocolError,
    RequestError,
)
from segue.events import Terminal
from segue.flow import Call, Flow, Now, Reply, now, record
from segue.job import Failure, Snapshot, Status, Ticket

_ENDINGS: dict[Status, type[JobError]] = {
    Status.FAILED: JobFailed,
    Status.CANCELLED: JobCancelled,
    Status.EXPIRED: JobExpired,
}


def poll(backend: Backend, ticket: Ticket, purpose: Purpose | None = None) -> Flow[Snapshot]:
    """Poll the job once, and record its end.

    A job that its vendor does not know yet, just after its submission, is UNKNOWN, with the reason
    as its `trouble`.
    """
    try:
        return (yield from poll_status(backend, ticket, purpose))
    except NotYet as early:
        trouble = trouble_of(early, backend.name)
        return Snapshot(status=Status.UNKNOWN, word=str(early.status or ""), trouble=trouble)


def poll_status(
    backend: Backend,
    ticket: Ticket,
    purpose: Purpose | None = None,
    *,
    born: float | None = None,
    last: Last | None = None,
) -> Flow[Snapshot]:
    """Poll for a wait; raises `NotYet` where `poll` returns that trouble.

    `born` is when the job was submitted, by the monotonic clock, if known. `last` receives the last
    response.
    """
    last = last or Last()
    purpose = msgspec.structs.replace(purpose or Purpose(), met=last.met)
    flow = typed_flow(Snapshot, backend.provider.poll, ticket)
    try:
        snapshot = yield from bound_flow(backend, flow, ticket=ticket, purpose=purpose)
    except RequestError as error:
        unknown = isinstance(error, NotFound) or 404 in (error.status, last.status)
        if not unknown or not _settling(backend, ticket, born, (yield from now())):
            raise
        raise _not_yet(error.message, error.status) from error
    clock = yield from now()
    backend.gate.answered("poll", ticket.job, clock.monotonic)
    if last.status == 404 and _bad(snapshot) and _settling(backend, ticket, born, clock):
        raise _not_yet(snapshot.error.message if snapshot.error else "", 404)
    if last.passing and _bad(snapshot) and last.status in policy.REFUSALS:
        why = f"status {last.status} came with a page, which does not give the job's status"
        raise ProtocolError(why, status=last.status)
    backend.hooks.updated(ticket, snapshot)
    if snapshot.status.terminal:
        backend.ended(ticket)
        backend.gate.leave(ticket.job)
        yield from record_end(ticket, snapshot, clock, purpose.fence)
    return snapshot


def cancel(backend: Backend, ticket: Ticket) -> Flow[Snapshot]:
    """Cancel the job with the vendor, and record its end, if it ended."""
    snapshot = yield from bound_flow(
        backend, typed_flow(Snapshot, backend.provider.cancel, ticket), ticket=ticket
    )
    if snapshot.status.terminal:
        yield from record_end(ticket, snapshot, (yield from now()))
    return snapshot


def job_error(ticket: Ticket, snapshot: Snapshot) -> JobError:
    """The error for a failed, cancelled or expired job, with the vendor's suggestion."""
    reason = snapshot.error.message if snapshot.error else "the vendor gives no reason"
    refund = f" ({snapshot.error.refund})" if snapshot.error and snapshot.error.refund else ""
    return _ENDINGS[snapshot.status](
        f"job {ticket} {snapshot.status.value}: {reason}{refund}",
        ticket=ticket,
        snapshot=snapshot,
        advice=_advice(snapshot.error) if snapshot.error else "",
    )


def age(ticket: Ticket, clock: Now) -> float:
    """Seconds since the job was submitted, by this computer's clock; 0 where unknown."""
    if ticket.submitted_at is None:
        return 0.0
    return max((clock.utc - ticket.submitted_at).total_seconds(), 0.0)


class Last:
    """The last response of a poll: its status, and whether it is the vendor's own decision."""

    status: int | None = None
    passing = False

    def met(self, call: Call, reply: Reply) -> None:
        """Record a response; called by `carried`."""
        self.status, self.passing = reply.status, not policy.verdict(call, reply)


def _bad(snapshot: Snapshot) -> bool:
    return snapshot.status in _ENDINGS


def _settling(backend: Backend, ticket: Ticket, born: float | None, clock: Now) -> bool:
    """Whether the vendor may not know the job yet: not one without a time of submission, which
    comes from elsewhere, and not one that has ended."""
    if ticket.submitted_at is None or backend.has_ended(ticket):
        return False
    old = clock.monotonic - born if born is not None else age(ticket, clock)
    return old < backend.provider.cadence.settles


def _not_yet(reason: str, status: int | None) -> NotYet:
    return NotYet(reason or "it gives no reason", status=status)


def _advice(failure: Failure) -> str:
    parts = []
    if failure.suggested_prompt:
        parts.append(
            "the vendor suggests this prompt instead, as a new job that is charged again:"
            f" {failure.suggested_prompt!r}"
        )
    if failure.suggestion:
        parts.append(f"the vendor suggests: {failure.suggestion}")
    return "; ".join(parts)


def record_end(
    ticket: Ticket, snapshot: Snapshot, clock: Now, fence: Fence | None = None
) -> Flow[None]:
    """Record the job's end in the journal."""
    if not ticket.job:
        return
    failure = snapshot.error
    yield from record(
        Terminal(
            job=ticket.job,
            at=clock.utc,
            generation=fence.generation if fence else None,
            status=snapshot.status,
            cost=snapshot.cost,
            refunded=failure is not None
            and (failure.refund is not None or failure.charged is False),
            reason=failure.message if failure else "",
        )
    )
