"""Windows of permits: at most so many in so many seconds. Pure: they are told the time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from segue._pace.store import Kind
from segue.provider import Limits

MARGIN = 1.0
"""Seconds by which a window is taken longer than the vendor's."""

MINUTE = 60.0
FORGOTTEN = 1800.0
"""Seconds after which a job that nobody waits for is taken to have ended."""
LONGEST = 300.0
"""Seconds for which a request is taken to be under way, if nobody says that it has ended."""
FAILURE_WINDOW = 30.0
"""Seconds within which a vendor counts the requests that it refuses."""


class Window:
    """At most `count` permits in any `seconds`."""

    def __init__(
        self, count: float | None, seconds: float = MINUTE, margin: float = MARGIN
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
        return None if self._count is None else self._count * MINUTE / self.seconds

    @property
    def unlimited(self) -> bool:
        """Whether nobody ever has to wait."""
        return self._count is None

    @property
    def count(self) -> int | None:
        """How many permits there are; None where there is no limit."""
        return self._count


def shared_by(kind: Kind) -> Kind:
    """The kind whose window turns of this kind come from: a fetch is a poll."""
    return "submit" if kind == "submit" else "poll"


def window_of(limits: Limits, kind: Kind) -> Window:
    """The window for turns of this kind: of submissions so many in a minute or, if that is
    slower, one at a time."""
    if kind != "submit":
        return Window(limits.polls_per_minute)
    every = limits.submit_every
    if every is None or every < MINUTE / (limits.submits_per_minute or MINUTE / every):
        return Window(limits.submits_per_minute)
    return Window(1, every, every / 10)


def shut_out(failed: Sequence[float], most: int, now: float) -> float:
    """Seconds until another refused request, after those at `failed`, is not one too many."""
    if len(failed) < most:
        return 0.0
    return sorted(failed)[-most] + FAILURE_WINDOW + MARGIN - now
