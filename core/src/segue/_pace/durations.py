"""How long jobs of a backend usually take: as the vendor tells, else as they were seen to. Pure."""

from __future__ import annotations

import math
from collections import deque
from statistics import NormalDist

SPREAD = 0.45
"""The spread that job times are taken to have, as the sigma of a log-normal distribution."""

_FEWEST = 5
_NORMAL = NormalDist()
_P80 = _NORMAL.inv_cdf(0.8)


class Typical:
    """What is known of a backend's job times; all jobs of a client add to it."""

    def __init__(self) -> None:
        self._told: float | None = None
        self._took: deque[float] = deque(maxlen=50)

    def tell(self, seconds: float | None) -> None:
        """The vendor says how long most of its jobs take (Venice: its 80th percentile)."""
        if seconds is not None and seconds > 0:
            self._told = seconds

    def took(self, seconds: float) -> None:
        """A job was done after so many seconds."""
        self._took.append(seconds)

    @property
    def p80(self) -> float | None:
        """The seconds within which four of five jobs are done, if that is known."""
        if self._told is not None:
            return self._told
        if len(self._took) < _FEWEST:
            return None
        return sorted(self._took)[len(self._took) * 4 // 5]


def likely_done(age: float, p80: float, share: float) -> float | None:
    """The age at which a job that was not done at `age` is done with probability `share`.

    All in seconds. None when it is so late that the typical time says nothing any more.
    """
    middle = math.log(p80) - _P80 * SPREAD
    done = _NORMAL.cdf((math.log(max(age, 1e-3)) - middle) / SPREAD)
    if done > _HOPELESS:
        return None
    return math.exp(middle + SPREAD * _NORMAL.inv_cdf(done + share * (1 - done)))


_HOPELESS = 0.995
