"""Which failed call may be sent again, and when to look at a job next. Pure.

Failures are sorted by one question, which the HTTP method does not answer (Venice polls by
POST): can the request have reached the vendor?

    a call failed                              spends=False    spends=True
    never sent (connect, pool)                 again           again
    429; 503 with Retry-After                  again, then     only where the vendor documents
                                                               that nothing was charged
    no answer, dropped connection, other 5xx   again           no: outcome unknown; or again
                                                               under its idempotency key
    other 4xx; a status in `final`             the provider judges

A Retry-After above `PATIENCE` is handed up as it is, neither cut short nor slept through here.
Failures of TLS are never tried again: a certificate does not mend itself.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from random import Random

from segue.errors import ConnectionLost, NotSent, RequestError
from segue.flow import Call, Reply
from segue.job import Snapshot
from segue.provider import Cadence

ATTEMPTS = 4
"""How often a call is sent at most before its failure is handed up."""

PATIENCE = 60.0
"""The longest Retry-After, in seconds, that is waited for below the flow."""

_BACKOFF = (0.5, 2.0, 6.0)
_SOONEST = 0.25


def again(call: Call, outcome: Reply | RequestError, attempt: int, now: datetime) -> float | None:
    """Seconds until `call` may be sent again after its `attempt`th try (from 1), else None."""
    if attempt >= ATTEMPTS or not _repeatable(call, outcome):
        return None
    asked = retry_after(outcome, now) if isinstance(outcome, Reply) else None
    if asked is None:
        return _BACKOFF[min(attempt, len(_BACKOFF)) - 1]
    return asked if asked <= PATIENCE else None


def outcome_unknown(call: Call, outcome: Reply | RequestError) -> bool:
    """Whether a spending call may have been charged although no usable answer came."""
    if not call.spends or isinstance(outcome, NotSent):
        return False
    if isinstance(outcome, Reply):
        return outcome.status >= 500 and outcome.status not in call.final | call.uncharged
    return True


def retry_after(reply: Reply, now: datetime) -> float | None:
    """The seconds that a reply's Retry-After asks for (a number, or a date), if it has one."""
    told = reply.headers.get("retry-after", "").strip()
    try:
        seconds = float(told) if told[:1].isdigit() else _until(told, now)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(seconds, 0.0)


def next_poll(
    cadence: Cadence, polls: int, age: float, seen: Snapshot | None, rng: Random
) -> float:
    """Seconds until the next look at a job that was looked at `polls` times and is `age`
    seconds old. Jitter only ever shortens, by up to a tenth."""
    hint = _hinted(age, seen)
    delay = cadence.first * cadence.growth ** min(polls, 64) if hint is None else hint
    floor = min(cadence.first, cadence.cap)
    return min(max(delay, floor), cadence.cap) * (1 - rng.random() / 10)


def _repeatable(call: Call, outcome: Reply | RequestError) -> bool:
    if isinstance(outcome, NotSent):
        return outcome.passing
    if isinstance(outcome, ConnectionLost):
        return not call.spends or call.idempotency is not None
    if not isinstance(outcome, Reply) or outcome.status in call.final:
        return False
    if call.spends:
        return _spending_repeatable(call, outcome.status)
    return outcome.status == 429 or outcome.status >= 500


def _spending_repeatable(call: Call, status: int) -> bool:
    if status in call.uncharged:
        return True
    return call.idempotency is not None and status >= 500


def _until(told: str, now: datetime) -> float:
    return (parsedate_to_datetime(told) - now).total_seconds()


def _hinted(age: float, seen: Snapshot | None) -> float | None:
    """The time that is said to be left; by a typical total, half of what is left of it, and
    past it a quarter of the delay so far."""
    if seen is None:
        return None
    if seen.eta is not None:
        return max(seen.eta, _SOONEST)
    if seen.expected is None:
        return None
    left = seen.expected - age
    return left / 2 if left > 0 else -left / 4
