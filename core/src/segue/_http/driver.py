"""The two drivers: they run flows and do what flows ask for, one synchronously, one not.

Rules that both keep: a flow is closed whatever happens; failures to get an answer are thrown
into it; an HTTP error status is an ordinary `Reply`. A call is repeated here, below the flow and
by `policy`, never by running a flow again: that would send its paid request a second time.

What one try is, is written once, in `_http/exchange.py`; the drivers differ only in how they wait.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing
from functools import partial
from http.cookiejar import CookieJar
from typing import TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import anyio
import anyio.to_thread
import httpx

from segue._effects.held_response import coming_of
from segue._effects.run import async_pump, not_an_effect, pump, read_clock
from segue._files.atomic import Landing
from segue._files.maker_thread import landing_beside, made_in_thread
from segue._http import journal_tasks
from segue._http.announced import Undertaking
from segue._http.body import Streamed
from segue._http.borrowed_client import Borrowed
from segue._http.concurrently import async_side_by_side, side_by_side
from segue._http.exchange import Exchange, unlinked, unlinked_async
from segue._http.handle_response import AsyncHeld, AsyncShelf, Held, Shelf
from segue._http.kept_response import AsyncKept, Kept, keepable
from segue._http.pool import ONE, SMALL, AsyncLanes, Lanes
from segue._http.response import AsyncConnection, Connection
from segue._http.retry import Answered, Tries, patiently, patiently_async
from segue._http.routes import AsyncRouted, MakeTransport, Routed
from segue._http.transfer import Transfer
from segue._http.waiters import TaskWaiter, ThreadWaiter
from segue._pace.turns import Rest, Step, turn
from segue._process.event_loops import Loop, running_loop
from segue._process.forks import left_to_parent, renewed_in_child
from segue._process.threads import to_its_end
from segue._process.tracebacks import shortened
from segue._version import __version__
from segue.config import Http
from segue.errors import ConfigError
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

Service: TypeAlias = Record | Lookup | Claim | Unclaim | Approve

_AGENT = {"user-agent": f"segue/{__version__}"}


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
        self._narrow = client is not None  # how many connections it has is not known

    def run(self, flow: Flow[T]) -> T:
        """Do what the flow asks for, until it returns."""
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
        """What keeps an answer open from one run to the next, for a job's handle."""
        return Held(self._shelf)

    def run_with(self, held: Held, flow: Flow[T]) -> T:
        """Run a flow that may leave its last answer open in `held`, or take it from there."""
        undertaking = Undertaking()
        try:
            return pump(flow, partial(self._perform, held, undertaking), self._now)
        except BaseException:
            held.close()
            self._give_up(undertaking)
            raise

    def stream(self, stream: Stream) -> Generator[bytes, None, None]:
        """What the stream's requests bring, in chunks. Close it when it is not read to its end."""
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
            headers=_AGENT,
            event_hooks={"response": [unlinked]},
            cookies=cookies,
        )

    def _watch(
        self, request: httpx.Request, undertaking: Undertaking
    ) -> Callable[[], object] | None:
        if self._borrowed:  # its transport may tell nothing
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
        """What is answered by the journal, or by the hooks."""
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


class AsyncDriver(Exchange):
    """Runs flows under asyncio or trio. `client` is the caller's own, and stays open."""

    _batch = 1 << 20

    def __init__(
        self,
        *,
        http: Http,
        hooks: Hooks,
        journal: Journal | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(http=http, hooks=hooks, journal=journal)
        self._theirs = client
        self._shelf = AsyncShelf()
        self._borrowed = None if client is None else Borrowed(client)
        self._over_aiohttp = (
            _over_aiohttp() if http.transport == "aiohttp" and client is None else None
        )
        self._by_loop: WeakKeyDictionary[Loop, AsyncLanes] = WeakKeyDictionary()
        self._lanes: AsyncLanes | None = None  # of the loop that was used last
        self._loop: Loop | None = None
        renewed_in_child(self)

    def forked(self) -> None:
        """Open connections of our own; no loop of the parent's runs here."""
        left_to_parent((list(self._by_loop.values()), self._lanes))
        self._by_loop = WeakKeyDictionary()
        self._lanes = self._loop = None

    def _lanes_here(self) -> AsyncLanes:
        """The lanes of the running loop."""
        loop = running_loop()
        if loop is not self._loop or self._lanes is None:
            lanes = self._by_loop.get(loop)
            if lanes is None:
                shape = ONE if self._over_aiohttp and loop.under_asyncio else SMALL
                lanes = AsyncLanes(self._opened, theirs=self._theirs, shape=shape)
                self._by_loop[loop] = lanes
            self._loop, self._lanes = loop, lanes
            return lanes
        return self._lanes

    async def run(self, flow: Flow[T]) -> T:
        """Do what the flow asks for, until it returns."""
        undertaking = Undertaking()
        async with aclosing(AsyncKept()) as kept:
            try:
                perform = partial(self._perform, kept, undertaking)
                return await async_pump(flow, perform, self._now)
            except Exception as error:
                raise shortened(error)  # noqa: B904 - it is the same error
            except BaseException:
                await self._give_up(undertaking)
                raise

    def held(self) -> AsyncHeld:
        """What keeps an answer open from one run to the next, for a job's handle."""
        return AsyncHeld(self._shelf)

    async def run_with(self, held: AsyncHeld, flow: Flow[T]) -> T:
        """Run a flow that may leave its last answer open in `held`, or take it from there."""
        undertaking = Undertaking()
        try:
            perform = partial(self._perform, held, undertaking)
            return await async_pump(flow, perform, self._now)
        except BaseException:
            await held.aclose()
            await self._give_up(undertaking)
            raise

    async def stream(self, stream: Stream) -> AsyncGenerator[bytes, None]:
        """What the stream's requests bring, in chunks. Close it when it is not read to its end."""
        for call in stream.calls:
            tries = Tries(call, self._hooks)
            async with AsyncConnection(self._lanes_here().way(spends=call.spends)) as connection:
                reply = await self._answered(call, tries, connection, Undertaking(), streamed=True)
                stream.accept(reply)
                body = Streamed(reply, limit=self._limit(), window=self._window())
                while chunk := await connection.tried(body.more(tries)):
                    yield chunk

    async def close(self) -> None:
        """Close the connections that this driver opened. Those of another loop close there, when
        that ends."""
        await self._shelf.clear()
        lanes = self._by_loop.pop(running_loop(), None)
        self._by_loop.clear()
        self._lanes = self._loop = None
        if lanes is not None:
            await lanes.close()

    async def beside(self, function: Callable[[], object]) -> None:
        """Do something that waits for the disk in a thread, also when the task is cancelled."""
        await to_its_end(function, anyhow=True)

    def _client(self) -> httpx.AsyncClient:
        if self._borrowed:
            return self._borrowed.here(running_loop())
        return self._lanes_here().first()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.AsyncClient:
        make = self._over_aiohttp if running_loop().under_asyncio else None
        return httpx.AsyncClient(
            transport=AsyncRouted(self._network, limits, make),
            headers=_AGENT,
            event_hooks={"response": [unlinked_async]},
            cookies=cookies,
        )

    def _watch(
        self, request: httpx.Request, undertaking: Undertaking
    ) -> Callable[[], object] | None:
        if self._borrowed or self._over_aiohttp:  # whose transport may tell nothing
            return undertaking.leaving
        request.extensions["trace"] = undertaking.traced_async
        return None

    async def _give_up(self, undertaking: Undertaking) -> None:
        if undertaking.unfinished:
            await to_its_end(partial(self._settle, undertaking), anyhow=True)

    async def _perform(  # noqa: PLR0911 - one for each effect
        self, kept: AsyncKept, undertaking: Undertaking, effect: Effect
    ) -> object:
        match effect:
            case Call():
                return await self._call(effect, kept, undertaking)
            case Sleep():
                return await self._slept(effect.seconds)
            case Work():
                return await anyio.to_thread.run_sync(effect.function)
            case Save():
                return await self._save(effect, kept, undertaking)
            case Together():
                return await async_side_by_side(effect, self.run)
            case Record() | Lookup() | Claim() | Unclaim() | Approve():
                return await self._served(effect, undertaking)
            case Permit():
                return await self._permitted(effect)
            case _:
                raise not_an_effect(effect)

    async def _served(self, effect: Service, undertaking: Undertaking) -> object:
        """What is answered by the journal, or by the hooks."""
        if isinstance(effect, Record):
            return await self._recorded(effect, undertaking)
        if isinstance(effect, Approve):
            return await self._hooks.approve_async(effect.task, effect.quote)
        return await self._beside_journal(effect, undertaking)

    def _now(self) -> Now:
        return read_clock()

    async def _slept(self, seconds: float) -> Now:
        if seconds > 0:
            await anyio.sleep(seconds)
        return read_clock()

    async def _permitted(self, effect: Permit) -> Now | None:
        waiter = TaskWaiter()
        perform = partial(self._stepped, waiter)
        return await async_pump(turn(effect, self._now(), waiter), perform, self._now)

    async def _stepped(self, waiter: TaskWaiter, step: Step) -> object:
        match step:
            case Rest():
                return await self._rested(waiter, step.seconds)
            case Sleep():
                return await self._slept(step.seconds)
            case Work():
                return await to_its_end(step.function)

    async def _rested(self, waiter: TaskWaiter, seconds: float) -> Now:
        await waiter.rest(seconds)
        return read_clock()

    async def _beside_journal(
        self, effect: Lookup | Claim | Unclaim, undertaking: Undertaking
    ) -> object:
        if self._journal is None:  # answered at once
            return self._answered_by_journal(effect, undertaking)
        writer = self._journal.writer
        asking = partial(self._answered_by_journal, effect, undertaking)
        if not isinstance(effect, Unclaim):
            return await journal_tasks.call(writer, asking, reads=isinstance(effect, Lookup))
        if writer is not None:
            return await journal_tasks.free(writer, effect, undertaking)
        return await to_its_end(asking, anyhow=True)

    async def _recorded(self, effect: Record, undertaking: Undertaking) -> object:
        """Write it down; what has happened is so even when the task is being cancelled."""
        announces = isinstance(effect.event, Intent)
        if announces and effect.account and effect.account.base_url:
            self._client()
            if self._network.known:
                self._reachable(effect.account)
            else:
                await to_its_end(partial(self._reachable, effect.account))
        writer = self._journal.writer if self._journal else None
        if writer is not None:
            return await journal_tasks.write(writer, effect.event, undertaking)
        return await to_its_end(partial(self._write, effect, undertaking), anyhow=not announces)

    async def _call(self, call: Call, kept: AsyncKept, undertaking: Undertaking) -> Reply:
        await kept.aclose()
        if self._theirs is not None:
            await self._shelf.clear()
        async with AsyncConnection(self._lanes_here().way(spends=call.spends)) as connection:
            reply = await self._answered(call, Tries(call, self._hooks), connection, undertaking)
            if keepable(call, reply):
                return await kept.hold(call, reply, connection.handed_on())
            return reply

    async def _answered(
        self,
        call: Call,
        tries: Tries,
        connection: AsyncConnection,
        undertaking: Undertaking,
        *,
        streamed: bool = False,
    ) -> Reply:
        asking = partial(self._asking, call, tries, undertaking, streamed=streamed)
        try:
            return await patiently_async(tries, lambda: connection.tried(asking()))
        except Answered as last:
            return last.reply

    async def _save(self, effect: Save, kept: AsyncKept, undertaking: Undertaking) -> Saved:
        source = effect.asset.source
        if isinstance(source, Call) and source.spends:
            undertaking.leaving()
        if coming_of(effect) is None:
            await kept.aclose()
        if self._theirs is not None:
            await self._shelf.clear(but=kept)
        if not isinstance(source, Call):
            return await made_in_thread(effect, self._limit())
        async with landing_beside(effect, self._limit()) as landing:
            transfer, tries = Transfer(source, landing), Tries(source, self._hooks)
            way = self._lanes_here().way(spends=source.spends)
            async with kept.taken(effect) or AsyncConnection(way) as connection:
                receiving = partial(self._receiving, transfer, landing, tries, coming_of(effect))
                try:
                    await patiently_async(tries, lambda: connection.tried(receiving()))
                except Answered as last:
                    await to_its_end(partial(transfer.begin, last.reply))
            return await to_its_end(landing.finish, hurry=landing.stop)


def _over_aiohttp() -> MakeTransport:
    try:
        from segue._http.aiohttp_transport import over_aiohttp  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            f"http.transport is 'aiohttp', which needs {error.name}",
            advice="pip install 'segue-core[fast]', or leave the key out",
        ) from error
    return over_aiohttp
