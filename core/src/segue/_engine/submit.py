"""Core's own flows of a job: submit, then wait, then download. Pure.

Each takes the backend first and runs the provider's flows. The clients run these with a driver.

The order is a guarantee: the gate's permit, then the intent in the journal, then the paid request,
then the ticket in the journal. The permit comes first, so that a crash among a thousand waiting
jobs leaves in doubt only the few in flight.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from segue._effects.held_response import Handover
from segue._engine.agreement import Deal
from segue._engine.backend import Backend
from segue._engine.download import download
from segue._engine.lease import Fence
from segue._engine.provider_calls import (
    Purpose,
    Spending,
    bound_flow,
    fault,
    list_flow,
    submitting,
    typed_flow,
)
from segue._engine.spend_limits import SpendLimits, approved_quote
from segue._engine.validate import OnUnsupported, expected, refuse_retired, validated_task
from segue._engine.wait import Watching, cancel, wait
from segue._files.destination import Destination, foreseen, refuse_container
from segue._pace import retry_policy as policy
from segue._pace.single_flight import SingleFlight
from segue._plugins.results import validated_result
from segue.errors import (
    CostAboveLimit,
    JournalError,
    LeaseLost,
    RequestError,
    SegueError,
    SubmissionUnknown,
)
from segue.events import Intent, Refused, Submitted, Unknown
from segue.flow import Flow, Now, Permit, Record, now, permit, record, work
from segue.job import Delivery, Ticket
from segue.money import Money
from segue.provider import Model
from segue.tasks import Task

logger = logging.getLogger("segue")

_CHEAPER = "raise max_cost, or choose a cheaper backend"
_GOES_ON = "it may be charged: client.resume(error.ticket) continues with it"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A task, and the options of its submission.

    `job` is Segue's name for it, `key` its idempotency key, `owner` that of its lease. `parent` is
    shared by the attempts of one failover. `to` is the destination of the files; `remembered` is
    the same as an absolute path, for resumption. `label` is the user's own name for the job, and
    `labels` are more of them, with values. `order_key` is the user's key of the order,
    `task_sha256` the fingerprint of its task. `deal` is filled in when the price and the task are
    final. `fence` is the job's lease. `patience` is for how many seconds a submission may be
    retried after 429s.
    """

    task: Task
    job: str
    key: str
    owner: str
    unsupported: OnUnsupported = "error"
    limits: SpendLimits = SpendLimits()
    parent: str | None = None
    to: str | Path | None = None
    remembered: str | None = None
    overwrite: bool = False
    label: str | None = None
    labels: Mapping[str, str] = {}
    order_key: str | None = None
    task_sha256: str | None = None
    deal: Deal = msgspec.field(default_factory=Deal)
    fence: Fence | None = None
    patience: float = policy.PATIENCE


def submit(backend: Backend, order: Order) -> Flow[Ticket]:
    """Validate the task, have it approved, wait for a permit, record the intent, and submit.

    Raises `Refused` before anything is spent, or `SubmissionUnknown` when it may have been.
    """
    refuse_retired(backend)
    if not backend.account.known:  # a missing key is reported before all else
        yield from work(lambda: backend.account.key)
    models = yield from catalogue(backend)
    task, dropped = validated_task(backend, order.task, models, unsupported=order.unsupported)
    if order.to is not None:
        yield from _placed(backend, order, task, models)
    for problem in dropped:
        logger.warning("dropped: %s", problem)
    quote = yield from approved_quote(backend, task, order.limits)
    order.deal.task = msgspec.to_builtins(task)
    order.deal.dropped = tuple(str(problem) for problem in dropped)
    order.deal.quoted = quote.ceiling if quote else None
    backend.hooks.quoted(order.job, quote)
    clock = yield from _permitted(backend, order)
    spending = Spending(allowed=1, key=order.key)
    with _slot(backend, order.job, spending):
        yield Record(event=_intent(backend, order, task, clock), account=backend.account)
        ticket = yield from _sent(backend, order, task, spending)
        backend.hooks.submitted(ticket, task)
        yield from _cancel_above_limit(backend, ticket, order.limits)
    return ticket


def settle(backend: Backend, order: Order) -> Flow[Ticket]:
    """Send a submission whose response was lost again, with its own idempotency key.

    Only for a vendor that honours such keys. Its intent is in the journal already. When this fails,
    the first one may still have been charged: it stays in doubt.
    """
    yield from _permitted(backend, order)
    spending = Spending(allowed=1, key=order.key)
    with _slot(backend, order.job, spending):
        return (yield from _sent(backend, order, order.task, spending, settling=True))


def bring_home(
    backend: Backend, ticket: Ticket, place: Destination, watching: Watching
) -> Flow[Delivery]:
    """Wait for a submitted job, and save its files."""
    watching = msgspec.structs.replace(watching, handover=Handover())
    snapshot = yield from wait(backend, ticket, watching)
    return (yield from download(backend, ticket, snapshot, place, watching))


def catalogue(backend: Backend) -> Flow[Sequence[Model] | None]:
    """The vendor's models, for `check`; None where unavailable.

    Of concurrent jobs, one requests it, and the others wait for that.
    """
    if not backend.provider.capabilities.models:
        return None
    if backend.models is None and (flight := backend.fetching) is not None:
        yield from flight.ended()
    elif backend.models is None:
        backend.fetching = flight = SingleFlight()
        try:
            backend.models = yield from bound_flow(
                backend, list_flow(Model, backend.provider.models)
            )
        except RequestError as error:
            logger.info("%s: no catalogue of models: %s", backend.name, error)
        finally:
            backend.fetching = None
            flight.end()
    return backend.models


def _placed(
    backend: Backend, order: Order, task: Task, models: Sequence[Model] | None
) -> Flow[None]:
    """Refuse a container that is not available, and a name that is taken; announce the names of
    several tracks."""
    coming = expected(backend, task, models)
    if makes := backend.provider.capabilities.makes:
        refuse_container(order.to or "", makes)
    notes = yield from work(
        partial(
            foreseen,
            order.to or "",
            coming,
            backend=str(backend.key),
            makes=bool(makes),
            overwrite=order.overwrite,
        )
    )
    for note in notes:
        logger.warning("%s", note)
    order.deal.notes = notes


def _permitted(backend: Backend, order: Order) -> Flow[Now]:
    """Wait for the permit to submit; raise `RateLimited` when the account is paused for longer than
    the caller's patience."""
    effect = Permit(turns=backend.gate, kind="submit", job=order.job, patience=order.patience)
    try:
        clock = yield from permit(effect)
    except BaseException:  # it may be acquired already
        backend.gate.unused("submit", order.job)
        backend.gate.leave(order.job)
        raise
    return clock or (yield from now())


@contextmanager
def _slot(backend: Backend, job: str, spending: Spending) -> Iterator[None]:
    """Release the job's place in flight when its submission fails. Where nothing was sent, its
    permit is released, too."""
    try:
        yield
    except BaseException:
        if not spending.sent:
            backend.gate.unused("submit", job)
        backend.gate.leave(job)
        raise


def _intent(backend: Backend, order: Order, task: Task, clock: Now) -> Intent:
    cost = order.deal.quoted
    return Intent(
        job=order.job,
        at=clock.utc,
        backend=str(backend.key),
        task=msgspec.to_builtins(task),
        key=order.key,
        owner=order.owner,
        quoted=cost,
        reserved=cost,
        budgets=order.limits.budgets(cost, clock.utc),
        parent=order.parent,
        to=order.remembered,
        overwrite=order.overwrite,
        label=order.label,
        labels=dict(order.labels),
        order_key=order.order_key,
        task_sha256=order.task_sha256,
        dropped=order.deal.dropped,
    )


def _sent(
    backend: Backend, order: Order, task: Task, spending: Spending, *, settling: bool = False
) -> Flow[Ticket]:
    """Send the paid request, and record its outcome."""
    flow = typed_flow(Ticket, backend.provider.submit, task)
    purpose = Purpose(fence=order.fence, waits=order.patience)
    try:
        ticket = yield from submitting(backend, flow, spending=spending, purpose=purpose)
    except LeaseLost:
        raise  # another owner records the job's outcome
    except SegueError as error:
        doubt = settling or isinstance(error, SubmissionUnknown)
        yield from _ended_badly(order, error, Unknown if doubt else Refused)
        raise
    clock = yield from now()
    backend.gate.answered("submit", order.job, clock.monotonic)
    model = ticket.model or backend.key.model
    ticket = msgspec.structs.replace(
        ticket, provider=backend.name, job=order.job, model=model, submitted_at=clock.utc
    )
    try:
        yield from record(Submitted(job=ticket.job, at=clock.utc, ticket=ticket))
    except JournalError as error:  # it is paid for: the caller can still store the ticket
        error.message = (
            f"{backend.name} has accepted job {ticket.job} as {ticket.id!r}, and that could not be"
            f" recorded: {error.message}"
        )
        error.advice = f"hold its ticket, `error.ticket`, for `client.resume`; {error.advice}"
        error.ticket = ticket
        raise
    return ticket


def _cancel_above_limit(backend: Backend, ticket: Ticket, limits: SpendLimits) -> Flow[None]:
    """Cancel a job whose accepted price exceeds `max_cost`."""
    limit = limits.max_cost
    try:
        most = validated_result("ceiling", backend.provider.ceiling(ticket), Money | None)
    except Exception as error:
        raise fault(error, backend, ticket) from error
    if most is None or limit is None or (most.unit == limit.unit and most <= limit):
        return
    message = f"job {ticket} may cost up to {most}, and the limit is {limit}"
    if not backend.provider.capabilities.cancel:
        raise CostAboveLimit(
            f"{message}; its vendor cannot stop it", ticket=ticket, advice=_GOES_ON
        )
    try:
        snapshot = yield from cancel(backend, ticket)
    except SegueError as error:
        words = f"{message}; stopping it failed: {error.message}"
        raise CostAboveLimit(words, ticket=ticket, advice=_GOES_ON) from error
    raise CostAboveLimit(
        f"{message}; it was cancelled at once: {snapshot}",
        ticket=ticket,
        snapshot=snapshot,
        advice=_CHEAPER if snapshot.status.terminal else _GOES_ON,
    )


def _ended_badly(
    order: Order, error: SegueError, what: type[Unknown] | type[Refused]
) -> Flow[None]:
    """Record how a submission failed. An error of the journal is only logged, so that it does not
    hide the failure."""
    clock = yield from now()
    try:
        yield from record(
            what(
                job=order.job,
                at=clock.utc,
                reason=error.message,
                generation=order.fence.generation if order.fence else None,
            )
        )
    except (JournalError, LeaseLost) as lost:
        logger.warning("the end of job %s could not be recorded: %s", order.job, lost)
