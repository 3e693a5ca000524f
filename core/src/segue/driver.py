"""The two drivers: they run flows and do what flows ask for, one synchronously, one not.

Rules that both keep: a flow is closed whatever happens; failures to get an answer are thrown
into it; an HTTP error status is an ordinary `Reply`. A call is repeated here, below the flow and
by `policy`, never by running a flow again: that would send its paid request a second time.

What one try is, is written once, in `exchange.py`; the drivers differ only in how they wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from functools import cached_property, partial
from http.cookiejar import CookieJar
from typing import TypeVar

import anyio
import anyio.to_thread
import httpx

from segue._version import __version__
from segue.config import Http
from segue.connection import AsyncConnection, Connection
from segue.deadline import TimelyClient
from segue.errors import ConfigError
from segue.events import Intent
from segue.exchange import Exchange, unlinked, unlinked_async
from segue.flow import Call, Effect, Flow, Now, Record, Reply, Save, Sleep, Stream, Together, Work
from segue.held import AsyncHeld, AsyncShelf, Held, Shelf
from segue.hooks import Hooks
from segue.incoming import Streamed
from segue.job import Saved
from segue.journal import Journal
from segue.kept import AsyncKept, Kept, keepable
from segue.landing import Landing
from segue.lanes import ONE, SMALL, AsyncLanes, Lanes
from segue.making import made_in_thread
from segue.patience import patiently, patiently_async
from segue.pump import async_pump, pump, read_clock, refusal
from segue.together import async_side_by_side, side_by_side
from segue.transfer import Transfer
from segue.tries import Answered, Tries

T = TypeVar("T")

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
        self._lanes: Lanes = Lanes(self._opened, theirs=client)
        self._shelf = Shelf()
        self._narrow = client is not None  # how many connections it has is not known

    def run(self, flow: Flow[T]) -> T:
        """Do what the flow asks for, until it returns."""
        with closing(Kept()) as kept:
            return pump(flow, partial(self._perform, kept))

    def held(self) -> Held:
        """What keeps an answer open from one run to the next, for a job's handle."""
        return Held(self._shelf)

    def run_with(self, held: Held, flow: Flow[T]) -> T:
        """Run a flow that may leave its last answer open in `held`, or take it from there."""
        try:
            return pump(flow, partial(self._perform, held))
        except BaseException:
            held.close()
            raise

    def stream(self, stream: Stream) -> Generator[bytes, None, None]:
        """What the stream's requests bring, in chunks. Close it when it is not read to its end."""
        for call in stream.calls:
            tries = Tries(call, self._hooks)
            with Connection(self._lanes) as connection:
                reply = self._answered(call, tries, connection, streamed=True)
                stream.accept(reply)
                body = Streamed(reply, limit=self._limit(), window=self._window())
                while chunk := connection.tried(body.more(tries)):
                    yield chunk

    def close(self) -> None:
        """Close the connections that this driver opened."""
        self._shelf.clear()
        self._lanes.close()

    def _client(self) -> httpx.Client:
        return self._lanes.first()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.Client:
        return TimelyClient(
            proxy=self._settings.proxy,
            headers=_AGENT,
            event_hooks={"response": [unlinked]},
            verify=self._tls,
            limits=limits,
            cookies=cookies,
        )

    def _perform(self, kept: Kept, effect: Effect) -> object:
        match effect:
            case Call():
                return self._call(effect, kept)
            case Sleep():
                return self._slept(effect.seconds)
            case Work():
                return effect.function()
            case Save():
                return self._save(effect, kept)
            case Together():
                return side_by_side(effect, self.run)
            case Record():
                return self._write(effect)
            case _:
                raise refusal(effect)

    def _slept(self, seconds: float) -> Now:
        if seconds > 0:
            time.sleep(seconds)
        return read_clock()

    def _call(self, call: Call, kept: Kept) -> Reply:
        kept.close()
        if self._narrow:
            self._shelf.clear()
        with Connection(self._lanes) as connection:
            reply = self._answered(call, Tries(call, self._hooks), connection)
            if keepable(call, reply):
                return kept.keep(call, reply, connection.handed_on())
            return reply

    def _answered(
        self, call: Call, tries: Tries, connection: Connection, *, streamed: bool = False
    ) -> Reply:
        asking = partial(self._asking, call, tries, streamed=streamed)
        try:
            return patiently(tries, lambda: connection.tried(asking()))
        except Answered as last:
            return last.reply

    def _save(self, effect: Save, kept: Kept) -> Saved:
        source = effect.asset.source
        if effect.coming is None:
            kept.close()
        if self._narrow:
            self._shelf.clear(but=kept)
        with Landing(effect, limit=self._limit()) as landing:
            if not isinstance(source, Call):
                return landing.make()
            transfer, tries = Transfer(source, landing), Tries(source, self._hooks)
            with kept.taken(effect) or Connection(self._lanes) as connection:
                receiving = partial(self._receiving, transfer, landing, tries, effect.coming)
                try:
                    patiently(tries, lambda: connection.tried(receiving()))
                except Answered as last:
                    transfer.begin(last.reply)
            return landing.finish()


class AsyncDriver(Exchange):
    """Runs flows under asyncio or trio. `client` is the caller's own, and stays open."""

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
        self._over_aiohttp = _over_aiohttp() if http.transport == "aiohttp" and not client else None

    @cached_property
    def _kind(self) -> type[httpx.AsyncClient]:
        """Found out at the first request: not before is it known which event loop runs."""
        return self._over_aiohttp if self._over_aiohttp and _under_asyncio() else httpx.AsyncClient

    @cached_property
    def _lanes(self) -> AsyncLanes:
        shape = SMALL if self._kind is httpx.AsyncClient else ONE
        return AsyncLanes(self._opened, theirs=self._theirs, shape=shape)

    async def run(self, flow: Flow[T]) -> T:
        """Do what the flow asks for, until it returns."""
        async with aclosing(AsyncKept()) as kept:
            return await async_pump(flow, partial(self._perform, kept))

    def held(self) -> AsyncHeld:
        """What keeps an answer open from one run to the next, for a job's handle."""
        return AsyncHeld(self._shelf)

    async def run_with(self, held: AsyncHeld, flow: Flow[T]) -> T:
        """Run a flow that may leave its last answer open in `held`, or take it from there."""
        try:
            return await async_pump(flow, partial(self._perform, held))
        except BaseException:
            await held.aclose()
            raise

    async def stream(self, stream: Stream) -> AsyncGenerator[bytes, None]:
        """What the stream's requests bring, in chunks. Close it when it is not read to its end."""
        for call in stream.calls:
            tries = Tries(call, self._hooks)
            async with AsyncConnection(self._lanes) as connection:
                reply = await self._answered(call, tries, connection, streamed=True)
                stream.accept(reply)
                body = Streamed(reply, limit=self._limit(), window=self._window())
                while chunk := await connection.tried(body.more(tries)):
                    yield chunk

    async def close(self) -> None:
        """Close the connections that this driver opened."""
        await self._shelf.clear()
        await self._lanes.close()

    def _client(self) -> httpx.AsyncClient:
        return self._lanes.first()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.AsyncClient:
        return self._kind(
            proxy=self._settings.proxy,
            headers=_AGENT,
            event_hooks={"response": [unlinked_async]},
            verify=self._tls,
            limits=limits,
            cookies=cookies,
        )

    async def _perform(self, kept: AsyncKept, effect: Effect) -> object:
        match effect:
            case Call():
                return await self._call(effect, kept)
            case Sleep():
                return await self._slept(effect.seconds)
            case Work():
                return await anyio.to_thread.run_sync(effect.function)
            case Save():
                return await self._save(effect, kept)
            case Together():
                return await async_side_by_side(effect, self.run)
            case Record():
                return await self._recorded(effect)
            case _:
                raise refusal(effect)

    async def _slept(self, seconds: float) -> Now:
        if seconds > 0:
            await anyio.sleep(seconds)
        return read_clock()

    async def _recorded(self, effect: Record) -> object:
        """Write it down; what has happened is so even when the task is being cancelled."""
        try:
            with anyio.CancelScope(shield=not isinstance(effect.event, Intent)):
                await anyio.to_thread.run_sync(self._write, effect)
        except Exception:
            raise
        except BaseException:  # asyncio's own `Task.cancel` knows of no shield
            self._write_after_all(effect)
            raise
        return None

    async def _call(self, call: Call, kept: AsyncKept) -> Reply:
        await kept.aclose()
        if self._theirs is not None:
            await self._shelf.clear()
        async with AsyncConnection(self._lanes) as connection:
            reply = await self._answered(call, Tries(call, self._hooks), connection)
            if keepable(call, reply):
                return await kept.hold(call, reply, connection.handed_on())
            return reply

    async def _answered(
        self, call: Call, tries: Tries, connection: AsyncConnection, *, streamed: bool = False
    ) -> Reply:
        asking = partial(self._asking, call, tries, streamed=streamed)
        try:
            return await patiently_async(tries, lambda: connection.tried(asking()))
        except Answered as last:
            return last.reply

    async def _save(self, effect: Save, kept: AsyncKept) -> Saved:
        source = effect.asset.source
        if effect.coming is None:
            await kept.aclose()
        if self._theirs is not None:
            await self._shelf.clear(but=kept)
        if not isinstance(source, Call):
            return await made_in_thread(effect, self._limit())
        with Landing(effect, limit=self._limit()) as landing:
            transfer, tries = Transfer(source, landing), Tries(source, self._hooks)
            async with kept.taken(effect) or AsyncConnection(self._lanes) as connection:
                receiving = partial(self._receiving, transfer, landing, tries, effect.coming)
                try:
                    await patiently_async(tries, lambda: connection.tried(receiving()))
                except Answered as last:
                    transfer.begin(last.reply)
            return await anyio.to_thread.run_sync(landing.finish)


def _over_aiohttp() -> type[httpx.AsyncClient]:
    try:
        from segue.aiohttp_client import AiohttpClient  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            f"http.transport is 'aiohttp', which needs {error.name}",
            advice="pip install 'segue-core[fast]', or leave the key out",
        ) from error
    return AiohttpClient


def _under_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
