"""Seeded faults for the simulator: the kinds of fault for each kind of effect."""

from __future__ import annotations

import enum
from collections.abc import Callable
from random import Random

from segue.errors import ConnectionLost, NotSent, RequestError
from segue.flow import (
    Approve,
    Call,
    Claim,
    Effect,
    Lookup,
    Permit,
    Record,
    Reply,
    Save,
    Sleep,
    Unclaim,
)


class Kind(enum.Enum):
    """A kind of fault. BEFORE and AFTER refer to the moment when the vendor acts."""

    REFUSED = "the connection was refused"
    DROPPED_BEFORE = "the connection dropped before the vendor acted"
    DROPPED_AFTER = "the vendor acted, and the answer was lost"
    TOO_MANY = "429 with Retry-After"
    TOO_MANY_UNTIMED = "429 without Retry-After"
    ERROR_BEFORE = "500 before the vendor acted"
    ERROR_AFTER = "the vendor acted, and answered 502"
    CAPACITY = "503 with Retry-After"
    GARBAGE = "the vendor acted, and answered with an HTML page"
    STALL = "the vendor acted, and no answer came within a minute"
    EXPIRED_URL = "the address of the file has expired"
    TRUNCATED = "the file ended early"
    CLOCK_JUMP = "the wall clock jumped"
    STORE_SLOW = "the store of permits answered late"
    STORE_FAILS = "the store of permits could not be used"
    PAUSED = "the account was paused"
    JOURNAL_FAILED_BEFORE = "the journal failed, and nothing was read or written"
    JOURNAL_FAILED_AFTER = "the journal wrote it, and its answer was lost"
    JOURNAL_SLOW = "the journal took longer than a lease lasts"
    LEASE_LOST = "another process took the job over"
    VETOED = "the spending was refused"
    APPROVED_LATE = "the approval took a day"
    DEATH_BEFORE = "the process died before the effect"
    DEATH_AFTER = "the process died after the effect"


_DEATHS = (Kind.DEATH_BEFORE, Kind.DEATH_AFTER)
_JOURNAL = (
    Kind.JOURNAL_FAILED_BEFORE,
    Kind.JOURNAL_FAILED_AFTER,
    Kind.JOURNAL_SLOW,
    Kind.LEASE_LOST,
)
_LINE = (Kind.REFUSED, Kind.DROPPED_BEFORE, Kind.DROPPED_AFTER, Kind.STALL, Kind.ERROR_BEFORE)
_OF: dict[type, tuple[Kind, ...]] = {
    Call: (
        *_LINE,
        *_DEATHS,
        Kind.TOO_MANY,
        Kind.TOO_MANY_UNTIMED,
        Kind.ERROR_AFTER,
        Kind.CAPACITY,
        Kind.GARBAGE,
        Kind.LEASE_LOST,
    ),
    Save: (*_LINE, *_DEATHS, Kind.EXPIRED_URL, Kind.TRUNCATED, Kind.GARBAGE, Kind.LEASE_LOST),
    Record: (*_DEATHS, *_JOURNAL),
    Lookup: (*_DEATHS, *_JOURNAL),
    Claim: (*_DEATHS, *_JOURNAL),
    Unclaim: (*_DEATHS, *_JOURNAL),
    Approve: (*_DEATHS, Kind.VETOED, Kind.APPROVED_LATE),
    Sleep: (*_DEATHS, Kind.CLOCK_JUMP),
    Permit: (*_DEATHS, Kind.STORE_SLOW, Kind.STORE_FAILS, Kind.PAUSED),
}
_UNDELIVERED: dict[Kind, Callable[[], Reply | RequestError]] = {
    Kind.REFUSED: lambda: NotSent("connection refused"),
    Kind.DROPPED_BEFORE: lambda: ConnectionLost("connection reset"),
    Kind.TOO_MANY: lambda: _page(429, **{"retry-after": "7"}),
    Kind.TOO_MANY_UNTIMED: lambda: _page(429),
    Kind.ERROR_BEFORE: lambda: _page(500),
    Kind.CAPACITY: lambda: _page(503, **{"retry-after": "3"}),
}
_UNHEARD: dict[Kind, Callable[[], Reply | RequestError]] = {
    Kind.DROPPED_AFTER: lambda: ConnectionLost("connection reset"),
    Kind.STALL: lambda: ConnectionLost("read timeout"),
    Kind.ERROR_AFTER: lambda: _page(502),
    Kind.GARBAGE: lambda: _page(200),
}


class Faults:
    """Draws a fault for an effect with a `probability`, reproducibly by its seed."""

    def __init__(self, probability: float, seed: int) -> None:
        self._probability = probability
        self._rng = Random(f"faults {seed}")

    def draw(self, effect: Effect) -> Kind | None:
        """Draw the fault of this effect; None for no fault."""
        if not self._probability or self._rng.random() >= self._probability:
            return None
        kinds = _OF.get(type(effect), _DEATHS)
        return kinds[int(self._rng.random() * len(kinds))]

    def exchange(self, fault: Kind | None, send: Callable[[], Reply]) -> Reply | RequestError:
        """The outcome of a request: it reaches the vendor (`send`) or not, and its response arrives
        or not."""
        if fault in _UNDELIVERED:
            return _UNDELIVERED[fault]()
        reply = send()
        return _UNHEARD[fault]() if fault in _UNHEARD else reply

    def latency(self, fault: Kind | None, usual: float) -> float:
        """Seconds until the outcome is known."""
        return 60.0 if fault is Kind.STALL else usual

    def pause(self) -> float:
        """Seconds for which the account is paused; longer than the timeout of some flows."""
        return self._rng.uniform(1, 90)

    def jump(self) -> float:
        """Seconds by which the wall clock is wrong from now on."""
        return self._rng.uniform(-7200, 7200)


def _page(status: int, **headers: str) -> Reply:
    return Reply(
        status=status,
        headers={"content-type": "text/html", **headers},
        body=b"<html>proxy</html>",
    )
