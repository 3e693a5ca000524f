"""The answers to questions for a price, for a while: many jobs ask the very same one. Pure.

What guards money (a limit, a budget, an approval) is asked for anew each time. What is only
written down beside the job may be as old as `FRESH`, and is asked for once by all who begin
together. Two questions are the same when their requests are.
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
    """The answers that an account got lately, by their requests; all jobs of a client share it."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, Reply]] = {}
        self._asking: dict[bytes, SingleFlight] = {}
        renewed_in_child(self)

    def forked(self) -> None:
        """Who is asking in the parent brings no answer here."""
        self._asking = {}

    def through(self, flow: Flow[Any]) -> Flow[Any]:
        """Run a provider's `quote` on, its requests answered from here where they can be."""
        return through(flow, self._answered)

    def _answered(self, effect: Effect) -> Generator[Effect, Any, object]:
        if not isinstance(effect, Call) or (name := _name(effect)) is None:
            return (yield effect)
        clock = yield from now()
        known, flight = self._recent(name, clock.monotonic), self._asking.get(name)
        if known is None and flight is None:
            return (yield from self._asked(name, effect))
        if known is None and flight is not None:
            clock = yield from flight.ended()
            known = self._recent(name, clock.monotonic)
        # where the one that asked for all got no answer, each may try for itself
        return known if known is not None else (yield effect)

    def _asked(self, name: bytes, call: Call) -> Generator[Effect, Any, Reply]:
        self._asking[name] = flight = SingleFlight()
        try:
            reply: Reply = yield call
            clock = yield from now()
            if reply.ok and reply.body is not None:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[name] = clock.monotonic, reply
        finally:
            self._asking.pop(name, None)
            flight.end()
        return reply

    def _recent(self, name: bytes, now_: float) -> Reply | None:
        since, reply = self._known.get(name, (0.0, None))
        return reply if reply is not None and now_ - since < FRESH else None


def _name(call: Call) -> bytes | None:
    """What tells a request from others; None for one that is not to be compared."""
    if call.spends or call.content is not None or call.files:
        return None
    told = (call.method, call.url, call.params, call.headers, call.form, call.keyed)
    body = None if call.json is msgspec.UNSET else call.json
    return msgspec.json.encode((*told, body), order="deterministic")
