"""The synchronous driver: runs flows in the calling thread, and performs their effects.

It imports neither asyncio nor anyio; the other one is `_http/async_driver.py`.

Both drivers always close a flow, throw failed requests into it, and treat an HTTP error status as
an ordinary `Reply`. A call is retried here, by `policy`, never by running a flow again: that would
send its paid request a second time.

One attempt is written once, in `_http/exchange.py`; the drivers differ only in how they wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from http.cookiejar import CookieJar
from typing import TypeVar

import httpx

from segue._effects.held_response import coming_of
from segue._effects.run import not_an_effect, pump, read_clock
from segue._files.atomic import Landing
from segue._http.announced import Undertaking
from segue._http.body import Streamed
from segue._http.borrowed_client import Borrowed
from segue._http.concurrently import side_by_side
from segue._http.exchange import AGENT, Exchange, Service, unlinked
from segue._http.handle_response import Held, Shelf
from segue._http.kept_response import Kept, keepable
from segue._http.pool import Lanes
from segue._http.response import Connection
from segue._http.retry import Answered, Tries, patiently
from segue._http.routes import Routed
from segue._http.transfer import Transfer
from segue._http.waiters import ThreadWaiter
from segue._pace.turns import Rest, Step, turn
from segue._process.tracebacks import shortened
from segue.config import Http
from segue.events import Intent
from segue.flow import (
    Approve,
    Call,
    Claim,
    Effect,
    Flow,
    Lookup,
    Now,
    Permit,
    Record,
    Reply,
    Save,
    Sleep,
    Stream,
    Together,
    Unclaim,
    Work,
)
from segue.hooks import Hooks
from segue.job import Saved
from segue.journal import Journal

T = TypeVar("T")


class Driver(Exchange):
    """Runs flows in the calling thread. `client` is the caller's own, and stays open."""

    def __init__(
        self,
        *,
        http: Http,
        hooks: Hooks,
        journal: Journal | None = None,
        client: httpx.Client | None = None,
    ) -> None:
        super().__init__(http=http, hooks=hooks, journal=journal)
        self._borrowed = None if client is None else Borrowed(client)
        self._lanes: Lanes = Lanes(self._opened, theirs=client)
        self._shelf = Shelf()
        self._narrow = client is not None  # its number of connections is unknown

    def run(self, flow: Flow[T]) -> T:
        """Perform the flow's effects until it returns."""
        undertaking = Undertaking()
        with closing(Kept()) as kept:
            try:
                return pump(flow, partial(self._perform, kept, undertaking), self._now)
            except Exception as error:
                raise shortened(error)  # noqa: B904 - it is the same error
            except BaseException:
                self._give_up(undertaking)
                raise

    def held(self) -> Held:
        """A holder of a response that stays open from one run to the next, for a job's handle."""
        return Held(self._shelf)

    def run_with(self, held: Held, flow: Flow[T]) -> T:
        """Run a flow that may leave its last response open in `held`, or read it from there."""
        undertaking = Undertaking()
        try:
            return pump(flow, partial(self._perform, held, undertaking), self._now)
        except Exception:  # the handle still has its lease
            held.close()
            raise
        except BaseException:
            held.close()
            self._give_up(undertaking)
            raise

    def stream(self, stream: Stream) -> Generator[bytes, None, None]:
        """Yield the bodies of the stream's requests in chunks. Close it when it is not read to its
        end."""
        for call in stream.calls:
            tries = Tries(call, self._hooks)
            with Connection(self._lanes.way(spends=call.spends)) as connection:
                reply = self._answered(call, tries, connection, Undertaking(), streamed=True)
                stream.accept(reply)
                body = Streamed(reply, limit=self._limit(), window=self._window())
                while chunk := connection.tried(body.more(tries)):
                    yield chunk

    def close(self) -> None:
        """Close the connections that this driver opened."""
        self._shelf.clear()
        self._lanes.close()

    def _client(self) -> httpx.Client:
        return self._borrowed.here() if self._borrowed else self._lanes.first()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.Client:
        return httpx.Client(
            transport=Routed(self._network, limits),
            headers=AGENT,
            event_hooks={"response": [unlinked]},
            cookies=cookies,
        )

    def _watch(
        self, request: httpx.Request, undertaking: Undertaking
    ) -> Callable[[], object] | None:
        if self._borrowed:  # its transport may not report it
            return undertaking.leaving
        request.extensions["trace"] = undertaking.traced
        return None

    def _give_up(self, undertaking: Undertaking) -> None:
        if undertaking.unfinished:
            self._settle(undertaking)

    def _perform(  # noqa: PLR0911 - one for each effect
        self, kept: Kept, undertaking: Undertaking, effect: Effect
    ) -> object:
        match effect:
            case Call():
                return self._call(effect, kept, undertaking)
            case Sleep():
                return self._slept(effect.seconds)
            case Work():
                return effect.function()
            case Save():
                return self._save(effect, kept, undertaking)
            case Together():
                return side_by_side(effect, self.run)
            case Record() | Lookup() | Claim() | Unclaim() | Approve():
                return self._served(effect, undertaking)
            case Permit():
                return self._permitted(effect)
            case _:
                raise not_an_effect(effect)

    def _served(self, effect: Service, undertaking: Undertaking) -> object:
        """Perform an effect of the journal or of the hooks."""
        if isinstance(effect, Record):
            return self._recorded(effect, undertaking)
        if isinstance(effect, Approve):
            return self._hooks.approve(effect.task, effect.quote)
        return self._answered_by_journal(effect, undertaking)

    def _now(self) -> Now:
        return read_clock()

    def _slept(self, seconds: float) -> Now:
        if seconds > 0:
            time.sleep(seconds)
        return read_clock()

    def _permitted(self, effect: Permit) -> Now | None:
        waiter = ThreadWaiter()
        perform = partial(self._stepped, waiter)
        return pump(turn(effect, self._now(), waiter), perform, self._now)

    def _stepped(self, waiter: ThreadWaiter, step: Step) -> object:
        match step:
            case Rest():
                return self._rested(waiter, step.seconds)
            case Sleep():
                return self._slept(step.seconds)
            case Work():
                return step.function()

    def _rested(self, waiter: ThreadWaiter, seconds: float) -> Now:
        waiter.rest(seconds)
        return read_clock()

    def _recorded(self, effect: Record, undertaking: Undertaking) -> object:
        if isinstance(effect.event, Intent) and effect.account and effect.account.base_url:
            self._client()
            self._reachable(effect.account)
        return self._write(effect, undertaking)

    def _call(self, call: Call, kept: Kept, undertaking: Undertaking) -> Reply:
        kept.close()
        if self._narrow:
            self._shelf.clear()
        with Connection(self._lanes.way(spends=call.spends)) as connection:
            reply = self._answered(call, Tries(call, self._hooks), connection, undertaking)
            if keepable(call, reply):
                return kept.keep(call, reply, connection.handed_on())
            return reply

    def _answered(
        self,
        call: Call,
        tries: Tries,
        connection: Connection,
        undertaking: Undertaking,
        *,
        streamed: bool = False,
    ) -> Reply:
        asking = partial(self._asking, call, tries, undertaking, streamed=streamed)
        try:
            return patiently(tries, lambda: connection.tried(asking()))
        except Answered as last:
            return last.reply

    def _save(self, effect: Save, kept: Kept, undertaking: Undertaking) -> Saved:
        source = effect.asset.source
        if isinstance(source, Call) and source.spends:
            undertaking.leaving()
        if coming_of(effect) is None:
            kept.close()
        if self._narrow:
            self._shelf.clear(but=kept)
        with Landing(effect, limit=self._limit()) as landing:
            if not isinstance(source, Call):
                return landing.make()
            transfer, tries = Transfer(source, landing), Tries(source, self._hooks)
            way = self._lanes.way(spends=source.spends)
            with kept.taken(effect) or Connection(way) as connection:
                receiving = partial(self._receiving, transfer, landing, tries, coming_of(effect))
                try:
                    patiently(tries, lambda: connection.tried(receiving()))
                except Answered as last:
                    transfer.begin(last.reply)
            return landing.finish()
