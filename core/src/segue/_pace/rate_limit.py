"""The pace that an account allows, shared by all jobs of a client. Pure: it is told the time.

A flow asks for its turn and is told how long to sleep before it asks again; 0 means "go", and
the permit is then taken. Three rules hold for every account:

- at most so many submissions, and so many polls, in any minute (`Limits`), with a second's
  margin, because requests do not all travel equally fast;
- a 429 or a Retry-After pauses the whole account, not one job;
- a vendor that shuts out whoever fails too often is not provoked: `Limits.failures`.

When polls are scarce they go to the job whose turn was due first. A job's turn is due when it
is likely to be done (`policy.next_poll`), so the polls are spent where a finished job is most
likely; and whoever waits becomes the most overdue in time, so nobody starves.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from threading import Lock

from segue._pace.store import Kind, Part, What
from segue._pace.windows import (
    FORGOTTEN,
    LONGEST,
    MARGIN,
    MINUTE,
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
"""The shortest sleep between two questions, in seconds."""
_LONGEST_NAP = 15.0
"""The longest sleep, in seconds, of who waits for a place among the jobs that run."""
_NEIGHBOURS = 8

_KINDS: tuple[Kind, ...] = ("submit", "poll")


class Queue:
    """Who waits for a permit, the most overdue first.

    A waiter only counts while it may still come back: when it said that it would ask again and
    did not, its flow is gone.
    """

    def __init__(self) -> None:
        self._order: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}
        self._asks_at: dict[str, float] = {}

    def stand(self, job: str, due: float, now: float) -> int:
        """Join, or keep one's place; how many are before."""
        if self._due.get(job) != due:
            self.leave(job)
            self._due[job] = due
            insort(self._order, (due, job))
        self._asks_at[job] = now
        while self._asks_at[gone := self._order[0][1]] < now - MARGIN:
            self.leave(gone)
        return bisect_left(self._order, (due, job))

    def leave(self, job: str) -> None:
        """Stand in the queue no more."""
        if (due := self._due.pop(job, None)) is not None:
            del self._order[bisect_left(self._order, (due, job))]
            del self._asks_at[job]

    def sleeps(self, job: str, until: float) -> None:
        """The waiter will ask again then."""
        self._asks_at[job] = until

    def another_first(self, rank: int, now: float) -> bool:
        """Whether one of the next before `rank` is about to ask."""
        before = self._order[max(rank - _NEIGHBOURS, 0) : rank]
        return any(self._asks_at[job] <= now + _NAP for _due, job in before)


class Gate:
    """One account's gate. It never sleeps, and reads no clock; several threads may ask.

    `store` is the account's part in a store of permits: it hears what others who use the account
    have to know, and whoever runs a flow takes its permits there, too.
    """

    def __init__(self, limits: Limits, store: Part | None = None) -> None:
        self.store = store
        self._windows = {kind: window_of(limits, kind) for kind in _KINDS}
        self._closed = dict.fromkeys(_KINDS, 0.0)  # until when others have all permits
        self._queues = {kind: Queue() for kind in _KINDS}
        self._most_in_flight = limits.in_flight
        self._in_flight: dict[str, float] = {}  # since when
        self._failures = limits.failures
        self._failed: deque[float] = deque(maxlen=limits.failures)
        self._ended: deque[float] = deque(maxlen=1000)
        self._fetched: deque[float] = deque(maxlen=1000)
        self._granted: dict[tuple[Kind, str], tuple[float, float]] = {}  # since when; counted when
        self._last = 0.0
        self._paused_until = 0.0
        self._lock = Lock()
        renewed_in_child(self)

    def forked(self) -> None:
        """What the vendor has counted still counts; nobody of the parent's waits or works here."""
        self._lock = Lock()
        self._queues = {kind: Queue() for kind in _KINDS}
        self._in_flight, self._granted = {}, {}

    def turn(self, kind: Kind, job: str, due: float, now: float) -> float:
        """0 when `job` may go now, and the permit is taken; else the seconds after which to ask
        again. `due` is when it would like to go."""
        self._last = now
        wait = max(due - now, self.paused(now))
        if wait > 0:
            return wait
        with self._lock:
            wait = self._queued(kind, job, due, now)
            if wait <= 0:
                self._windows[shared_by(kind)].take(now)
                self._queues[shared_by(kind)].leave(job)
                if not self._windows[shared_by(kind)].unlimited:
                    self._granted[kind, job] = (now, now)
                if kind == "fetch":
                    self._fetched.append(now)
                else:
                    self._in_flight.setdefault(job, now)
        return wait

    def answered(self, kind: Kind, job: str, now: float) -> None:
        """The request that `job` had its turn for is answered."""
        with self._lock:
            if (granted := self._granted.pop((kind, job), None)) is not None:
                self._windows[shared_by(kind)].answered(granted[1], now)
                self._report("answered", job, kind, 0.0)

    def not_yet(self, kind: Kind, job: str, due: float, wait: float, now: float) -> None:
        """Others who use the account have all permits: the turn that `job` was given here is none,
        and nobody asks before `wait` seconds have passed."""
        with self._lock:
            self._returned(kind, job)
            self._closed[shared_by(kind)] = now + wait
            queue = self._queues[shared_by(kind)]
            queue.stand(job, due, now)
            queue.sleeps(job, now + wait)

    def unused(self, kind: Kind, job: str) -> None:
        """Nothing was sent in the turn that `job` had, or waits for: both are free again."""
        with self._lock:
            self._queues[shared_by(kind)].leave(job)
            returned = self._returned(kind, job)
        if returned:
            self._report("unused", job, kind, 0.0)

    def broken_off(self, kind: Kind, job: str) -> None:
        """The request that `job` had its turn for brought no answer, and is not waited for any
        more: its permit counts from when it was last seen under way."""
        with self._lock:
            if self._granted.pop((kind, job), None) is not None:
                self._report("broken off", job, kind, 0.0)

    def leave(self, job: str) -> None:
        """The job has ended, or nobody waits for it any more."""
        with self._lock:
            for queue in self._queues.values():
                queue.leave(job)
            under_way = [self._granted.pop((kind, job), None) for kind in _KINDS]
            if self._in_flight.pop(job, None) is not None:
                self._ended.append(self._last)
            elif not any(under_way):
                return
        self._report("left", job, "submit", 0.0)

    def share(self, now: float) -> float:
        """How likely a job should be done before a poll is spent on it.

        With polls in plenty that is little; when they are scarce, so much that those which the
        account is allowed are enough for all jobs: a job takes 1 / share polls.
        """
        allowed = self._windows["poll"].per_minute
        if allowed is None:
            return LAVISH
        begun = self._windows["submit"].taken_since(now - MINUTE)
        ended = sum(when > now - MINUTE for when in self._ended)
        fetched = sum(when > now - MINUTE for when in self._fetched)
        looks = max(allowed * _CAREFUL - fetched, 1.0)
        return min(max(max(begun, ended) / looks, LAVISH), _THRIFTY)

    def paused(self, now: float) -> float:
        """Seconds until the account may be used again, for whatever it be."""
        return max(self._paused_until - now, self._shut_out(now), 0.0)

    def pause(self, seconds: float, now: float) -> None:
        """The vendor asked for patience."""
        if now + seconds > self._paused_until:
            self._paused_until = now + seconds
            self._report("paused", "", "submit", seconds)

    def paused_by_others(self, seconds: float, now: float) -> None:
        """The vendor asked others who use the account for patience."""
        self._paused_until = max(self._paused_until, now + seconds)

    def failed(self, now: float) -> None:
        """The vendor refused a request: it may be counting."""
        if self._failures is not None:
            self._failed.append(now)
            self._report("failed", "", "submit", 0.0)

    def _report(self, what: What, job: str, kind: Kind, seconds: float) -> None:
        if self.store is not None:
            self.store.heard(what, job, kind, seconds)

    def _returned(self, kind: Kind, job: str) -> bool:
        """Take back what `job` was granted; whether there was anything."""
        running = kind == "submit" and self._in_flight.pop(job, None) is not None
        if (granted := self._granted.pop((kind, job), None)) is None:
            return running
        self._windows[shared_by(kind)].returned(granted[1])
        if kind == "fetch" and self._fetched:
            self._fetched.pop()
        return True

    def _hold(self, kind: Kind, now: float) -> None:
        """Keep the permits of requests that are still under way: the vendor may yet count them."""
        window = self._windows[shared_by(kind)]
        for (other, job), (since, taken) in list(self._granted.items()):
            if now - since > LONGEST:
                del self._granted[other, job]
            elif shared_by(other) == shared_by(kind) and now - taken > window.seconds / 2:
                window.answered(taken, now)
                self._granted[other, job] = (since, now)

    def _queued(self, kind: Kind, job: str, due: float, now: float) -> float:
        queue, window = self._queues[shared_by(kind)], self._windows[shared_by(kind)]
        places = self._places(job, now) if kind == "submit" else None
        closed = self._closed[shared_by(kind)] - now
        if window.unlimited and places is None:
            return max(closed, 0.0)
        self._hold(kind, now)
        rank = queue.stand(job, due, now)
        if closed > 0:
            wait = closed + _behind(rank, window)
            queue.sleeps(job, now + wait)
            return wait
        if places is not None and rank >= places:  # in their order, so that nobody starves
            wait = min(MARGIN * (1 + rank // (self._most_in_flight or 1)), _LONGEST_NAP)
            queue.sleeps(job, now + wait)
            return wait
        if window.next(now) <= now and not queue.another_first(rank, now):
            return 0.0
        wait = max(window.next(now, rank) - now, _NAP)
        queue.sleeps(job, now + wait)
        return wait

    def _places(self, job: str, now: float) -> int | None:
        """How many more jobs may run; None where there is no limit. A job that nobody looks at
        counts for a while only."""
        if self._most_in_flight is None:
            return None
        running = sum(
            since > now - FORGOTTEN for other, since in self._in_flight.items() if other != job
        )
        return max(self._most_in_flight - running, 0)

    def _shut_out(self, now: float) -> float:
        """Seconds until another failure would not be one too many."""
        return 0.0 if self._failures is None else shut_out(self._failed, self._failures, now)


def _behind(rank: int, window: Window) -> float:
    """Seconds to sleep longer for who has others before: they need not all wake at once."""
    per_minute = window.per_minute
    if per_minute is None:
        return 0.0
    return min(max(rank - _NEIGHBOURS, 0) * MINUTE / per_minute / 4, _LONGEST_NAP)
