"""A job's life as core's own flows: submit, wait, download, generate_and_wait. Pure.

Each takes the backend first and carries the provider's effects on. The faces in `client.py`
hand these to a driver, and do nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from segue.backend import Backend
from segue.carrying import carried, submitting
from segue.checking import OnUnsupported, checked
from segue.delivering import download
from segue.errors import RequestError, SpendingRefused
from segue.flow import Flow, now, record, work
from segue.job import Delivery, Ticket
from segue.journal import event
from segue.money import Quote
from segue.provider import Model
from segue.saving import destination
from segue.tasks import Task
from segue.waiting import Watching, wait

logger = logging.getLogger("segue")


def submit(
    backend: Backend, task: Task, *, job: str, unsupported: OnUnsupported = "error"
) -> Flow[Ticket]:
    """Check the task, have it approved, and submit it; `job` is Segue's name for the job.

    Raises `Refused` before anything is spent, or `SubmissionUnknown` when it may have been.
    """
    task, dropped = checked(backend, task, (yield from catalogue(backend)), unsupported=unsupported)
    for problem in dropped:
        logger.warning("dropped %s", problem)
    quote = yield from _quoted(backend, task)
    _approve(backend, task, quote)
    began = yield from now()
    yield from record(event(job, "intent", began, backend=str(backend.key), task=task))
    ticket = yield from submitting(backend, backend.provider.submit(task))
    ended = yield from now()
    ticket = msgspec.structs.replace(
        ticket, job=job, model=ticket.model or backend.key.model, submitted_at=ended.utc
    )
    yield from record(event(job, "submitted", ended, ticket=ticket))
    backend.hooks.submitted(ticket, task)
    return ticket


def generate_and_wait(
    backend: Backend,
    task: Task,
    *,
    job: str,
    to: str | Path,
    overwrite: bool,
    unsupported: OnUnsupported,
    watching: Watching,
) -> Flow[Delivery]:
    """All of it: make sure of the place to save to, submit, wait, download."""
    place = yield from work(partial(destination, to, overwrite=overwrite))
    ticket = yield from submit(backend, task, job=job, unsupported=unsupported)
    snapshot = yield from wait(backend, ticket, watching)
    return (yield from download(backend, ticket, snapshot, place, watching))


def catalogue(backend: Backend) -> Flow[Sequence[Model] | None]:
    """The vendor's models, for `check` to go by; None where they cannot be had."""
    if not backend.provider.capabilities.models:
        return None
    if backend.models is None:
        try:
            backend.models = yield from carried(backend, backend.provider.models())
        except RequestError as error:
            logger.info("%s: no catalogue of models: %s", backend.name, error)
    return backend.models


def _quoted(backend: Backend, task: Task) -> Flow[Quote | None]:
    if not backend.provider.capabilities.quote:
        return None
    return (yield from carried(backend, backend.provider.quote(task)))


def _approve(backend: Backend, task: Task, quote: Quote | None) -> None:
    if reasons := backend.hooks.approve(task, quote):
        raise SpendingRefused(
            f"{backend.key}: the spending was not approved: {'; '.join(reasons)}",
            advice="nothing was sent and nothing was spent",
        )
