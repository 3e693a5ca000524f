"""Resume a job of the journal, such as after a crash or a reboot. Pure.

A job is claimed only when no live process holds its lease. One whose submission outcome is unknown
is never sent again automatically: it is settled with its idempotency key where the vendor honours
one, and submitted again only on the user's explicit request.
"""

from __future__ import annotations

import hashlib
from typing import Union

import msgspec

from segue._data.backend_key import BackendKey
from segue._engine.backend import Backend
from segue._engine.lease import Leases, look_up
from segue._engine.spend_limits import SpendLimits
from segue._engine.submit import Order, settle, submit
from segue.errors import (
    ConfigError,
    JournalError,
    SegueError,
    SubmissionUnknown,
)
from segue.events import Forgotten, Submitted
from segue.flow import Flow, now, record
from segue.job import Ticket
from segue.journal import Entry, Journal, State
from segue.tasks import Task

__all__ = ["adopt", "forget", "require_journal", "settle_unknown", "undecided_error"]


def require_journal(journal: Journal | None) -> Journal:
    """Return the journal; raise `ConfigError` where it is turned off."""
    if journal is None:
        raise ConfigError(
            "this client has no journal, so it cannot find jobs",
            advice="make it without journal=None, or store the tickets yourself",
        )
    return journal


def adopt(ticket: Ticket) -> Flow[Ticket]:
    """Return the ticket of a job, and record it if the journal lacks it."""
    if not ticket.job:
        name = hashlib.sha256(f"{ticket.provider}/{ticket.id}".encode()).hexdigest()[:10]
        ticket = msgspec.structs.replace(ticket, job=name)
    known = yield from look_up(ticket.job)
    if known is None or known.ticket is None:
        clock = yield from now()
        yield from record(Submitted(job=ticket.job, at=clock.utc, ticket=ticket))
    elif not ticket.secrets and known.ticket.id == ticket.id:
        return known.ticket  # from an error of another process, without its token
    return ticket


def settle_unknown(
    backend: Backend,
    entry: Entry,
    leases: Leases,
    *,
    limits: SpendLimits | None = None,
    again: bool = False,
) -> Flow[Ticket]:
    """Return the ticket of a job whose submission outcome is unknown, where possible; its lease is
    among `leases`.

    Raises `SubmissionUnknown` otherwise: then the user decides. `again` submits the task again,
    within `limits`.
    """
    order = Order(
        task=_task(backend, entry),
        job=entry.job,
        key=entry.key,
        owner=leases.owner.name,
        limits=limits or SpendLimits(),
        to=entry.to,
        remembered=entry.to,
        overwrite=entry.overwrite,
        parent=entry.parent,
        label=entry.label,
        labels=entry.labels,
        order_key=entry.order_key,
        task_sha256=entry.task_sha256,
        fence=leases.of(entry.job),
    )
    if (yield from _can_be_settled(backend, entry)):
        return (yield from settle(backend, order))
    if again:
        ticket = yield from _submitted_anew(backend, order, leases)
        clock = yield from now()
        yield from record(Forgotten(job=entry.job, at=clock.utc))
        yield from leases.release(entry.job)
        return ticket
    raise undecided_error(entry)


def _submitted_anew(backend: Backend, order: Order, leases: Leases) -> Flow[Ticket]:
    """The ticket of another job for the same task, which a dead process may already have submitted.
    One that is in doubt as well is skipped, since it may be charged, too."""
    anew = _anew(order, order.key)
    while (known := (yield from look_up(anew.job))) is not None:
        if known.state is State.REFUSED:
            break
        if known.ticket is not None and known.state is not State.FORGOTTEN:
            yield from leases.acquire(known)
            return known.ticket
        anew = _anew(order, anew.key)
    try:
        fence = leases.starting(anew.job)
        return (yield from submit(backend, msgspec.structs.replace(anew, fence=fence)))
    except SegueError:
        yield from leases.release(anew.job)
        raise


def _can_be_settled(backend: Backend, entry: Entry) -> Flow[bool]:
    """Whether the vendor still remembers the job's idempotency key."""
    able = backend.provider.capabilities
    if not able.settles or able.settles_within is None:
        return able.settles
    clock = yield from now()
    return (clock.utc - entry.created).total_seconds() < able.settles_within


def forget(job: str) -> Flow[None]:
    """Hide a job from lists."""
    entry = yield from look_up(job, prefix=True)
    clock = yield from now()
    yield from record(Forgotten(job=entry.job if entry else job, at=clock.utc))


def _anew(order: Order, key: str) -> Order:
    """The order with another name: the job of that key may have been charged, and remains."""
    name = hashlib.sha256(f"{key} again".encode()).hexdigest()
    return msgspec.structs.replace(order, job=name[:10], key=name[10:42], parent=order.job)


def _task(backend: Backend, entry: Entry) -> Task:
    kinds = tuple(backend.provider.capabilities.tasks)
    try:
        task: Task = msgspec.convert(entry.task, Union[kinds])  # noqa: UP007 - made at run time
    except msgspec.ValidationError as error:
        raise JournalError(
            f"the task of job {entry.job} cannot be read again by {backend.name}: {error}"
        ) from error
    return task


def undecided_error(entry: Entry) -> SubmissionUnknown:
    """The error for a job that may have been charged or not: the user decides."""
    unknown = SubmissionUnknown(_known(entry))
    unknown.provider = BackendKey.parse(entry.backend).provider
    unknown.advice = (
        "it is not sent again automatically. Check the vendor's own list of jobs or bills; then"
        f" client.forget({entry.job!r}), or client.resume({entry.job!r}, submit_again=True)"
    )
    return unknown


def _known(entry: Entry) -> str:
    quoted = f", quoted at {entry.quoted}" if entry.quoted else ""
    why = f": {entry.reason}" if entry.reason else ": its process died while it was being sent"
    prompt = str(entry.task.get("prompt", entry.task.get("type", "")))
    return (
        f"whether job {entry.job} ({entry.backend}, {entry.created:%Y-%m-%d %H:%M} UTC{quoted},"
        f" {prompt[:60]!r}) was charged is not known{why}"
    )
