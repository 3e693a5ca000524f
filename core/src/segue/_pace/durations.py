"""Typical durations of a backend's jobs, as the vendor states them, else as observed. Pure."""

from __future__ import annotations

import math
from collections import deque
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statistics import NormalDist

SPREAD = 0.45
"""The assumed spread of job durations: the sigma of a log-normal distribution."""

_FEWEST = 5


class Typical:
    """The durations of a backend's jobs, shared by all jobs of a client."""

    def __init__(self) -> None:
        self._told: float | None = None
        self._took: deque[float] = deque(maxlen=50)

    def stated(self, seconds: float | None) -> None:
        """Record the vendor's typical duration (Venice: its 80th percentile)."""
        if seconds is not None and seconds > 0:
            self._told = seconds

    def took(self, seconds: float) -> None:
        """Record that a job took so many seconds."""
        self._took.append(seconds)

    @property
    def p80(self) -> float | None:
        """The 80th percentile of durations in seconds, if known."""
        if self._told is not None:
            return self._told
        if len(self._took) < _FEWEST:
            return None
        return sorted(self._took)[len(self._took) * 4 // 5]


def likely_done(age: float, p80: float, share: float) -> float | None:
    """The age at which a job that was not done at `age` is done with probability `share`.

    All in seconds. None when it is too late for the typical duration to apply.
    """
    normal = _normal()
    middle = math.log(p80) - normal.inv_cdf(0.8) * SPREAD
    done = normal.cdf((math.log(max(age, 1e-3)) - middle) / SPREAD)
    if done > _HOPELESS:
        return None
    return math.exp(middle + SPREAD * normal.inv_cdf(done + share * (1 - done)))


@cache
def _normal() -> NormalDist:
    from statistics import NormalDist  # noqa: PLC0415 - only a client that waits needs it

    return NormalDist()


_HOPELESS = 0.995
