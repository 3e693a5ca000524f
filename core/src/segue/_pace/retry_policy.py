"""Retry policy: which failed call may be sent again, and when to poll a job next. Pure.

Failures are sorted by one question, which the HTTP method does not answer (Venice polls by
POST): can the request have reached the vendor?

    a call failed                              spends=False    spends=True
    never sent (connect, pool)                 again           again
    429; 503 with Retry-After                  again, when the only where the vendor documents
                                               gate opens      that nothing was charged; or under
                                                               its idempotency key
    no response, dropped connection, other 5xx again           no: outcome unknown; or again
                                                               under its idempotency key
    a status in `REFUSALS`, as JSON            no              the provider decides: refused
    a status in `final`, with any body         no              the provider decides: refused
    408, 425, 499                              again           no: outcome unknown; or again
                                                               under its idempotency key
    anything else that is no success           no              no: outcome unknown

A wait for a job follows the same table: only a `verdict` ends it.

The drivers call `again`. `_engine/throttle.py`, the one owner of 429s, reports pauses of the
account to the gate (`pause`). A Retry-After above `PATIENCE` is raised, neither shortened nor slept
through. Failures of TLS are never retried: an invalid certificate stays invalid.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import TypeAlias

from segue._data.header_times import retry_after
from segue._pace.durations import likely_done
from segue.errors import (
    ConnectionLost,
    DownloadError,
    NotSent,
    ProtocolError,
    RequestError,
    SegueError,
)
from segue.flow import Call, Reply
from segue.provider import Cadence

Answer: TypeAlias = Reply | DownloadError
"""A refusal of a request: a reply, or the error of a download."""

ATTEMPTS = 4
"""The most attempts of a call before its failure is raised."""

PATIENCE = 60.0
"""The longest Retry-After, in seconds, that is waited for within an effect."""

UNTOLD = 5.0
"""Seconds to wait after a 429 without Retry-After."""

REFUSALS = frozenset(
    {400, 401, 402, 403, 404, 405, 410, 411, 413, 414, 415, 417, 421, 422, 426, 428, 429, 431, 451}
)
"""Statuses with which a server says in JSON that it did not act (RFC 9110, 15.5; RFC 6585; RFC
7725). Others may come after it acted, from an intermediary (408, 499), or refer to an earlier
attempt (409, 425); and a page in place of JSON was written by a proxy or a CDN, which cannot know.
A vendor's documents may add some: `Call.final`."""

_LATE = frozenset({408, 425, 499})
"""Statuses with which an intermediary says that it got no response in time."""

_BACKOFF = (0.5, 2.0, 6.0)
_SOONEST = 0.25


def again(call: Call, outcome: Reply | RequestError, attempt: int) -> float | None:
    """Seconds until `call` may be sent again after its `attempt`th attempt (from 1), else None."""
    if attempt >= ATTEMPTS or not _repeatable(call, outcome):
        return None
    return _BACKOFF[min(attempt, len(_BACKOFF)) - 1]


def pause(answer: Answer, now: datetime, attempt: int = 1) -> float | None:
    """The seconds for which a reply pauses the whole account, else None. `now` is used only where
    the reply has no `Date`. Without Retry-After they grow with each `attempt` (from 1)."""
    if answer.status not in (429, 503):
        return None
    if isinstance(answer, Reply):
        requested = retry_after(answer.headers, now)
    else:
        requested = answer.retry_after
    if answer.status == 429 and requested is None:
        return min(UNTOLD * 2.0 ** min(attempt - 1, 9), PATIENCE)
    return requested


def after_pause(
    call: Call, reply: Answer, seconds: float, attempt: int, *, left: float = 0.0
) -> bool:
    """Whether `call` may be sent again after the account's pause. A spending call that was refused
    with an uncharged status is repeated as often as fits in the `left` seconds of the caller's
    patience."""
    if call.spends and reply.status in call.uncharged - call.final and seconds <= left:
        return True
    if attempt >= ATTEMPTS or seconds > PATIENCE or reply.status in call.final:
        return False
    return not call.spends or call.idempotency is not None or reply.status in call.uncharged


def outcome_unknown(call: Call, outcome: Reply | SegueError) -> bool:
    """Whether a spending call without a usable response may have been charged."""
    if not call.spends:
        return False
    if isinstance(outcome, Reply):
        return not verdict(call, outcome)
    return isinstance(outcome, ConnectionLost | ProtocolError)  # all others were never sent


def verdict(call: Call, reply: Reply) -> bool:
    """Whether a reply is the vendor's own decision, judged by its status and its form."""
    if reply.ok or reply.status in call.final | call.uncharged:
        return True
    return reply.status in REFUSALS and _refused_in_json(reply)


def doubted(error: NotSent) -> ConnectionLost:
    """The error for a call whose last attempt was never sent, after one that may have been
    accepted."""
    return ConnectionLost(f"no response arrived, and then: {error.message}")


def next_poll(
    cadence: Cadence,
    rng: Random,
    *,
    polls: int,
    age: float,
    eta: float | None,
    p80: float | None,
    share: float,
) -> float:
    """Seconds until the next poll of a job of `age` seconds that was polled `polls` times.

    `eta` is the vendor's estimate of the rest; `p80` the time within which most jobs are done: then
    it is polled when it is done with a probability of `share`. Without either, the cadence decides.
    Jitter only shortens, by up to a tenth.
    """
    # one that begins with 0 polls at once, and then at an interval: 0 times any growth is 0
    first, cap = cadence.first or _SOONEST, cadence.cap or _SOONEST
    soonest = min(max(first, _SOONEST), cap)
    delay = min(max(first * cadence.growth ** min(polls, 64), first), cap)
    if eta is not None:
        delay = max(eta, soonest)
    elif p80 is not None and (due := likely_done(age, p80, share)) is not None:
        delay = max(due - age, soonest)
    elif p80 is not None:
        delay = min(max((age - p80) / 4, soonest), cap * 2)
    return delay * (1 - rng.random() / 10)


def _refused_in_json(reply: Reply) -> bool:
    try:
        return isinstance(reply.json(object), dict | list)
    except ProtocolError:
        return False


def _repeatable(call: Call, outcome: Reply | RequestError) -> bool:
    if isinstance(outcome, NotSent):
        return outcome.passing
    if isinstance(outcome, ConnectionLost):
        return not call.spends or call.idempotency is not None
    if not isinstance(outcome, Reply) or outcome.status in call.final:
        return False
    if outcome.status < 500 and outcome.status not in _LATE:
        return False
    if outcome.status == 503 and outcome.retry_after is not None:
        return False
    return not call.spends or call.idempotency is not None or outcome.status in call.uncharged
