"""Waiting for a job: look, tell, and look again, until it has ended or the time is up. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from segue import policy
from segue.backend import Backend
from segue.carrying import carried
from segue.errors import (
    ConnectionLost,
    JobCancelled,
    JobError,
    JobExpired,
    JobFailed,
    NotSent,
    ProtocolError,
    RateLimited,
    RequestError,
    Unavailable,
    WaitTimeout,
)
from segue.flow import Flow, Now, now, record, sleep
from segue.job import Snapshot, Status, Ticket
from segue.journal import event

logger = logging.getLogger("segue")

_PASSING = (RateLimited, Unavailable, ProtocolError, ConnectionLost, NotSent)
_ENDINGS: dict[Status, type[JobError]] = {
    Status.FAILED: JobFailed,
    Status.CANCELLED: JobCancelled,
    Status.EXPIRED: JobExpired,
}


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, and whom to tell.

    `timeout` is in seconds. `on_update` is called with every new snapshot, `on_progress` with
    a file's path and the fraction of it that is written.
    """

    timeout: float
    on_update: Callable[[Snapshot], object] = lambda _snapshot: None
    on_progress: Callable[[Path, float], object] = lambda _path, _fraction: None


def poll(backend: Backend, ticket: Ticket) -> Flow[Snapshot]:
    """Look at the job once."""
    return carried(backend, backend.provider.poll(ticket), ticket=ticket)


def wait(backend: Backend, ticket: Ticket, watching: Watching) -> Flow[Snapshot]:
    """Poll until the job has succeeded.

    Raises `JobFailed`, `JobCancelled`, `JobExpired` or, when the time is up, `WaitTimeout`.
    What passes (a 429, a 5xx, a dropped connection, an odd answer) never ends the wait. Being
    closed in the middle (Ctrl-C, a cancelled task) leaves the job alone, and says so.
    """
    try:
        return (yield from _watched(backend, ticket, watching))
    except GeneratorExit:
        logger.warning(
            "stopped waiting for job %s; it goes on and stays billed: resume it with"
            " `segue jobs resume %s`",
            ticket,
            ticket.job,
        )
        raise


def _watched(backend: Backend, ticket: Ticket, watching: Watching) -> Flow[Snapshot]:
    clock = yield from now()
    deadline = clock.monotonic + watching.timeout
    born = clock.monotonic - _age(ticket, clock)
    rng = Random(ticket.job or ticket.id)
    delay = max(born + backend.provider.cadence.first - clock.monotonic, 0.0)
    seen: Snapshot | None = None
    polls = 0
    while True:
        left = deadline - clock.monotonic
        clock = yield from sleep(max(min(delay, left), 0.0))
        looked = yield from _look(backend, ticket)
        polls += 1
        if isinstance(looked, Snapshot):
            if looked != seen:
                _tell(backend, ticket, looked, watching, new_word=_word(seen) != looked.word)
            seen = looked
            if looked.status.terminal:
                return (yield from _ended(ticket, looked))
        clock = yield from now()
        if clock.monotonic >= deadline:
            raise _timeout(ticket, watching.timeout, seen) from _failure(looked)
        delay = policy.next_poll(backend.provider.cadence, polls, clock.monotonic - born, seen, rng)
        delay = max(delay, _patience(looked))


def ending(ticket: Ticket, snapshot: Snapshot) -> JobError:
    """The error that tells of a job's bad end."""
    reason = snapshot.error.message if snapshot.error else "the vendor gives no reason"
    refund = f" ({snapshot.error.refund})" if snapshot.error and snapshot.error.refund else ""
    kind = _ENDINGS[snapshot.status]
    return kind(
        f"job {ticket} {snapshot.status.value}: {reason}{refund}", ticket=ticket, snapshot=snapshot
    )


def _age(ticket: Ticket, clock: Now) -> float:
    if ticket.submitted_at is None:
        return 0.0
    return max((clock.utc - ticket.submitted_at).total_seconds(), 0.0)


def _look(backend: Backend, ticket: Ticket) -> Flow[Snapshot | RequestError]:
    """A snapshot, or the passing reason why there is none this time."""
    try:
        return (yield from poll(backend, ticket))
    except _PASSING as error:
        if isinstance(error, NotSent) and not error.passing:
            raise
        logger.info("%s: this look failed, the job goes on: %s", ticket, error)
        return error


def _word(snapshot: Snapshot | None) -> str:
    return snapshot.word if snapshot else ""


def _tell(
    backend: Backend, ticket: Ticket, snapshot: Snapshot, watching: Watching, *, new_word: bool
) -> None:
    if snapshot.status is Status.UNKNOWN and new_word:
        logger.warning("%s: unknown status %r; waiting on", ticket, snapshot.word)
    backend.hooks.updated(ticket, snapshot)
    watching.on_update(snapshot)


def _ended(ticket: Ticket, snapshot: Snapshot) -> Flow[Snapshot]:
    clock = yield from now()
    yield from record(event(ticket.job, "terminal", clock, snapshot=snapshot))
    if snapshot.status is Status.SUCCEEDED:
        return snapshot
    raise ending(ticket, snapshot)


def _timeout(ticket: Ticket, seconds: float, seen: Snapshot | None) -> WaitTimeout:
    stands = f"it was {seen.status.value} when last seen" if seen else "no look at it succeeded"
    return WaitTimeout(
        f"job {ticket} was not done after {seconds:g} s; {stands}",
        ticket=ticket,
        snapshot=seen,
        advice=f"it goes on and stays billed: resume it with `segue jobs resume {ticket.job}`,"
        " or client.resume(error.ticket)",
    )


def _failure(looked: Snapshot | RequestError) -> RequestError | None:
    return looked if isinstance(looked, RequestError) else None


def _patience(looked: Snapshot | RequestError) -> float:
    if isinstance(looked, RateLimited | Unavailable):
        return looked.retry_after or 0.0
    return 0.0
