"""One wait for one job: what was last seen, whom to tell, and when to look again. Pure."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from segue._effects.held_response import Handover
from segue._engine.agreement import Deal
from segue._engine.backend import Backend
from segue._engine.lease import Fence
from segue._engine.poll import age
from segue._engine.poll_failures import NotYet, resuming, timed_out, trouble_of
from segue._pace import retry_policy as policy
from segue.errors import RateLimited, RequestError, ResultMissing, Unavailable, WaitTimeout
from segue.flow import Flow, Now, Permit, permit
from segue.job import Failure, Snapshot, Status, Ticket, Track, Trouble

logger = logging.getLogger("segue")

FEW = 4
"""Looks in a row at a job that is said to be done, and names nothing to download: enough."""

SURE = 10
"""Looks in a row at a new job that its vendor does not know: the last of them is believed."""

_LONGEST = 86400.0
"""Seconds beyond which what a vendor says of a job's time is not believed."""


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, and whom to tell.

    `timeout` is in seconds, and so is `patience`: how long looks may fail, one after the other,
    until the wait ends. `on_update` is called with every new snapshot, and with every look
    that failed (`Snapshot.trouble`); `on_progress` with a file's path and the fraction of it that
    is written. `handover` keeps a track that a poll meets, for who saves it right after the wait.
    `deal` is what the delivery says of the price. `fence` is the job's lease: once it is lost,
    nothing more is requested or written down.
    """

    timeout: float
    patience: float = math.inf
    on_update: Callable[[Snapshot], object] = lambda _snapshot: None
    on_progress: Callable[[Path, float], object] = lambda _path, _fraction: None
    handover: Handover | None = None
    deal: Deal | None = None
    fence: Fence | None = None


class Watch:
    """The state of one wait."""

    def __init__(self, backend: Backend, ticket: Ticket, watching: Watching, clock: Now) -> None:
        self.began = clock
        self.looks = 0
        self._end = clock.monotonic + watching.timeout
        self._since = math.inf  # when the looks began to fail
        self._born = clock.monotonic - age(ticket, clock)
        self.trouble: Trouble | None = None
        self._backend = backend
        self._ticket = ticket
        self._watching = watching
        self._rng = Random(ticket.job or ticket.id)
        self._seen: Snapshot | None = None
        self._failure: RequestError | None = None
        self._missing = 0
        self._unknown = 0
        self._due = self._first_due(clock.monotonic)

    @property
    def born(self) -> float:
        """When the job was submitted, by the monotonic clock: long ago, once it is sure that its
        vendor does not know it."""
        return -math.inf if self._unknown >= SURE - 1 else self._born

    @property
    def deadline(self) -> float:
        """When the wait ends: when its time is up, or the patience with looks that fail."""
        return min(self._end, self._since + self._watching.patience)

    def turn(self) -> Flow[Now]:
        """Sleep until this job's turn to be looked at has come; it comes once more when the
        time is up. Raises `WaitTimeout` when it does not come in time."""
        due = min(self._due, self.deadline)
        job = self._ticket.job
        gate, until = self._backend.gate, self.deadline
        wanted = Permit(turns=gate, kind="poll", job=job, due=due, until=until)
        if (clock := (yield from permit(wanted))) is None:
            raise self.timeout()
        return clock

    def looked(self, looked: Snapshot | RequestError, clock: Now) -> Snapshot | None:
        """Remember a look, and tell of it if it is news. The snapshot with which the wait ends,
        if it does. Raises `ResultMissing` when the job is said to be done once too often, without
        anything to download."""
        self.looks += 1
        self._unknown = self._unknown + 1 if isinstance(looked, NotYet) else 0
        if isinstance(looked, RequestError):
            times = self.trouble.times + 1 if self.trouble else 1
            self.trouble = trouble_of(looked, self._backend.name, times=times)
            self._failure, self._since = looked, min(self._since, clock.monotonic)
            return None
        looked = self._settled(looked)
        if looked != self._seen or self.trouble:
            new_word = self._seen is None or self._seen.word != looked.word
            if looked.status is Status.UNKNOWN and new_word and not looked.missing:
                logger.warning("%s: unknown status %r; waiting on", self._ticket, looked.word)
            self._watching.on_update(looked)
        self._seen, self._failure, self.trouble = looked, None, None
        self._since = math.inf
        self._backend.typical.stated(_believed(looked.expected))
        if looked.status is Status.SUCCEEDED and self.looks > 1:  # it was seen to be running
            self._backend.typical.took(clock.monotonic - self._born)
        if self._missing >= FEW:
            raise _result_missing(self._ticket, looked)
        return looked if looked.status.terminal else None

    def _settled(self, looked: Snapshot) -> Snapshot:
        """What is said to be done once too often, although a file is missing, has as its tracks
        those that can be had, if there are any."""
        self._missing = self._missing + 1 if looked.missing else 0
        if self._missing < FEW or all(not _to_be_had(track) for track in looked.tracks):
            return looked
        self._missing = 0
        return msgspec.structs.replace(
            looked,
            status=Status.SUCCEEDED,
            tracks=tuple(_without_file(track, looked.missing) for track in looked.tracks),
            notes=(*looked.notes, looked.missing),
            missing="",
        )

    def plan(self, clock: Now) -> None:
        """Choose when to look next, and tell of a look that failed."""
        wanted = self._delay(clock.monotonic - self._born, clock.monotonic)
        self._due = clock.monotonic + max(wanted, _patience(self._failure))
        if self.trouble is None:
            return
        if (left := self.deadline - clock.monotonic) > 0:
            paused = self._backend.gate.paused(clock.monotonic)
            again = min(max(self._due - clock.monotonic, paused), left)
            self.trouble = msgspec.structs.replace(self.trouble, again=again)
        seen = self._seen or Snapshot(status=Status.UNKNOWN)
        self._watching.on_update(msgspec.structs.replace(seen, trouble=self.trouble))

    def timeout(self) -> WaitTimeout:
        """The error for a wait whose time is up."""
        ran_out = self.deadline < self._end
        error = timed_out(
            self._ticket,
            self._watching.patience if ran_out else self._watching.timeout,
            self._seen,
            self.trouble,
            ran_out=ran_out,
        )
        error.__cause__ = self._failure
        return error

    def _first_due(self, now_: float) -> float:
        """When to look for the first time: where other jobs tell how long it takes, then."""
        if self._backend.typical.p80 is None:
            return self._born + self._backend.provider.cadence.first
        return self._born + self._delay(0.0, now_)

    def _delay(self, age_: float, now_: float) -> float:
        return policy.next_poll(
            self._backend.provider.cadence,
            self._rng,
            polls=self.looks,
            age=age_,
            eta=_believed(self._seen.eta) if self._seen else None,
            p80=self._backend.typical.p80,
            share=self._backend.gate.share(now_),
        )


def _to_be_had(track: Track) -> bool:
    return track.status is Status.SUCCEEDED


def _without_file(track: Track, why: str) -> Track:
    if track.status.terminal:
        return track
    return msgspec.structs.replace(track, status=Status.FAILED, error=Failure(message=why))


def _believed(seconds: float | None) -> float | None:
    """A time that a vendor tells, if a job can take so long."""
    sound = seconds is not None and math.isfinite(seconds) and 0 <= seconds <= _LONGEST
    return seconds if sound else None


def _patience(looked: RequestError | None) -> float:
    if isinstance(looked, RateLimited | Unavailable):
        return looked.retry_after or 0.0
    return 0.0


def _result_missing(ticket: Ticket, seen: Snapshot) -> ResultMissing:
    return ResultMissing(
        f"job {ticket}: {seen.missing}, {FEW} looks in a row",
        ticket=ticket,
        snapshot=seen,
        advice=f"its file may come late: look again with {resuming(ticket)}; if it stays so,"
        f" ask the vendor about its job {ticket.id}",
    )
