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
from typing import Literal

from segue.forks import renewed_in_child
from segue.provider import Limits

MARGIN = 1.0
"""Seconds by which a window is taken longer than the vendor's."""

_MINUTE = 60.0
LAVISH, _THRIFTY = 0.15, 0.6
_CAREFUL = 0.9
_FORGOTTEN = 1800.0
"""Seconds after which a job that nobody waits for is taken to have ended."""
_LONGEST = 300.0
"""Seconds for which a request is taken to be under way, if nobody says that it has ended."""
_FAILURE_WINDOW = 30.0
_NAP = 0.02
"""The shortest sleep between two questions, in seconds."""
_LONGEST_NAP = 15.0
"""The longest sleep, in seconds, of who waits for a place among the jobs that run."""
_NEIGHBOURS = 8
_WINDOW = {"submit": "submit", "poll": "poll", "fetch": "poll"}

Kind = Literal["submit", "poll", "fetch"]
"""What a job may want its turn for; a fetch is a download that the vendor counts as a poll."""

_KINDS: tuple[Kind, ...] = ("submit", "poll")


class Window:
    """At most `count` permits in any `seconds`."""

    def __init__(
        self, count: float | None, seconds: float = _MINUTE, margin: float = MARGIN
    ) -> None:
        self._count = None if count is None else max(int(count), 1)
        self.seconds = seconds + margin
        self._taken: deque[float] = deque(maxlen=self._count)

    def next(self, now: float, ahead: int = 0) -> float:
        """When a permit is free for who has `ahead` others before; `now` if one is."""
        if self._count is None:
            return now
        turns, place = divmod(len(self._taken) + ahead - self._count, self._count)
        if turns < 0:
            return now
        freed = self._taken[place] if place < len(self._taken) else now
        return max(freed + (turns + 1) * self.seconds, now)

    def take(self, now: float) -> None:
        """Use a permit."""
        if self._count is not None:
            self._taken.append(now)

    def answered(self, taken: float, now: float) -> None:
        """The request with the permit of `taken` is answered: the vendor counted it by `now`.

        A burst may wait for seconds on its way out, so the minute runs from here.
        """
        if taken in self._taken:
            self._taken.remove(taken)
            self._taken.append(now)

    def returned(self, taken: float) -> None:
        """Nothing was sent with the permit of `taken`: it is free again."""
        if taken in self._taken:
            self._taken.remove(taken)

    def taken_since(self, when: float) -> int:
        """How many permits were used since then."""
        return sum(taken > when for taken in self._taken)

    @property
    def per_minute(self) -> float | None:
        """How many there are in a minute; None where there is no limit."""
        return None if self._count is None else self._count * _MINUTE / self.seconds

    @property
    def unlimited(self) -> bool:
        """Whether nobody ever has to wait."""
        return self._count is None


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
    """One account's gate. It never sleeps, and reads no clock; several threads may ask."""

    def __init__(self, limits: Limits) -> None:
        self._windows = {
            "submit": _submits(limits),
            "poll": Window(limits.polls_per_minute),
        }
        self._queues = {"submit": Queue(), "poll": Queue()}
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
        self._queues = {"submit": Queue(), "poll": Queue()}
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
                self._windows[_WINDOW[kind]].take(now)
                self._queues[_WINDOW[kind]].leave(job)
                if not self._windows[_WINDOW[kind]].unlimited:
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
                self._windows[_WINDOW[kind]].answered(granted[1], now)

    def unused(self, kind: Kind, job: str) -> None:
        """Nothing was sent in the turn that `job` had: its permit is free again."""
        with self._lock:
            if (granted := self._granted.pop((kind, job), None)) is not None:
                self._windows[_WINDOW[kind]].returned(granted[1])
            if kind == "submit":
                self._in_flight.pop(job, None)
            elif kind == "fetch" and self._fetched:
                self._fetched.pop()

    def broken_off(self, kind: Kind, job: str) -> None:
        """The request that `job` had its turn for brought no answer, and is not waited for any
        more: its permit counts from when it was last seen under way."""
        with self._lock:
            self._granted.pop((kind, job), None)

    def leave(self, job: str) -> None:
        """The job has ended, or nobody waits for it any more."""
        with self._lock:
            for queue in self._queues.values():
                queue.leave(job)
            for kind in _KINDS:
                self._granted.pop((kind, job), None)
            if self._in_flight.pop(job, None) is not None:
                self._ended.append(self._last)

    def share(self, now: float) -> float:
        """How likely a job should be done before a poll is spent on it.

        With polls in plenty that is little; when they are scarce, so much that those which the
        account is allowed are enough for all jobs: a job takes 1 / share polls.
        """
        allowed = self._windows["poll"].per_minute
        if allowed is None:
            return LAVISH
        begun = self._windows["submit"].taken_since(now - _MINUTE)
        ended = sum(when > now - _MINUTE for when in self._ended)
        fetched = sum(when > now - _MINUTE for when in self._fetched)
        looks = max(allowed * _CAREFUL - fetched, 1.0)
        return min(max(max(begun, ended) / looks, LAVISH), _THRIFTY)

    def paused(self, now: float) -> float:
        """Seconds until the account may be used again, for whatever it be."""
        return max(self._paused_until - now, self._shut_out(now), 0.0)

    def pause(self, seconds: float, now: float) -> None:
        """The vendor asked for patience."""
        self._paused_until = max(self._paused_until, now + seconds)

    def failed(self, now: float) -> None:
        """The vendor refused a request: it may be counting."""
        if self._failures is not None:
            self._failed.append(now)

    def _hold(self, kind: Kind, now: float) -> None:
        """Keep the permits of requests that are still under way: the vendor may yet count them."""
        window = self._windows[_WINDOW[kind]]
        for (other, job), (since, taken) in list(self._granted.items()):
            if now - since > _LONGEST:
                del self._granted[other, job]
            elif _WINDOW[other] == _WINDOW[kind] and now - taken > window.seconds / 2:
                window.answered(taken, now)
                self._granted[other, job] = (since, now)

    def _queued(self, kind: Kind, job: str, due: float, now: float) -> float:
        queue, window = self._queues[_WINDOW[kind]], self._windows[_WINDOW[kind]]
        places = self._places(job, now) if kind == "submit" else None
        if window.unlimited and places is None:
            return 0.0
        self._hold(kind, now)
        rank = queue.stand(job, due, now)
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
            since > now - _FORGOTTEN for other, since in self._in_flight.items() if other != job
        )
        return max(self._most_in_flight - running, 0)

    def _shut_out(self, now: float) -> float:
        """Seconds until another failure would not be one too many."""
        if self._failures is None or len(self._failed) < self._failures:
            return 0.0
        return self._failed[0] + _FAILURE_WINDOW + MARGIN - now


def _submits(limits: Limits) -> Window:
    """The pace of submissions: so many in a minute or, if that is slower, one at a time."""
    every = limits.submit_every
    if every is None or every < _MINUTE / (limits.submits_per_minute or _MINUTE / every):
        return Window(limits.submits_per_minute)
    return Window(1, every, every / 10)
