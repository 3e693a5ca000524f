"""Waiting for a job: look, tell, and look again, until it has ended or the time is up. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from segue import policy
from segue.backend import Backend
from segue.carrying import Purpose, begun, carried
from segue.deals import Deal
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
from segue.events import Terminal
from segue.fence import Fence
from segue.flow import Flow, Now, now, record, sleep
from segue.handover import Handover
from segue.job import Snapshot, Status, Ticket

logger = logging.getLogger("segue")

_LAST_LOOK = 2.0
"""Seconds that a look may take when the time is up."""

_PASSING = (RateLimited, Unavailable, ProtocolError, ConnectionLost, NotSent)
_ENDINGS: dict[Status, type[JobError]] = {
    Status.FAILED: JobFailed,
    Status.CANCELLED: JobCancelled,
    Status.EXPIRED: JobExpired,
}


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, and whom to tell.

    `timeout` is in seconds. `on_update` is called with every new snapshot, `on_progress` with
    a file's path and the fraction of it that is written. `handover` keeps a track that a poll
    meets, for who saves it right after the wait. `deal` is what the delivery says of the price.
    `fence` is the job's lease: once it is lost, nothing more is requested or written down.
    """

    timeout: float
    on_update: Callable[[Snapshot], object] = lambda _snapshot: None
    on_progress: Callable[[Path, float], object] = lambda _path, _fraction: None
    handover: Handover | None = None
    deal: Deal | None = None
    fence: Fence | None = None


def poll(backend: Backend, ticket: Ticket, purpose: Purpose | None = None) -> Flow[Snapshot]:
    """Look at the job once; that it has ended is written down."""
    flow = begun(Snapshot, backend.provider.poll, ticket)
    snapshot = yield from carried(backend, flow, ticket=ticket, purpose=purpose)
    clock = yield from now()
    backend.gate.answered("poll", ticket.job, clock.monotonic)
    backend.hooks.updated(ticket, snapshot)
    if snapshot.status.terminal:
        backend.gate.leave(ticket.job)
        yield from _written_down(ticket, snapshot, clock, purpose.fence if purpose else None)
    return snapshot


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
    finally:
        backend.gate.leave(ticket.job)


def _watched(backend: Backend, ticket: Ticket, watching: Watching) -> Flow[Snapshot]:
    clock = yield from now()
    watch = _Watch(backend, ticket, watching, clock)
    while True:
        clock = yield from watch.turn(clock)
        left = max(watch.deadline - clock.monotonic, _LAST_LOOK)
        looked = yield from _look(backend, ticket, left, watching)
        watch.looked(looked, clock)
        if isinstance(looked, Snapshot) and looked.status.terminal:
            return _good(ticket, looked)
        clock = yield from now()
        backend.gate.answered("poll", ticket.job, clock.monotonic)
        if clock.monotonic >= watch.deadline:
            raise watch.timeout()


class _Watch:
    """The state of one wait: what was last seen, and when to look again."""

    def __init__(self, backend: Backend, ticket: Ticket, watching: Watching, clock: Now) -> None:
        self.looks = 0
        self.deadline = clock.monotonic + watching.timeout
        self._backend = backend
        self._ticket = ticket
        self._watching = watching
        self._born = clock.monotonic - _age(ticket, clock)
        self._rng = Random(ticket.job or ticket.id)
        self._seen: Snapshot | None = None
        self._failure: RequestError | None = None
        self._due = self._first_due(clock.monotonic)

    def turn(self, clock: Now) -> Flow[Now]:
        """Sleep until this job's turn to be looked at has come; it comes once more when the
        time is up. Raises `WaitTimeout` when it does not come in time."""
        if self.looks:
            self._due = self._next_due(clock.monotonic)
        due = min(self._due, self.deadline)
        gate = self._backend.gate
        while (wait := gate.turn("poll", self._ticket.job, due, clock.monotonic)) > 0:
            left = self.deadline - clock.monotonic
            if left <= 0:
                raise self.timeout()
            clock = yield from sleep(min(wait, left))
        return clock

    def looked(self, looked: Snapshot | RequestError, clock: Now) -> None:
        """Remember a look, and tell of it if it is news."""
        self.looks += 1
        if isinstance(looked, RequestError):
            self._failure = looked
            return
        if looked != self._seen:
            new_word = _word(self._seen) != looked.word
            if looked.status is Status.UNKNOWN and new_word:
                logger.warning("%s: unknown status %r; waiting on", self._ticket, looked.word)
            self._watching.on_update(looked)
        self._seen, self._failure = looked, None
        self._backend.typical.tell(looked.expected)
        if looked.status is Status.SUCCEEDED and self.looks > 1:  # it was seen to be running
            self._backend.typical.took(clock.monotonic - self._born)

    def timeout(self) -> WaitTimeout:
        """The error for a wait whose time is up."""
        error = _timeout(self._ticket, self._watching.timeout, self._seen)
        error.__cause__ = self._failure
        return error

    def _first_due(self, now_: float) -> float:
        """When to look for the first time: where other jobs tell how long it takes, then."""
        if self._backend.typical.p80 is None:
            return self._born + self._backend.provider.cadence.first
        return self._born + self._delay(0.0, now_)

    def _next_due(self, now_: float) -> float:
        return now_ + max(self._delay(now_ - self._born, now_), _patience(self._failure))

    def _delay(self, age: float, now_: float) -> float:
        return policy.next_poll(
            self._backend.provider.cadence,
            self._rng,
            polls=self.looks,
            age=age,
            eta=self._seen.eta if self._seen else None,
            p80=self._backend.typical.p80,
            share=self._backend.gate.share(now_),
        )


def cancelled(backend: Backend, ticket: Ticket) -> Flow[Snapshot]:
    """Stop the job with the vendor, and write down how it ended, if it did."""
    snapshot = yield from carried(
        backend, begun(Snapshot, backend.provider.cancel, ticket), ticket=ticket
    )
    if snapshot.status.terminal:
        yield from _written_down(ticket, snapshot, (yield from now()))
    return snapshot


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


def _look(
    backend: Backend, ticket: Ticket, left: float, watching: Watching
) -> Flow[Snapshot | RequestError]:
    """A snapshot, or the passing reason why there is none this time."""
    try:
        purpose = Purpose(patience=left, handover=watching.handover, fence=watching.fence)
        return (yield from poll(backend, ticket, purpose))
    except _PASSING as error:
        if isinstance(error, NotSent) and not error.passing:
            raise
        logger.info("%s: this look failed, the job goes on: %s", ticket, error)
        return error


def _word(snapshot: Snapshot | None) -> str:
    return snapshot.word if snapshot else ""


def _good(ticket: Ticket, snapshot: Snapshot) -> Snapshot:
    if snapshot.status is Status.SUCCEEDED:
        return snapshot
    raise ending(ticket, snapshot)


def _written_down(
    ticket: Ticket, snapshot: Snapshot, clock: Now, fence: Fence | None = None
) -> Flow[None]:
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


def _timeout(ticket: Ticket, seconds: float, seen: Snapshot | None) -> WaitTimeout:
    stands = f"it was {seen.status.value} when last seen" if seen else "no look at it succeeded"
    return WaitTimeout(
        f"job {ticket} was not done after {seconds:g} s; {stands}",
        ticket=ticket,
        snapshot=seen,
        advice=f"it goes on and stays billed: resume it with `segue jobs resume {ticket.job}`,"
        " or client.resume(error.ticket)",
    )


def _patience(looked: RequestError | None) -> float:
    if isinstance(looked, RateLimited | Unavailable):
        return looked.retry_after or 0.0
    return 0.0
