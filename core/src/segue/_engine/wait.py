"""Waiting for a job: look, tell, and look again, until it has ended or the time is up. Pure."""

from __future__ import annotations

import logging

from segue._engine.backend import Backend
from segue._engine.lease import Fence
from segue._engine.poll import Last, cancelled, ending, look, poll, written_down
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

__all__ = ["Watching", "cancelled", "ending", "poll", "wait"]

logger = logging.getLogger("segue")

_LAST_LOOK = 2.0
"""Seconds that a look may take when the time is up."""

_OFTEN = 3
"""Looks in a row that failed: from then on the journal knows, as this process may die."""

_PASSING = (RateLimited, Unavailable, ProtocolError, ConnectionLost, NotSent, NotYet)


def wait(backend: Backend, ticket: Ticket, watching: Watching) -> Flow[Snapshot]:
    """Poll until the job has succeeded.

    Raises `JobFailed`, `JobCancelled`, `JobExpired`; `ResultMissing` when it is said to be done
    and offers nothing; or, when the time is up, `WaitTimeout`. What passes (a 429, a 5xx, a
    dropped connection, an odd answer, a status that is no `policy.verdict`) never ends the wait;
    what does not pass by itself (a key that is refused) ends it at once. Being closed in the
    middle (Ctrl-C, a cancelled task) leaves the job alone, and says so.
    """
    watch: Watch | None = None
    try:
        watch = Watch(backend, ticket, watching, (yield from now()))
        return (yield from _watched(backend, ticket, watching, watch))
    except GeneratorExit:
        troubled = watch is not None and watch.trouble is not None
        standing = "how it stands is not known" if troubled else "it goes on and stays billed"
        logger.warning(
            "stopped waiting for job %s; %s: resume it with %s",
            ticket,
            standing,
            resuming(ticket),
        )
        raise
    except (WaitTimeout, ResultMissing, RequestError) as error:
        yield from _noted(ticket, _reason(error, backend.name), watching.fence)
        if isinstance(error, RequestError) and "client.resume(" not in error.advice:
            again = f"then look at the job again with {resuming(ticket)}"
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
        looked = yield from _look(backend, ticket, purpose, watch.born)
        ended = watch.looked(looked, clock)
        if ended is not None and ended != looked:
            yield from written_down(ticket, ended, clock, watching.fence)
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
    """A snapshot, or the passing reason why there is none this time."""
    last = Last()
    try:
        return (yield from look(backend, ticket, purpose, born=born, last=last))
    except RequestError as error:
        if not (last.passing or isinstance(error, _PASSING)):
            raise
        if isinstance(error, NotSent) and not error.passing:
            raise
        logger.info("%s: this look failed, and is made again: %s", ticket, error)
        return error


def _good(ticket: Ticket, snapshot: Snapshot) -> Snapshot:
    if snapshot.status is Status.SUCCEEDED:
        return snapshot
    raise ending(ticket, snapshot)


def _reason(error: WaitTimeout | ResultMissing | RequestError, provider: str) -> str:
    """What the journal keeps of a wait that found out nothing."""
    if isinstance(error, WaitTimeout):
        return in_words(error.trouble)
    if isinstance(error, ResultMissing):
        return error.snapshot.missing if error.snapshot else error.message
    return in_words(trouble_of(error, provider))


def _noted(ticket: Ticket, reason: str, fence: Fence | None) -> Flow[None]:
    """Write down why the looks at a job fail, or that they succeed again. A journal that cannot
    take it hides nothing that is about to be raised."""
    if not ticket.job:
        return
    clock = yield from now()
    try:
        generation = fence.generation if fence else None
        yield from record(
            Troubled(job=ticket.job, at=clock.utc, generation=generation, reason=reason)
        )
    except JournalError as error:
        logger.info("the journal does not have the trouble of job %s: %s", ticket, error)
