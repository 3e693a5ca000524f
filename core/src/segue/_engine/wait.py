"""Wait for a job: poll and report until it has ended, or the timeout. Pure."""

from __future__ import annotations

import logging

from segue._engine.backend import Backend
from segue._engine.lease import Fence
from segue._engine.poll import Last, cancel, job_error, poll, poll_status, record_end
from segue._engine.poll_failures import NotYet, in_words, resuming, trouble_of
from segue._engine.provider_calls import Purpose
from segue._engine.wait_state import Watch, Watching
from segue.errors import (
    ConnectionLost,
    JournalError,
    NotSent,
    ProtocolError,
    RateLimited,
    RequestError,
    ResultMissing,
    Unavailable,
    WaitTimeout,
)
from segue.events import Troubled
from segue.flow import Flow, now, record
from segue.job import Snapshot, Status, Ticket

__all__ = ["Watching", "cancel", "job_error", "poll", "wait"]

logger = logging.getLogger("segue")

_LAST_LOOK = 2.0
"""Seconds that a poll may take at the timeout."""

_OFTEN = 3
"""Failed polls in a row after which the journal records it, as this process may die."""

_PASSING = (RateLimited, Unavailable, ProtocolError, ConnectionLost, NotSent, NotYet)


def wait(backend: Backend, ticket: Ticket, watching: Watching) -> Flow[Snapshot]:
    """Poll until the job has succeeded.

    Raises `JobFailed`, `JobCancelled`, `JobExpired`; `ResultMissing` when it is reported as done
    and offers nothing; or `WaitTimeout`. Transient failures (a 429, a 5xx, a dropped connection, an
    unexpected response, a status that is no `policy.verdict`) never end the wait; permanent ones (a
    refused key) end it at once. Closing it early (Ctrl-C, a cancelled task) does not cancel the
    job, and logs so.
    """
    watch: Watch | None = None
    try:
        watch = Watch(backend, ticket, watching, (yield from now()))
        return (yield from _watched(backend, ticket, watching, watch))
    except GeneratorExit:
        troubled = watch is not None and watch.trouble is not None
        state = "its status is not known" if troubled else "it goes on and stays billed"
        logger.warning(
            "stopped waiting for job %s; %s: resume it with %s",
            ticket,
            state,
            resuming(ticket),
        )
        raise
    except (WaitTimeout, ResultMissing, RequestError) as error:
        yield from _noted(ticket, _reason(error, backend.name), watching.fence)
        if isinstance(error, RequestError) and "client.resume(" not in error.advice:
            again = f"then poll the job again with {resuming(ticket)}"
            error.advice = "; ".join(filter(None, [error.advice, again]))
        raise
    finally:
        backend.gate.leave(ticket.job)


def _watched(backend: Backend, ticket: Ticket, watching: Watching, watch: Watch) -> Flow[Snapshot]:
    noted = False
    while True:
        clock = yield from watch.turn()
        purpose = Purpose(
            patience=max(watch.deadline - clock.monotonic, _LAST_LOOK),
            handover=watching.handover,
            fence=watching.fence,
        )
        polled = yield from _look(backend, ticket, purpose, watch.born)
        ended = watch.polled(polled, clock)
        if ended is not None and ended != polled:
            yield from record_end(ticket, ended, clock, watching.fence)
        if ended is not None:
            return _good(ticket, ended)
        clock = yield from now()
        backend.gate.answered("poll", ticket.job, clock.monotonic)
        watch.plan(clock)
        if clock.monotonic >= watch.deadline:
            raise watch.timeout()
        often = watch.trouble is not None and watch.trouble.times >= _OFTEN
        if often is not noted and (often or watch.trouble is None):
            yield from _noted(ticket, in_words(watch.trouble), watching.fence)
            noted = often


def _look(
    backend: Backend, ticket: Ticket, purpose: Purpose, born: float
) -> Flow[Snapshot | RequestError]:
    """A snapshot, or the transient error of this poll."""
    last = Last()
    try:
        return (yield from poll_status(backend, ticket, purpose, born=born, last=last))
    except RequestError as error:
        if not (last.passing or isinstance(error, _PASSING)):
            raise
        if isinstance(error, NotSent) and not error.passing:
            raise
        logger.info("%s: a poll failed, and is repeated: %s", ticket, error)
        return error


def _good(ticket: Ticket, snapshot: Snapshot) -> Snapshot:
    if snapshot.status is Status.SUCCEEDED:
        return snapshot
    raise job_error(ticket, snapshot)


def _reason(error: WaitTimeout | ResultMissing | RequestError, provider: str) -> str:
    """The reason that the journal records for a wait without a result."""
    if isinstance(error, WaitTimeout):
        return in_words(error.trouble)
    if isinstance(error, ResultMissing):
        return error.snapshot.missing if error.snapshot else error.message
    return in_words(trouble_of(error, provider))


def _noted(ticket: Ticket, reason: str, fence: Fence | None) -> Flow[None]:
    """Record why the polls of a job fail, or that they succeed again. An error of the journal is
    only logged."""
    if not ticket.job:
        return
    clock = yield from now()
    try:
        generation = fence.generation if fence else None
        yield from record(
            Troubled(job=ticket.job, at=clock.utc, generation=generation, reason=reason)
        )
    except JournalError as error:
        logger.info("the trouble of job %s could not be recorded: %s", ticket, error)
