"""How jobs end, and when: by a word in their prompt, or by the seed."""

from __future__ import annotations

import enum
from random import Random
from uuid import UUID


class Outcome(enum.Enum):
    """How a job ends. The marks are words in a prompt that ask the sandbox for that ending."""

    SOUND = ""
    REFUSED = "[sandbox:refused]"  # 422 by the queue itself, as the next three
    OVERLOADED = "[sandbox:overloaded]"  # 429 with Retry-After
    FULL = "[sandbox:full]"  # 503
    BROKEN = "[sandbox:broken]"  # 500; nothing is charged, though Venice does not say so
    VIOLATION = "[sandbox:violation]"  # 422 by retrieve, refunded, as all that follow
    INVALID = "[sandbox:invalid]"  # 400
    UPSTREAM = "[sandbox:upstream]"  # 400, in the words of the support
    CAPACITY = "[sandbox:capacity]"  # 503
    FAILED = "[sandbox:failed]"  # 500


STUCK = "[sandbox:stuck]"
"""In a prompt: the first `complete` of the finished job answers `success: false`."""

UNSUGGESTED = "[sandbox:unsuggested]"
"""In a prompt: its 422 comes without a `suggested_prompt`, which is optional."""


class Fate:
    """Decides by its seed how long jobs take, and which of them fail."""

    def __init__(self, seed: int, shortest: float, longest: float, failing: float) -> None:
        self._rng = Random(f"venice {seed}")
        self._shortest, self._longest, self._failing = shortest, longest, failing

    @property
    def usual(self) -> float:
        """The 80th percentile of a job's seconds: times are spread evenly over the range."""
        return self._shortest + 0.8 * (self._longest - self._shortest)

    def id(self) -> str:
        """A new UUIDv4."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    def duration(self) -> float:
        """How long the next job takes, in vendor seconds."""
        return self._rng.uniform(self._shortest, self._longest)

    def outcome(self, prompt: str) -> Outcome:
        """How a job with this prompt ends."""
        drawn = self._rng.random() < self._failing, self._rng.random() < 0.5
        for outcome in Outcome:
            if outcome.value and outcome.value in prompt:
                return outcome
        if not drawn[0]:
            return Outcome.SOUND
        return Outcome.VIOLATION if drawn[1] else Outcome.INVALID


def actual_seconds(prompt: str, cap: int) -> int:
    """The length of a piece that settles on it: a second for 15 characters, at most the cap.

    How Seed Audio decides on a length is not documented.
    """
    return min(cap, max(1, len(prompt) // 15))
