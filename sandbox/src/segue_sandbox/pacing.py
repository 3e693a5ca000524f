"""Limits: how many requests a window admits, and how many failures a bucket forgives.

Windows slide: a request is admitted when fewer than `count` were admitted in the last `seconds`.
"""

from __future__ import annotations

from collections import defaultdict, deque

import msgspec


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """What a window answers: how many are left, and the moment at which one more is free."""

    admitted: bool
    limit: int
    remaining: int
    resets: float


class Window:
    """At most `count` requests in any `seconds`, for each name apart."""

    def __init__(self, count: int, seconds: float = 60.0) -> None:
        self._count, self._seconds = count, seconds
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    def ask(self, name: str, now: float) -> Seat:
        """Take a seat if there is one; a refused request takes none."""
        taken = self._taken[name]
        _forget(taken, now - self._seconds)
        admitted = len(taken) < self._count
        if admitted:
            taken.append(now)
        return Seat(
            admitted=admitted,
            limit=self._count,
            remaining=self._count - len(taken),
            resets=taken[0] + self._seconds,
        )


class ErrorBudget:
    """More than `most` failures within `seconds`, and a bucket is closed for as long again.

    A try while it is closed begins that time anew: each early try makes the wait longer.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._failures: defaultdict[str, deque[float]] = defaultdict(deque)
        self._until: dict[str, float] = {}

    def closed(self, bucket: str, now: float) -> bool:
        """Whether the bucket is closed; asking while it is makes it stay so longer."""
        if now >= self._until.get(bucket, now):
            return False
        self._until[bucket] = now + self._seconds
        return True

    def failed(self, bucket: str, now: float) -> None:
        """Count a failure; the one that is too many closes the bucket."""
        failures = self._failures[bucket]
        _forget(failures, now - self._seconds)
        failures.append(now)
        if len(failures) > self._most:
            failures.clear()
            self._until[bucket] = now + self._seconds

    def remaining(self, bucket: str, now: float) -> int:
        """How many more failures are forgiven."""
        if now < self._until.get(bucket, now):
            return 0
        return self._most - len(self._failures[bucket])

    def resets(self, bucket: str, now: float) -> float:
        """The moment at which the bucket will be empty, and open."""
        failures = self._failures[bucket]
        last = failures[-1] + self._seconds if failures else now
        return max(last, self._until.get(bucket, now))


def _forget(moments: deque[float], before: float) -> None:
    while moments and moments[0] <= before:
        moments.popleft()
