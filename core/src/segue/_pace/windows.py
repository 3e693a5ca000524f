"""Sliding windows of permits: at most so many in so many seconds. Pure: callers pass the time."""

from __future__ import annotations

import itertools
from collections import OrderedDict, deque
from collections.abc import Sequence

from segue._pace.store import Kind
from segue.provider import Limits

MARGIN = 1.0
"""Seconds by which a window is longer than the vendor's."""

MINUTE = 60.0
FORGOTTEN = 1800.0
"""Seconds after which a job that is not waited for counts as ended."""
LONGEST = 300.0
"""Seconds for which a request counts as in flight, unless its end is reported."""
FAILURE_WINDOW = 30.0
"""Seconds within which a vendor counts refused requests."""


class Window:
    """At most `count` permits in any `seconds`. Each step is O(1)."""

    def __init__(
        self, count: float | None, seconds: float = MINUTE, margin: float = MARGIN
    ) -> None:
        self._count = None if count is None else max(int(count), 1)
        self.seconds = seconds + margin
        self._taken: OrderedDict[int, float] = OrderedDict()  # by number, in the order of time
        self._numbers = itertools.count()

    def next(self, now: float, ahead: int = 0) -> float:
        """The time at which a permit is free after `ahead` others; `now` if one is."""
        if self._count is None:
            return now
        turns, place = divmod(len(self._taken) + ahead - self._count, self._count)
        if turns < 0:
            return now
        freed = next(itertools.islice(self._taken.values(), place, None), now)
        return max(freed + (turns + 1) * self.seconds, now)

    def take(self, now: float) -> int:
        """Acquire a permit; returns its number."""
        number = next(self._numbers)
        if self._count is not None:
            self._taken[number] = now
            if len(self._taken) > self._count:
                self._taken.popitem(last=False)
        return number

    def answered(self, number: int, now: float) -> None:
        """The request with that permit has its response: the vendor counted it by `now`.

        A burst may be delayed for seconds before it is sent, so the minute runs from here.
        """
        if number in self._taken:
            self._taken[number] = now
            self._taken.move_to_end(number)

    def returned(self, number: int) -> None:
        """Release a permit whose request was not sent."""
        self._taken.pop(number, None)

    def used(self, now: float) -> int:
        """The number of permits that count now."""
        while self._taken and next(iter(self._taken.values())) <= now - self.seconds:
            self._taken.popitem(last=False)
        return len(self._taken)

    @property
    def per_minute(self) -> float | None:
        """The number of permits a minute; None without a limit."""
        return None if self._count is None else self._count * MINUTE / self.seconds

    @property
    def unlimited(self) -> bool:
        """Whether there is no limit."""
        return self._count is None

    @property
    def count(self) -> int | None:
        """The number of permits; None without a limit."""
        return self._count


class Recently:
    """A count of events within the last minute."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=1000)

    def add(self, now: float) -> None:
        """Count an event."""
        self._times.append(now)

    def take_back(self) -> None:
        """Remove the last event."""
        if self._times:
            self._times.pop()

    def count(self, now: float) -> int:
        """The number of events."""
        while self._times and self._times[0] <= now - MINUTE:
            self._times.popleft()
        return len(self._times)


def shared_by(kind: Kind) -> Kind:
    """The kind whose window grants permits of this kind: a fetch is a poll."""
    return "submit" if kind == "submit" else "poll"


def window_of(limits: Limits, kind: Kind) -> Window:
    """The window of this kind's permits: of submissions so many a minute or, if slower, one every
    `submit_every` seconds."""
    if kind != "submit":
        return Window(limits.polls_per_minute)
    every = limits.submit_every
    if every is None or every < MINUTE / (limits.submits_per_minute or MINUTE / every):
        return Window(limits.submits_per_minute)
    return Window(1, every, every / 10)


def shut_out(failed: Sequence[float], most: int, now: float) -> float:
    """Seconds until another refused request, after those at `failed`, stays below the limit."""
    if len(failed) < most:
        return 0.0
    return sorted(failed)[-most] + FAILURE_WINDOW + MARGIN - now
