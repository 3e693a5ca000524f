"""Which failed call may be sent again, and when to look at a job next. Pure.

Failures are sorted by one question, which the HTTP method does not answer (Venice polls by
POST): can the request have reached the vendor?

    a call failed                              spends=False    spends=True
    never sent (connect, pool)                 again           again
    429; 503 with Retry-After                  again, when the only where the vendor documents
                                               gate opens      that nothing was charged; or under
                                                               its idempotency key
    no answer, dropped connection, other 5xx   again           no: outcome unknown; or again
                                                               under its idempotency key
    a status in `REFUSALS`, as JSON            no              the provider judges: refused
    a status in `final`, whatever its body     no              the provider judges: refused
    408, 425, 499                              again           no: outcome unknown; or again
                                                               under its idempotency key
    anything else that is no success           no              no: outcome unknown

A wait for a job goes by the same table: only a `verdict` ends it.

The drivers call `again`. `_engine/throttle.py`, the one owner of 429s, reports to the gate what the
account must wait for (`pause`). A Retry-After above `PATIENCE` is handed up as it is, neither cut
short nor slept through.
Failures of TLS are never tried again: a certificate does not mend itself.
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
"""What refuses a request: a reply, or the refusal of a download."""

ATTEMPTS = 4
"""How often a call is sent at most before its failure is handed up."""

PATIENCE = 60.0
"""The longest Retry-After, in seconds, that is waited for below the flow."""

UNTOLD = 5.0
"""Seconds to wait after a 429 that does not say how long."""

REFUSALS = frozenset(
    {400, 401, 402, 403, 404, 405, 410, 411, 413, 414, 415, 417, 421, 422, 426, 428, 429, 431, 451}
)
"""Statuses by which a server says that it did not act (RFC 9110, 15.5; RFC 6585; RFC 7725), where
it says so in JSON. Others may come after it acted, from whatever stands between (408, 499), or may
speak of an earlier try (409, 425); and a page in place of JSON was written by a proxy or a CDN,
which cannot know. A vendor's documents may say more: `Call.final`."""

_LATE = frozenset({408, 425, 499})
"""Statuses by which whatever stands between says that it did not get an answer in time."""

_BACKOFF = (0.5, 2.0, 6.0)
_SOONEST = 0.25


def again(call: Call, outcome: Reply | RequestError, attempt: int) -> float | None:
    """Seconds until `call` may be sent again after its `attempt`th try (from 1), else None."""
    if attempt >= ATTEMPTS or not _repeatable(call, outcome):
        return None
    return _BACKOFF[min(attempt, len(_BACKOFF)) - 1]


def pause(answer: Answer, now: datetime, attempt: int = 1) -> float | None:
    """The seconds for which a reply asks the whole account to wait, if it does. `now` counts only
    where the reply has no `Date` of its own. One that does not say how long is given longer with
    each `attempt` (from 1)."""
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
    """Whether `call` may be sent again once the account's pause is over. One that spends, and was
    refused with a status that is not charged, as often as it fits within the `left` seconds of the
    caller's patience."""
    if call.spends and reply.status in call.uncharged - call.final and seconds <= left:
        return True
    if attempt >= ATTEMPTS or seconds > PATIENCE or reply.status in call.final:
        return False
    return not call.spends or call.idempotency is not None or reply.status in call.uncharged


def outcome_unknown(call: Call, outcome: Reply | SegueError) -> bool:
    """Whether a spending call may have been charged although no usable answer came."""
    if not call.spends:
        return False
    if isinstance(outcome, Reply):
        return not verdict(call, outcome)
    return isinstance(outcome, ConnectionLost | ProtocolError)  # after all else it never left


def verdict(call: Call, reply: Reply) -> bool:
    """Whether a reply is the vendor's own word, as far as its status and its form tell."""
    if reply.ok or reply.status in call.final | call.uncharged:
        return True
    return reply.status in REFUSALS and _told_in_json(reply)


def doubted(error: NotSent) -> ConnectionLost:
    """The error for a call whose last try was never sent, after one that may have been taken."""
    return ConnectionLost(f"no answer came back, and then: {error.message}")


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
    """Seconds until the next look at a job of `age` seconds that was looked at `polls` times.

    `eta` is what the vendor says is left of it; `p80` the time within which most jobs are done:
    then the look comes when the job is done with a probability of `share`. Knowing neither, the
    cadence decides. Jitter only ever shortens, by up to a tenth.
    """
    # one that begins with 0 looks at once, and then at a pace: 0 times any growth is 0
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


def _told_in_json(reply: Reply) -> bool:
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
