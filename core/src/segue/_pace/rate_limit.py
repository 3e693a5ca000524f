"""The rate limiter of an account, shared by all jobs of a client. Pure: callers pass the time.

`Gate.turn` returns the seconds to wait for a permit, or 0 when it is acquired. A waiter sleeps
until then, or is woken earlier. Three rules hold for every account:

- at most so many submissions, and so many polls, in any minute (`Limits`), with a second's margin
for latency;
- a 429 or a Retry-After pauses the whole account, not one job;
- failures stay below the number at which the vendor blocks an account: `Limits.failures`.

When polls are scarce they go to the job whose turn was due first. A job's turn is due when it is
likely to be done (`policy.next_poll`), so polls go where a finished job is most likely; a waiter
becomes the most overdue in time, so none starves.

Only the first in a queue acquires a permit. It sleeps until one may be free and is woken when that
changes; leaving the queue wakes the next one. So a permit costs O(log n), and no time while none is
free.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from threading import RLock

from segue._pace.line import Line
from segue._pace.queue import Queue, Waiter
from segue._pace.retry_policy import PATIENCE
from segue._pace.store import Kind, Part, What
from segue._pace.windows import (
    FORGOTTEN,
    MARGIN,
    Recently,
    Window,
    shared_by,
    shut_out,
    window_of,
)
from segue._process.forks import renewed_in_child
from segue.provider import Limits

__all__ = ["MARGIN", "Gate", "Kind", "Queue", "Window"]

LAVISH, _THRIFTY = 0.15, 0.6
_CAREFUL = 0.9
_NAP = 0.02
"""The shortest sleep of a flow that cannot be woken, in seconds."""
_LONGEST_NAP = 15.0
"""The longest sleep of a flow that cannot be woken and waits for a job in flight to end."""

_KINDS: tuple[Kind, ...] = ("submit", "poll")


class Gate:
    """The rate limiter of one account. It never sleeps, and reads no clock; it is thread-safe.

    `store` is the account's part in a store of permits that other processes share: it is notified
    of what they have to know, and grants each permit, too.
    """

    def __init__(self, limits: Limits, store: Part | None = None) -> None:
        self.store = store
        self._lines = {kind: Line(window_of(limits, kind)) for kind in _KINDS}
        self._most_in_flight = limits.in_flight
        self._in_flight: OrderedDict[str, float] = (
            OrderedDict()
        )  # in the order of their last sighting
        self._failures = limits.failures
        self._failed: deque[float] = deque(maxlen=limits.failures)
        self._ended, self._fetched = Recently(), Recently()
        self._last = 0.0
        self._paused_until = 0.0
        self._lock = RLock()  # the garbage collector may close a flow, anywhere
        renewed_in_child(self)

    def forked(self) -> None:
        """Drop the parent's waiters and requests; what the vendor has counted still counts."""
        self._lock = RLock()
        self._in_flight.clear()
        for line in self._lines.values():
            line.forked()

    def turn(
        self, kind: Kind, job: str, due: float, now: float, waiter: Waiter | None = None
    ) -> float:
        """Acquire a permit and return 0, or return the seconds after which to call again. `due` is
        the earliest time to send; a `waiter` is woken when its permit may be free."""
        self._last = now
        line = self._lines[shared_by(kind)]
        wait = max(due - now, self.paused(now))
        with self._lock:
            if wait <= 0:
                wait = self._queued(kind, job, due, now, waiter)
            if wait > 0:
                line.queue.sleeps(job, waiter, now + wait)
            else:
                self._take(line, kind, job, now)
                if line.queue.leave(job, waiter):
                    self._call_first(line, now)
        return max(wait, 0.0)

    def answered(self, kind: Kind, job: str, now: float) -> None:
        """The request of `job`'s permit has its response."""
        with self._lock:
            if self._lines[shared_by(kind)].answered(kind, job, now):
                self._report("answered", job, kind, 0.0)

    def not_yet(
        self,
        kind: Kind,
        job: str,
        due: float,
        wait: float,
        now: float,
        *,
        waiter: Waiter | None = None,
    ) -> None:
        """Other processes hold all permits of the account: take back the one that `job` acquired
        here, and grant none for `wait` seconds."""
        line = self._lines[shared_by(kind)]
        with self._lock:
            self._returned(line, kind, job)
            line.closed_until = now + wait
            line.queue.join(job, due, waiter).at = now + wait

    def unused(self, kind: Kind, job: str) -> None:
        """Release the permit of `job`, whose request was not sent."""
        line = self._lines[shared_by(kind)]
        with self._lock:
            if self._returned(line, kind, job):
                self._report("unused", job, kind, 0.0)
                self._reopen(line)

    def withdraw(self, kind: Kind, job: str, waiter: Waiter | None = None) -> None:
        """Remove a waiter from the queue."""
        line = self._lines[shared_by(kind)]
        with self._lock:
            if line.queue.leave(job, waiter):
                self._call_first(line, self._last)

    def broken_off(self, kind: Kind, job: str) -> None:
        """The request of `job`'s permit was abandoned without a response: the permit counts from
        when it was last known to be in flight."""
        with self._lock:
            if self._lines[shared_by(kind)].broken_off(kind, job):
                self._report("broken off", job, kind, 0.0)

    def leave(self, job: str) -> None:
        """The job has ended, or is no longer waited for."""
        with self._lock:
            for line in self._lines.values():
                line.queue.leave(job)
            under_way = [self._lines[kind].broken_off(kind, job) for kind in _KINDS]
            running = self._in_flight.pop(job, None) is not None
            if running:
                self._ended.add(self._last)
            if running or any(under_way):
                self._report("left", job, "submit", 0.0)
            if running and self._most_in_flight is not None:
                self._reopen(self._lines["submit"])

    def share(self, now: float) -> float:
        """The probability of being done that a job should have when it is polled.

        Low with plenty of polls; when they are scarce, so high that the account's polls are enough
        for all jobs: a job takes 1 / share polls.
        """
        allowed = self._lines["poll"].window.per_minute
        if allowed is None:
            return LAVISH
        with self._lock:
            submitted = self._lines["submit"].window.used(now)
            ended, fetched = self._ended.count(now), self._fetched.count(now)
        looks = max(allowed * _CAREFUL - fetched, 1.0)
        return min(max(max(submitted, ended) / looks, LAVISH), _THRIFTY)

    def paused(self, now: float) -> float:
        """Seconds until the account may be used again, for any request."""
        return max(self._paused_until - now, self._shut_out(now), 0.0)

    def pause(self, seconds: float, now: float) -> None:
        """Pause the account, as the vendor requested."""
        if now + seconds > self._paused_until:
            self._report("paused", "", "submit", seconds)
        self.paused_by_others(seconds, now)

    def paused_by_others(self, seconds: float, now: float) -> None:
        """Pause the account, as the vendor requested of another process. All waiters are woken for
        a pause that may exceed their patience."""
        if now + seconds <= self._paused_until:
            return
        self._paused_until = now + seconds
        if seconds > PATIENCE:
            with self._lock:
                for line in self._lines.values():
                    line.queue.wake_all()

    def failed(self, now: float) -> None:
        """Record a refused request, which the vendor may count."""
        if self._failures is not None:
            self._failed.append(now)
            self._report("failed", "", "submit", 0.0)

    def _report(self, what: What, job: str, kind: Kind, seconds: float) -> None:
        if self.store is not None:
            self.store.heard(what, job, kind, seconds)

    def _take(self, line: Line, kind: Kind, job: str, now: float) -> None:
        line.take(kind, job, now)
        if kind == "fetch":
            self._fetched.add(now)
        else:
            self._in_flight[job] = now
            self._in_flight.move_to_end(job)
            self._forget(now)

    def _returned(self, line: Line, kind: Kind, job: str) -> bool:
        """Take back the permit of `job`; returns whether there was one."""
        running = kind == "submit" and self._in_flight.pop(job, None) is not None
        returned = line.returned(kind, job)
        if returned and kind == "fetch":
            self._fetched.take_back()
        return returned or running

    def _reopen(self, line: Line) -> None:
        """A permit or a place is free again: wake the first in the queue. Where other processes
        hold all permits, the store is notified of this one before it is called."""
        line.closed_until = 0.0
        self._call_first(line, self._last)

    def _call_first(self, line: Line, now: float) -> None:
        """Wake the first in the queue if its permit is free before it would call."""
        while (first := line.queue.first()) is not None and first.waiter is not None:
            if first.woken or max(self._free_at(line, now), now) >= first.at:
                return
            if first.waiter.wake():
                first.woken = True
                return
            line.queue.drop(first)

    def _queued(self, kind: Kind, job: str, due: float, now: float, waiter: Waiter | None) -> float:
        """Seconds to wait for a permit; 0 for the first in the queue when one is free."""
        line = self._lines[shared_by(kind)]
        queue = line.queue
        if line.window.unlimited and not (kind == "submit" and self._most_in_flight is not None):
            return line.closed_until - now
        place = queue.join(job, due, waiter)
        place.at, place.woken = now, False
        queue.drop_late(waiter, now)
        wait = self._free_at(line, now, job) - now
        first = queue.first() is place
        if not first:
            self._call_first(line, now)
        if waiter is not None:
            return wait if first else queue.watch()
        if kind == "submit" and self._full(job, now):
            return MARGIN if first else _LONGEST_NAP
        return wait if first else max(wait, _NAP)

    def _free_at(self, line: Line, now: float, job: str = "") -> float:
        """The time at which the first in the queue may get its permit, as far as known."""
        free_at = max(line.free_at(now), now + self.paused(now))
        if line is self._lines["submit"] and self._full(job, now):
            return max(free_at, next(iter(self._in_flight.values())) + FORGOTTEN)
        return free_at

    def _full(self, job: str, now: float) -> bool:
        """Whether the maximum of other jobs is in flight. One that is not polled counts for a
        while."""
        if self._most_in_flight is None:
            return False
        self._forget(now)
        return len(self._in_flight) - (job in self._in_flight) >= self._most_in_flight

    def _forget(self, now: float) -> None:
        while self._in_flight and next(iter(self._in_flight.values())) <= now - FORGOTTEN:
            self._in_flight.popitem(last=False)

    def _shut_out(self, now: float) -> float:
        """Seconds until another failure stays below the limit."""
        return 0.0 if self._failures is None else shut_out(self._failed, self._failures, now)
