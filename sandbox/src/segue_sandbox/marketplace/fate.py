"""What becomes of a job: decided by a seed, or by a mark in its prompt."""

from __future__ import annotations

import enum
from random import Random
from uuid import UUID

import msgspec

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PLACING = 0.2
"""The share of a job's time that goes by until a seller has answered."""


class Outcome(enum.Enum):
    """How a job ends. The marks are words in a prompt that ask the sandbox for that ending."""

    SOUND = ""
    UNTAKEN = "[sandbox:no-seller]"  # failed, `provider_unavailable`: all that were asked declined
    FAILED = "[sandbox:seller-fails]"  # failed, `provider_error`: a seller took it, and could not
    FILTERED = "[sandbox:filtered-later]"  # failed, `minimum_discount_not_met`
    NOBODY = "[sandbox:nobody]"  # queued until it expires
    LATE = "[sandbox:late]"  # running until it expires


class Mark(enum.StrEnum):
    """Words in a prompt that change something else. None is a word of the vendor."""

    SECOND = "[sandbox:second-seller]"  # the first seller declines, the next one takes it
    TWO = "[sandbox:two-artifacts]"
    UNSTOPPABLE = "[sandbox:unstoppable]"  # DELETE answers 202, and the job goes on
    STERN = "[sandbox:cancel-409]"  # DELETE of a finished job is refused
    BILLED = "[sandbox:cancel-billed]"  # a running job that is cancelled is paid for
    ODD = "[sandbox:odd-word]"  # what is running is called `submitted`


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A job's times, in vendor seconds since it was queued, and how often sellers were asked.

    `placed` and `ended` may be infinite. `declined` sellers said no, each after `ask` seconds.
    """

    outcome: Outcome
    declined: int
    ask: float
    placed: float
    ended: float


class Fate:
    """Decides by its seed how long jobs take, and which of them fail."""

    def __init__(self, seed: int, shortest: float, longest: float, failing: float) -> None:
        self._rng = Random(f"marketplace {seed}")
        self._shortest, self._longest, self._failing = shortest, longest, failing

    def uuid(self) -> str:
        """A new UUIDv4: the ids of the documents."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    def ulid(self, unix: float) -> str:
        """A new ULID: the ids that were observed."""
        return _base32((round(unix * 1000) << 80) | self._rng.getrandbits(80), 26)

    def token(self) -> str:
        """A new job token."""
        return f"mjt_{self._rng.getrandbits(128):032x}"

    def course(self, prompt: str, sellers: int) -> Course:
        """What becomes of a job that `sellers` could take, cheapest first."""
        takes = self._rng.uniform(self._shortest, self._longest)
        fails, untaken, second = (self._rng.random() for _ in range(3))
        drawn = Outcome.UNTAKEN if untaken < 0.5 else Outcome.FAILED
        outcome = _asked(prompt) or (drawn if fails < self._failing else Outcome.SOUND)
        declined = int(Mark.SECOND in prompt or second < self._failing)
        if outcome is Outcome.SOUND and declined >= sellers:
            outcome = Outcome.UNTAKEN
        return _course(outcome, takes, declined, sellers)


def _course(outcome: Outcome, takes: float, declined: int, sellers: int) -> Course:
    ask, never = takes * _PLACING, float("inf")
    match outcome:
        case Outcome.FILTERED:
            declined, placed, ended = 0, never, ask
        case Outcome.UNTAKEN:
            declined, placed, ended = sellers, never, ask * sellers
        case Outcome.NOBODY:
            declined, placed, ended = 0, never, never
        case _:
            declined = min(declined, sellers - 1)
            placed, ended = ask * (declined + 1), never if outcome is Outcome.LATE else takes
    return Course(outcome=outcome, declined=declined, ask=ask, placed=placed, ended=ended)


def _asked(prompt: str) -> Outcome | None:
    return next((one for one in Outcome if one.value and one.value in prompt), None)


def _base32(number: int, digits: int) -> str:
    return "".join(_CROCKFORD[number >> 5 * at & 31] for at in reversed(range(digits)))
