"""A cache of quotes, by their requests: many jobs need the same one. Pure.

A price that a limit, a budget or an approval depends on is requested each time. One that is only
recorded with the job may be as old as `FRESH`, and concurrent jobs share one request. Quotes are
the same when their requests are equal.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec

from segue._effects.run import through
from segue._pace.single_flight import SingleFlight
from segue._process.forks import renewed_in_child
from segue.flow import Call, Effect, Flow, Reply, now

FRESH = 300.0
"""Seconds for which a price is reused where nothing depends on it."""

_MOST = 1000


class Prices:
    """The recent quotes of an account by their requests; all jobs of a client share it."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, Reply]] = {}
        self._flights: dict[bytes, SingleFlight] = {}
        renewed_in_child(self)

    def forked(self) -> None:
        """Drop the parent's requests in flight."""
        self._flights = {}

    def through(self, flow: Flow[Any]) -> Flow[Any]:
        """Run a provider's `quote`, its requests answered from the cache where possible."""
        return through(flow, self._answered)

    def _answered(self, effect: Effect) -> Generator[Effect, Any, object]:
        if not isinstance(effect, Call) or (name := _name(effect)) is None:
            return (yield effect)
        clock = yield from now()
        known, flight = self._recent(name, clock.monotonic), self._flights.get(name)
        if known is None and flight is None:
            return (yield from self._fetched(name, effect))
        if known is None and flight is not None:
            clock = yield from flight.ended()
            known = self._recent(name, clock.monotonic)
        # where the shared request failed, each flow sends its own
        return known if known is not None else (yield effect)

    def _fetched(self, name: bytes, call: Call) -> Generator[Effect, Any, Reply]:
        self._flights[name] = flight = SingleFlight()
        try:
            reply: Reply = yield call
            clock = yield from now()
            if reply.ok and reply.body is not None:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[name] = clock.monotonic, reply
        finally:
            self._flights.pop(name, None)
            flight.end()
        return reply

    def _recent(self, name: bytes, now_: float) -> Reply | None:
        since, reply = self._known.get(name, (0.0, None))
        return reply if reply is not None and now_ - since < FRESH else None


def _name(call: Call) -> bytes | None:
    """The cache key of a request; None for one that is not cached."""
    if call.spends or call.content is not None or call.files:
        return None
    identity = (call.method, call.url, call.params, call.headers, call.form, call.keyed)
    body = None if call.json is msgspec.UNSET else call.json
    return msgspec.json.encode((*identity, body), order="deterministic")
