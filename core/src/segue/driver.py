"""The two drivers: they run flows and do what flows ask for, one synchronously, one not.

Only this file imports stamina and, with `lanes.py`, httpx. Rules that both keep: a flow is closed
whatever happens; failures to get an answer are thrown into it; an HTTP error status is an
ordinary `Reply`. A call is repeated here, below the flow and by `policy`, never by running a
flow again: that would send its paid request a second time.

One try of a call is itself a generator (`_asking`, `_receiving`), so what is read, when, and
how failures are sorted is written once; the drivers differ only in how they wait.
"""

from __future__ import annotations

import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache, partial
from http.cookiejar import CookieJar
from typing import TypeVar

import anyio
import anyio.to_thread
import httpx
import msgspec
import stamina

from segue._version import __version__
from segue.config import Http
from segue.connection import AsyncConnection, Connection, Next, Open, Try
from segue.errors import ConnectionLost, NotSent, ProtocolError
from segue.flow import Call, Effect, Flow, Now, Record, Reply, Save, Sleep, Stream, Together, Work
from segue.handover import Coming
from segue.hooks import Hooks
from segue.job import Saved
from segue.journal import Journal
from segue.kept import AsyncKept, Kept, keepable
from segue.landing import Landing
from segue.lanes import AsyncLanes, Lanes
from segue.making import made_in_thread
from segue.pump import async_pump, pump, read_clock, refusal
from segue.together import async_side_by_side, side_by_side
from segue.transfer import Transfer
from segue.tries import Answered, Tries

T = TypeVar("T")

BODY_LIMIT = 8 << 20
"""The most bytes of a JSON or text body that are read into memory."""

_SHORTEST = 0.1
"""Seconds that any try has, at least."""

_AGENT = {"user-agent": f"segue/{__version__}"}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MALFORMED = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)


class _Common(ABC):
    """What the two drivers share: how a request is made and how its answer is read."""

    @abstractmethod
    def _client(self) -> httpx.Client | httpx.AsyncClient:
        """The client that makes the requests, whichever sends them."""

    def __init__(self, *, http: Http, hooks: Hooks, journal: Journal | None) -> None:
        self._settings = http
        self._hooks = hooks
        self._journal = journal

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made once for all lanes: it takes longer than anything else about a client."""
        return httpx.create_ssl_context()

    def _timeout(self, seconds: float | None, left: float | None) -> httpx.Timeout:
        most = float("inf") if left is None else max(left, _SHORTEST)
        return httpx.Timeout(
            min(seconds or self._settings.timeout, most),
            connect=min(self._settings.connect_timeout, most),
        )

    def _limit(self) -> int:
        return self._settings.max_download_mb * 1_000_000

    def _write(self, effect: Record) -> object:
        if self._journal is not None:
            self._journal.write(effect.event)
        return None

    def _request(self, call: Call, left: float | None = None) -> httpx.Request:
        if call.account is None:
            raise NotSent("this request belongs to no account", passing=False)
        url = call.account.absolute(call.url)
        headers = {**call.headers, **(call.account.signature(url) if call.keyed else {})}
        content = call.content
        if call.json is not msgspec.UNSET:
            content = msgspec.json.encode(call.json)
            headers.setdefault("content-type", "application/json")
        return self._client().build_request(
            call.method,
            _address(url),
            params=dict(call.params) or None,
            headers=headers,
            content=content,
            data=dict(call.form) or None,
            files={name: (f.name, f.content, f.type) for name, f in call.files.items()} or None,
            timeout=self._timeout(call.timeout, left),
        )

    def _asking(self, call: Call, tries: Tries) -> Try[Reply]:
        """One try of a call: its reply, the body read if it is JSON or text."""
        tries.begin()
        with _sorted(tries):
            reply = yield from _opened(self._request(call, tries.left), call)
            if _readable(reply):
                reply = msgspec.structs.replace(reply, body=(yield from _body(reply)))
        return tries.answered(reply)

    def _receiving(
        self, transfer: Transfer, landing: Landing, tries: Tries, coming: Coming | None
    ) -> Try[None]:
        """One try of a download: what is missing of the file, written to its landing. The first
        one reads on where a poll stopped, if its answer is the file."""
        tries.begin()
        with _sorted(tries):
            head = coming.taken() if coming else None
            transfer.begin(head or (yield from self._fetched(transfer, tries)))
            while chunk := (yield Next(raw=landing.expected is not None)):
                landing.write(chunk)
                tries.progressed()
            transfer.complete()

    def _fetched(self, transfer: Transfer, tries: Tries) -> Try[Reply]:
        """The head of a download's answer, from wherever it is sent to."""
        head = yield from _opened(self._request(transfer.request()), transfer.call)
        while transfer.redirected(head):
            head = yield from _opened(self._request(transfer.request()), transfer.call)
        if not head.ok and _readable(head):
            head = msgspec.structs.replace(head, body=(yield from _body(head)))
        return tries.answered(head)


class Driver(_Common):
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

    def run(self, flow: Flow[T]) -> T:
        """Do what the flow asks for, until it returns."""
        with Kept() as kept:
            return pump(flow, partial(self._perform, kept))

    def stream(self, stream: Stream) -> Generator[bytes, None, None]:
        """What the stream's requests bring, in chunks. Close it when it is not read to its end."""
        for call in stream.calls:
            tries = Tries(call, self._hooks)
            with Connection(self._lanes) as connection:
                stream.accept(self._answered(call, tries, connection))
                while chunk := connection.tried(_more(tries)):
                    yield chunk

    def close(self) -> None:
        """Close the connections that this driver opened."""
        self._lanes.close()

    def _client(self) -> httpx.Client:
        return self._lanes.first()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.Client:
        return httpx.Client(
            proxy=self._settings.proxy,
            headers=_AGENT,
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
        with Connection(self._lanes) as connection:
            reply = self._answered(call, Tries(call, self._hooks), connection)
            if keepable(call, reply):
                return kept.keep(call, reply, connection.handed_on())
            return reply

    def _answered(self, call: Call, tries: Tries, connection: Connection) -> Reply:
        try:
            return _patiently(tries, lambda: connection.tried(self._asking(call, tries)))
        except Answered as last:
            return last.reply

    def _save(self, effect: Save, kept: Kept) -> Saved:
        source = effect.asset.source
        if effect.coming is None:
            kept.close()
        with Landing(effect, limit=self._limit()) as landing:
            if not isinstance(source, Call):
                return landing.make()
            transfer, tries = Transfer(source, landing), Tries(source, self._hooks)
            with kept.taken(effect) or Connection(self._lanes) as connection:
                receiving = partial(self._receiving, transfer, landing, tries, effect.coming)
                try:
                    _patiently(tries, lambda: connection.tried(receiving()))
                except Answered as last:
                    transfer.begin(last.reply)
            return landing.finish()


class AsyncDriver(_Common):
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
        self._lanes: AsyncLanes = AsyncLanes(self._opened, theirs=client)

    async def run(self, flow: Flow[T]) -> T:
        """Do what the flow asks for, until it returns."""
        async with AsyncKept() as kept:
            return await async_pump(flow, partial(self._perform, kept))

    async def stream(self, stream: Stream) -> AsyncGenerator[bytes, None]:
        """What the stream's requests bring, in chunks. Close it when it is not read to its end."""
        for call in stream.calls:
            tries = Tries(call, self._hooks)
            async with AsyncConnection(self._lanes) as connection:
                stream.accept(await self._answered(call, tries, connection))
                while chunk := await connection.tried(_more(tries)):
                    yield chunk

    async def close(self) -> None:
        """Close the connections that this driver opened."""
        await self._lanes.close()

    def _client(self) -> httpx.AsyncClient:
        return self._lanes.first()

    def _opened(self, limits: httpx.Limits, cookies: CookieJar) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            proxy=self._settings.proxy,
            headers=_AGENT,
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
                return await anyio.to_thread.run_sync(self._write, effect)
            case _:
                raise refusal(effect)

    async def _slept(self, seconds: float) -> Now:
        if seconds > 0:
            await anyio.sleep(seconds)
        return read_clock()

    async def _call(self, call: Call, kept: AsyncKept) -> Reply:
        await kept.close()
        async with AsyncConnection(self._lanes) as connection:
            reply = await self._answered(call, Tries(call, self._hooks), connection)
            if keepable(call, reply):
                return kept.keep(call, reply, connection.handed_on())
            return reply

    async def _answered(self, call: Call, tries: Tries, connection: AsyncConnection) -> Reply:
        try:
            return await _patiently_async(
                tries, lambda: connection.tried(self._asking(call, tries))
            )
        except Answered as last:
            return last.reply

    async def _save(self, effect: Save, kept: AsyncKept) -> Saved:
        source = effect.asset.source
        if effect.coming is None:
            await kept.close()
        if not isinstance(source, Call):
            return await made_in_thread(effect, self._limit())
        with Landing(effect, limit=self._limit()) as landing:
            transfer, tries = Transfer(source, landing), Tries(source, self._hooks)
            async with kept.taken(effect) or AsyncConnection(self._lanes) as connection:
                receiving = partial(self._receiving, transfer, landing, tries, effect.coming)
                try:
                    await _patiently_async(tries, lambda: connection.tried(receiving()))
                except Answered as last:
                    transfer.begin(last.reply)
            return await anyio.to_thread.run_sync(landing.finish)


_PATIENT = stamina.RetryingCaller(attempts=None, timeout=None)
_PATIENT_ASYNC = stamina.AsyncRetryingCaller(attempts=None, timeout=None)


def _patiently(tries: Tries, attempt: Callable[[], T]) -> T:
    """Try, and let stamina go on if that fails: nearly all tries succeed, and what stamina does
    before the first one costs a tenth of a request."""
    try:
        return attempt()
    except Exception as error:
        failed = [error]

    def again() -> T:
        _told(failed)
        return attempt()

    return _PATIENT(tries, again)


async def _patiently_async(tries: Tries, attempt: Callable[[], Awaitable[T]]) -> T:
    """The same, awaiting it."""
    try:
        return await attempt()
    except Exception as error:
        failed = [error]

    async def again() -> T:
        _told(failed)
        return await attempt()

    return await _PATIENT_ASYNC(tries, again)


def _told(failed: list[Exception]) -> None:
    """Raise the failure of the first try, once."""
    if failed:
        raise failed.pop()


@lru_cache(maxsize=64)
def _address(url: str) -> httpx.URL:
    """A URL, taken apart: polls ask the same few again and again."""
    return httpx.URL(url)


def _opened(request: httpx.Request, call: Call) -> Try[Reply]:
    """The head of the answer, its body unread."""
    response: httpx.Response = yield Open(request)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status_code, headers=headers, body=None, endpoint=call.endpoint)


def _more(tries: Tries) -> Try[bytes]:
    """Some more of a body that was left unread; nothing at its end."""
    with _sorted(tries):
        chunk: bytes = yield Next(raw=False)
    return chunk


def _readable(reply: Reply) -> bool:
    kind = reply.content_type
    return not kind or kind.startswith("text/") or kind.endswith(("json", "xml"))


def _body(reply: Reply) -> Try[bytes]:
    body = bytearray()
    while chunk := (yield Next(raw=False)):
        body += chunk
        if len(body) > BODY_LIMIT:
            raise ProtocolError(
                f"the answer is longer than {BODY_LIMIT >> 20} MiB", status=reply.status
            )
    return bytes(body)


@contextmanager
def _sorted(tries: Tries) -> Iterator[None]:
    """Sort httpx's failures by the one question that matters: can it have been sent?"""
    try:
        yield
    except ConnectionLost as error:
        tries.ended(error)
        raise
    except (*_NEVER_SENT, *_MALFORMED) as error:
        raise tries.never_sent(NotSent(_reason(error), passing=_passing(error))) from error
    except httpx.HTTPError as error:
        lost = ConnectionLost(f"no whole answer came back: {_reason(error)}")
        tries.ended(lost)
        raise lost from error


def _passing(error: Exception) -> bool:
    """Not if the address or the certificate is at fault: those do not mend themselves."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return False
        cause = cause.__cause__ or cause.__context__
    return not isinstance(error, _MALFORMED)


def _reason(error: Exception) -> str:
    words = str(error) or "no reason given"
    return f"{words[:1].lower()}{words[1:]} ({type(error).__name__})"
