"""The asynchronous driver: runs flows under asyncio or trio. See `_http/sync_driver.py`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from http.cookiejar import CookieJar
from typing import TypeVar
from weakref import WeakKeyDictionary

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx

from segue._effects.held_response import coming_of
from segue._effects.run import async_pump, not_an_effect, read_clock
from segue._files.maker_thread import finished_beside, landing_beside, made_in_thread
from segue._http import async_journal
from segue._http.announced import Undertaking, leaves
from segue._http.async_concurrently import side_by_side
from segue._http.async_handle_response import AsyncHeld, AsyncShelf
from segue._http.async_kept_response import AsyncKept
from segue._http.async_pool import AsyncLanes
from segue._http.async_response import AsyncConnection
from segue._http.async_routes import AsyncRouted, MakeTransport
from segue._http.async_waiters import TaskWaiter
from segue._http.body import Streamed
from segue._http.borrowed_client import Borrowed
from segue._http.exchange import AGENT, Exchange, Service, unlinked
from segue._http.kept_response import keepable
from segue._http.pool import ONE, SMALL
from segue._http.retry import Answered, Tries, patiently_async
from segue._http.transfer import Transfer
from segue._pace.turns import Rest, Step, turn
from segue._process.event_loops import Loop, running_loop
from segue._process.forks import left_to_parent, renewed_in_child
from segue._process.threads import to_its_end
from segue._process.tracebacks import shortened
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
        self._lanes: AsyncLanes | None = None  # of the last loop
        self._loop: Loop | None = None
        renewed_in_child(self)

    def forked(self) -> None:
        """Open new connections; no loop of the parent's runs here."""
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
        """Perform the flow's effects until it returns."""
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
        """A holder of a response that stays open from one run to the next, for a job's handle."""
        return AsyncHeld(self._shelf)

    async def run_with(self, held: AsyncHeld, flow: Flow[T]) -> T:
        """Run a flow that may leave its last response open in `held`, or read it from there."""
        undertaking = Undertaking()
        try:
            perform = partial(self._perform, held, undertaking)
            return await async_pump(flow, perform, self._now)
        except Exception:  # the handle still has its lease
            await held.aclose()
            raise
        except BaseException:
            await held.aclose()
            await self._give_up(undertaking)
            raise

    async def stream(self, stream: Stream) -> AsyncGenerator[bytes, None]:
        """Yield the bodies of the stream's requests in chunks. Close it when it is not read to its
        end."""
        for call in stream.calls:
            tries = Tries(call, self._hooks)
            async with AsyncConnection(self._lanes_here().way(spends=call.spends)) as connection:
                reply = await self._answered(call, tries, connection, Undertaking(), streamed=True)
                stream.accept(reply)
                body = Streamed(reply, limit=self._limit(), window=self._window())
                while chunk := await connection.tried(body.more(tries)):
                    yield chunk

    async def close(self) -> None:
        """Close the connections that this driver opened. Those of another loop are closed when that
        ends."""
        await self._shelf.clear()
        lanes = self._by_loop.pop(running_loop(), None)
        self._by_loop.clear()
        self._lanes = self._loop = None
        if lanes is not None:
            await lanes.close()

    async def beside(self, function: Callable[[], object]) -> None:
        """Run a function that waits for the disk in a thread, also when the task is cancelled."""
        await to_its_end(function, anyhow=True)

    def _client(self) -> httpx.AsyncClient:
        if self._borrowed:
            return self._borrowed.here(running_loop())
        return self._lanes_here().first()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.AsyncClient:
        make = self._over_aiohttp if running_loop().under_asyncio else None
        return httpx.AsyncClient(
            transport=AsyncRouted(self._network, limits, make),
            headers=AGENT,
            event_hooks={"response": [_unlinked]},
            cookies=cookies,
        )

    def _watch(
        self, request: httpx.Request, undertaking: Undertaking
    ) -> Callable[[], object] | None:
        if self._borrowed or self._over_aiohttp:  # whose transport may not report it
            return undertaking.leaving
        request.extensions["trace"] = partial(_traced, undertaking)
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
                return await side_by_side(effect, self.run)
            case Record() | Lookup() | Claim() | Unclaim() | Approve():
                return await self._served(effect, undertaking)
            case Permit():
                return await self._permitted(effect)
            case _:
                raise not_an_effect(effect)

    async def _served(self, effect: Service, undertaking: Undertaking) -> object:
        """Perform an effect of the journal or of the hooks."""
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
            return await async_journal.call(writer, asking, reads=isinstance(effect, Lookup))
        if writer is None:
            return await to_its_end(asking, anyhow=True)
        await async_journal.free(writer, effect, undertaking)
        return None

    async def _recorded(self, effect: Record, undertaking: Undertaking) -> object:
        """Write an event, even when the task is being cancelled unless it is an intent."""
        announces = isinstance(effect.event, Intent)
        if announces and effect.account and effect.account.base_url:
            self._client()
            if self._network.known:
                self._reachable(effect.account)
            else:
                await to_its_end(partial(self._reachable, effect.account))
        writer = self._journal.writer if self._journal else None
        if writer is None:
            await to_its_end(partial(self._write, effect, undertaking), anyhow=not announces)
        else:
            await async_journal.write(writer, effect.event, undertaking)
        return None

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
            return await finished_beside(landing)


def _over_aiohttp() -> MakeTransport:
    try:
        from segue._http.aiohttp_transport import over_aiohttp  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            f"http.transport is 'aiohttp', which needs {error.name}",
            advice="pip install 'segue-core[fast]', or leave the key out",
        ) from error
    return over_aiohttp


async def _traced(undertaking: Undertaking, what: str, info: dict[str, object]) -> None:
    """As `Undertaking.traced`; a task that is cancelled by now does not write the request."""
    if leaves(what, info):
        await anyio.lowlevel.checkpoint_if_cancelled()
        undertaking.leaving()


async def _unlinked(response: httpx.Response) -> None:
    """`unlinked`, as an asynchronous client calls it."""
    unlinked(response)
