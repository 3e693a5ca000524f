"""The state of one wait: the last snapshot, its callbacks, and the time of the next poll. Pure."""

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
"""Polls in a row of a job that is reported as done without a file, after which the wait ends."""

SURE = 10
"""Polls in a row of a new job that its vendor does not know, of which the last one counts."""

_LONGEST = 86400.0
"""Seconds above which a vendor's statement of a duration is ignored."""


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a wait.

    `timeout` is in seconds, and so is `patience`: how long polls may fail in a row until the wait
    ends. `on_update` is called with every new snapshot, and after every failed poll
    (`Snapshot.trouble`); `on_progress` with a file's path and the fraction of it that is written.
    `handover` holds a response with the track for a save right after the wait. `deal` has the price
    for the delivery. `fence` is the job's lease: once it is lost, nothing more is requested or
    recorded.
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
        self.polls = 0
        self._end = clock.monotonic + watching.timeout
        self._since = math.inf  # when polls began to fail
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
        """When the job was submitted, by the monotonic clock; minus infinity once its vendor
        certainly does not know it."""
        return -math.inf if self._unknown >= SURE - 1 else self._born

    @property
    def deadline(self) -> float:
        """When the wait ends, by `timeout` or by `patience`."""
        return min(self._end, self._since + self._watching.patience)

    def turn(self) -> Flow[Now]:
        """Wait for the permit of the next poll; there is a last one at the timeout. Raises
        `WaitTimeout` when it does not come in time."""
        due = min(self._due, self.deadline)
        job = self._ticket.job
        gate, until = self._backend.gate, self.deadline
        effect = Permit(turns=gate, kind="poll", job=job, due=due, until=until)
        if (clock := (yield from permit(effect))) is None:
            raise self.timeout()
        return clock

    def polled(self, polled: Snapshot | RequestError, clock: Now) -> Snapshot | None:
        """Record a poll, and report a change. Returns the snapshot that ends the wait, if it does.
        Raises `ResultMissing` when the job is reported as done once too often, without anything to
        download."""
        self.polls += 1
        self._unknown = self._unknown + 1 if isinstance(polled, NotYet) else 0
        if isinstance(polled, RequestError):
            times = self.trouble.times + 1 if self.trouble else 1
            self.trouble = trouble_of(polled, self._backend.name, times=times)
            self._failure, self._since = polled, min(self._since, clock.monotonic)
            return None
        polled = self._settled(polled)
        if polled != self._seen or self.trouble:
            new_word = self._seen is None or self._seen.word != polled.word
            if polled.status is Status.UNKNOWN and new_word and not polled.missing:
                logger.warning("%s: unknown status %r; still waiting", self._ticket, polled.word)
            self._watching.on_update(polled)
        self._seen, self._failure, self.trouble = polled, None, None
        self._since = math.inf
        self._backend.typical.stated(_believed(polled.expected))
        if polled.status is Status.SUCCEEDED and self.polls > 1:  # it was observed running
            self._backend.typical.took(clock.monotonic - self._born)
        if self._missing >= FEW:
            raise _result_missing(self._ticket, polled)
        return polled if polled.status.terminal else None

    def _settled(self, polled: Snapshot) -> Snapshot:
        """A job reported as done once too often, although a file is missing, gets the available
        tracks, if any."""
        self._missing = self._missing + 1 if polled.missing else 0
        if self._missing < FEW or all(not _is_available(track) for track in polled.tracks):
            return polled
        self._missing = 0
        return msgspec.structs.replace(
            polled,
            status=Status.SUCCEEDED,
            tracks=tuple(_without_file(track, polled.missing) for track in polled.tracks),
            notes=(*polled.notes, polled.missing),
            missing="",
        )

    def plan(self, clock: Now) -> None:
        """Choose the time of the next poll, and report a failed one."""
        delay = self._delay(clock.monotonic - self._born, clock.monotonic)
        self._due = clock.monotonic + max(delay, _patience(self._failure))
        if self.trouble is None:
            return
        if (left := self.deadline - clock.monotonic) > 0:
            paused = self._backend.gate.paused(clock.monotonic)
            again = min(max(self._due - clock.monotonic, paused), left)
            self.trouble = msgspec.structs.replace(self.trouble, again=again)
        seen = self._seen or Snapshot(status=Status.UNKNOWN)
        self._watching.on_update(msgspec.structs.replace(seen, trouble=self.trouble))

    def timeout(self) -> WaitTimeout:
        """The error for a wait that timed out."""
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
        """The time of the first poll: by the durations of other jobs, if known."""
        if self._backend.typical.p80 is None:
            return self._born + self._backend.provider.cadence.first
        return self._born + self._delay(0.0, now_)

    def _delay(self, age_: float, now_: float) -> float:
        return policy.next_poll(
            self._backend.provider.cadence,
            self._rng,
            polls=self.polls,
            age=age_,
            eta=_believed(self._seen.eta) if self._seen else None,
            p80=self._backend.typical.p80,
            share=self._backend.gate.share(now_),
        )


def _is_available(track: Track) -> bool:
    return track.status is Status.SUCCEEDED


def _without_file(track: Track, why: str) -> Track:
    if track.status.terminal:
        return track
    return msgspec.structs.replace(track, status=Status.FAILED, error=Failure(message=why))


def _believed(seconds: float | None) -> float | None:
    """A vendor's duration, if it is plausible."""
    plausible = seconds is not None and math.isfinite(seconds) and 0 <= seconds <= _LONGEST
    return seconds if plausible else None


def _patience(polled: RequestError | None) -> float:
    if isinstance(polled, RateLimited | Unavailable):
        return polled.retry_after or 0.0
    return 0.0


def _result_missing(ticket: Ticket, seen: Snapshot) -> ResultMissing:
    return ResultMissing(
        f"job {ticket}: {seen.missing}, {FEW} polls in a row",
        ticket=ticket,
        snapshot=seen,
        advice=f"its file may come late: poll again with {resuming(ticket)}; if it stays so,"
        f" ask the vendor about its job {ticket.id}",
    )
