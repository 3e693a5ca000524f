"""The state of a job, from an answer. Pure.

The body decides, not the HTTP status: the documents have 202 for a job in progress and 200 for one
that has ended, live answers are not known to keep to that.

    queued, running                      in progress, with what is reported of the seller
    succeeded                            done; the artifacts are its tracks; without any: UNKNOWN
    failed, canceled (or cancelled),     ended, and why
      expired
    another word                         UNKNOWN: waited on
    any of these but the last, long      EXPIRED, by the marketplace's own clock
      past its expiry and not ended
    404, 410 past the expiry             EXPIRED
    any other answer                     no verdict: the errors of `refusals.py`

`queued` and `succeeded` are documented; `running`, `failed` and `canceled` were seen (2026-09-14);
`cancelled`, `expired` and the other usual words of the field are taken as what they say, should
they come.
"""

from __future__ import annotations

from segue.errors import NotFound
from segue.flow import Reply
from segue.job import Failure, Snapshot, Status, Ticket
from segue.words import status_of
from segue_marketplace import artifacts, deadlines, taking, usdc, wire
from segue_marketplace.placing import attempts_text, placing, seller_of
from segue_marketplace.refusals import UNSOLD, refused

WORDS = {
    "queued": Status.QUEUED,
    "running": Status.RUNNING,
    "succeeded": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "canceled": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
    "expired": Status.EXPIRED,
}
_CHARGE = "whether anything is charged for it is not documented"


def outcome(reply: Reply, ticket: Ticket) -> Snapshot:
    """The state of the job; raises if the answer is no verdict on it."""
    job = job_of(reply)
    if job is None:
        return _without_job(reply, ticket)
    word = wire.text(job.status)
    if word is None:
        raise reply.unlike("no status")
    status = status_of(word, WORDS)
    if status is Status.SUCCEEDED:
        return _succeeded(job, word, ticket, reply)
    if status.terminal:
        return _ended(job, word, status)
    if deadlines.expired(ticket, reply):
        return _overdue(word, job)
    notes = (*placing(job, status), *_reason(job), *_may_cost(ticket))
    return Snapshot(status=status, word=word, notes=notes, cost=usdc.bill(job))


def job_of(reply: Reply) -> wire.Job | None:
    """The job in an answer; None for a refusal."""
    if reply.ok:
        return reply.json(wire.Job)
    job = reply.maybe_json(wire.Job)
    return job if job is not None and job.what == wire.JOB else None


def _reason(job: wire.Job) -> tuple[str, ...]:
    """The error text of a job that has not ended; of an unknown word it may be the meaning."""
    reason = wire.reason(job.error).message or wire.text(job.error_message)
    return (f"the marketplace says: {reason}",) if reason else ()


def _may_cost(ticket: Ticket) -> tuple[str, ...]:
    most = taking.ceiling(ticket)
    return () if most is None else (f"it may cost up to {most}",)


def _without_job(reply: Reply, ticket: Ticket) -> Snapshot:
    error = refused(reply)
    if isinstance(error, NotFound) and deadlines.expired(ticket, reply, grace=0.0):
        failure = Failure(message=f"it has expired, and is no longer stored; {_CHARGE}")
        return Snapshot(status=Status.EXPIRED, word=str(reply.status), error=failure)
    raise error


def _succeeded(job: wire.Job, word: str, ticket: Ticket, reply: Reply) -> Snapshot:
    found = artifacts.tracks(job, ticket, reply)
    if not found:
        missing = f"the marketplace calls it {word!r}, and names no artifact"
        return Snapshot(status=Status.UNKNOWN, word=word, missing=missing, cost=usdc.bill(job))
    pending = wire.text(wire.usage(job).settlement_status)
    return Snapshot(
        status=Status.SUCCEEDED,
        word=word,
        progress=1.0,
        tracks=found,
        cost=usdc.bill(job),
        notes=(
            deadlines.RETENTION,
            *(() if _settled(job) else (f"the bill is not settled yet: {pending}",)),
        ),
    )


def _ended(job: wire.Job, word: str, status: Status) -> Snapshot:
    error = wire.reason(job.error)
    code = next(iter(error.words), None)
    reason = error.message or wire.text(job.error_message)
    message = reason or code or "the marketplace gives no reason"
    unsold = status is Status.FAILED and not UNSOLD.isdisjoint(error.words)
    failure = Failure(
        message=_story(job, status, message, unsold=unsold) + _why(status, reason or code),
        code=code,
        charged=_charged(job, unsold=unsold),
        suggested_prompt=error.suggested_prompt,
        suggestion=error.suggestion,
    )
    return Snapshot(status=status, word=word, cost=usdc.bill(job), error=failure)


def _charged(job: wire.Job, *, unsold: bool) -> bool | None:
    """Whether a failed job costs anything: by the bill or, if no seller took the job, no.

    A job is paid when it is settled, after it was made; nothing is locked before (the buyer's
    quickstart). So if no seller took it, nothing is paid. All else is not documented.
    """
    cost = usdc.bill(job)
    if cost is not None and cost.amount:
        return True
    certain = unsold if cost is None else _settled(job)
    return False if certain else None


def _settled(job: wire.Job) -> bool:
    """Only `confirmed` is documented; a bill without this field is taken to be final."""
    settlement = wire.text(wire.usage(job).settlement_status)
    return settlement is None or settlement.lower() == "confirmed"


def _story(job: wire.Job, status: Status, message: str, *, unsold: bool) -> str:
    if status is Status.CANCELLED:
        return f"it was cancelled; {_CHARGE}"
    if status is Status.EXPIRED:
        return f"it expired before it was done; {_CHARGE}"
    if unsold:
        return f"no seller took it{attempts_text(job)}: {message}"
    seller = seller_of(job)
    return f"the seller {seller} failed: {message}" if seller else message


def _why(status: Status, reason: str | None) -> str:
    """The reason for an end that has a sentence of its own."""
    apart = status in (Status.CANCELLED, Status.EXPIRED) and reason
    return f"; the marketplace says: {reason}" if apart else ""


def _overdue(word: str, job: wire.Job) -> Snapshot:
    message = (
        f"the marketplace still calls it {word!r}, {deadlines.GRACE / 60:.0f} minutes after its"
        f" deadline; {_CHARGE}"
    )
    return Snapshot(
        status=Status.EXPIRED, word=word, error=Failure(message=message), cost=usdc.bill(job)
    )
