"""One attempt of a call or of a download, for both drivers.

It makes the request and reads the response. An attempt is a generator that yields its steps on the
connection.
"""

from __future__ import annotations

import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeAlias, cast

import httpx
import msgspec

from segue._config.base_url import unusable
from segue._data.redaction import hidden_query
from segue._effects.account import Account
from segue._effects.bound import bound
from segue._effects.held_response import Coming
from segue._files.atomic import Landing
from segue._files.write_batches import Batch
from segue._http import body as incoming
from segue._http.announced import Undertaking
from segue._http.body import Pace
from segue._http.classify import counted, lost, unsendable, unsent
from segue._http.decompress import ACCEPTED
from segue._http.network import Network
from segue._http.reading import of_file, pieces, read, readable
from segue._http.response import Do, Open, Try
from segue._http.retry import Tries
from segue._http.routes import Routes
from segue._http.transfer import Transfer
from segue._journal.answers import answered, given_back
from segue._journal.released import Access
from segue._version import __version__
from segue.config import Http
from segue.errors import (
    ConnectionLost,
    JournalError,
    LeaseLost,
    NotSent,
    SegueError,
)
from segue.events import Intent, Refused, Unknown
from segue.flow import Approve, Call, Claim, Lookup, Record, Reply, Unclaim
from segue.hooks import Hooks
from segue.journal import Journal

logger = logging.getLogger("segue")

_SHORTEST = 0.1
"""The least seconds of an attempt."""

_UPLOAD = 16_000
"""Bytes a second: the slowest network for which sending a body does not time out."""

LOCATION = "segue_location"
"""The extension of a response that holds its `Location`; see `unlinked`."""

Service: TypeAlias = Record | Lookup | Claim | Unclaim | Approve
"""Effects of the journal and of the hooks."""

AGENT = {"user-agent": f"segue/{__version__}"}

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"(?:[^\x00\s]+(?:[ \t]+[^\x00\s]+)*)?")


class Exchange(ABC):
    """The base of both drivers: making requests and reading responses."""

    _batch = 0
    """The bytes of a file that are buffered before a write."""

    @abstractmethod
    def _client(self) -> httpx.Client | httpx.AsyncClient:
        """The client that builds the requests; another may send them."""

    def __init__(self, *, http: Http, hooks: Hooks, journal: Journal | None) -> None:
        self._settings = http
        self._hooks = hooks
        self._journal = None if journal is None else Access(journal)
        self._network = Network(http.proxy)

    @abstractmethod
    def _watch(
        self, request: httpx.Request, undertaking: Undertaking
    ) -> Callable[[], object] | None:
        """Make the undertaking detect when a paid request is sent: by trace extensions of the
        request, or by a returned function to call just before it is sent."""

    def _reachable(self, account: Account | None) -> None:
        """Raise `ConfigError` unless requests of that account can be sent from here."""
        if account is not None and account.base_url:
            self._network.check(account.base_url)

    def _timeout(self, seconds: float | None, left: float | None) -> httpx.Timeout:
        most = float("inf") if left is None else max(left, _SHORTEST)
        return httpx.Timeout(
            min(seconds or self._settings.timeout, most),
            connect=min(self._settings.connect_timeout, most),
        )

    def _limit(self) -> int:
        return self._settings.max_download_mb * 1_000_000

    def _write(self, effect: Record, undertaking: Undertaking) -> object:
        event = effect.event
        undertaking.announced(event)
        try:
            if self._journal is not None:
                self._journal.write(event)
        except Exception:
            undertaking.dropped(event)
            raise
        except BaseException:
            self._write_after_all(effect)
            raise
        undertaking.recorded(event)
        return None

    def _write_after_all(self, effect: Record) -> None:
        """Write an event again after the user interrupted the write (events are idempotent): it may
        have the only ticket of a paid job. An intent is not written then."""
        if self._journal is None or isinstance(effect.event, Intent):
            return
        try:
            self._journal.write(effect.event)
        except (JournalError, LeaseLost) as error:
            logger.warning("the event of job %s could not be recorded: %s", effect.event.job, error)

    def _answered_by_journal(
        self, effect: Lookup | Claim | Unclaim, undertaking: Undertaking
    ) -> object:
        if not isinstance(effect, Lookup):
            undertaking.claiming(effect)
        try:
            return answered(self._journal, effect)
        except Exception:  # such as that another owner holds it: this run must not release it
            if isinstance(effect, Claim) and not effect.renews:
                undertaking.leases.pop(effect.job, None)
            raise

    def _settle(self, undertaking: Undertaking) -> None:
        """For an abandoned flow, record its job's outcome, and release its leases."""
        intent, event = undertaking.intent, undertaking.given_up()
        if self._journal is None:
            return
        if intent is not None and event is not None:
            self._write_end(intent, event)
        for job, owner in undertaking.leases.items():
            given_back(self._journal, job, owner)

    def _write_end(self, intent: Intent, event: Refused | Unknown) -> None:
        """Record the outcome, unless the run was abandoned before its intent was written: then
        there is no job of that name, or another process has submitted it."""
        journal = cast("Access", self._journal)
        try:
            entry = journal.find(intent.job)
            if entry is not None and entry.key == intent.key:
                journal.write(event)
        except (JournalError, LeaseLost) as error:
            logger.warning("how job %s ended is not in the journal: %s", event.job, error)

    def _request(self, call: Call, left: float | None = None) -> httpx.Request:
        """Build the request of a call; raise `NotSent` if that fails."""
        account = bound(call).account
        if account is None:
            raise NotSent("this request belongs to no account", passing=False)
        client = self._client()
        if client.is_closed:
            raise NotSent("the HTTP client is closed", passing=False, advice="open another one")
        url = account.absolute(call.url)
        try:  # this frame holds no headers, which would be in its traceback
            return _sound(_built(client, call, url, self._timeout(call.timeout, left)))
        except SegueError:
            raise
        except Exception as error:
            raise unsendable(error) from error

    def _proxy(self, url: httpx.URL) -> httpx.URL | None:
        """The proxy of a failed request, as far as known: a caller's own HTTP client may have
        another."""
        if not isinstance(self._client()._transport, Routes):
            return None
        proxy = self._network.proxy(url)
        return None if proxy is None else proxy.url

    def _whole(self, request: httpx.Request, call: Call, left: float | None) -> float:
        """The seconds for connecting, sending, and the whole response."""
        size = request.headers.get("content-length", "")
        sending = int(size) // _UPLOAD if size.isdigit() else 0
        allowed = call.timeout or self._settings.timeout
        whole = allowed + self._settings.connect_timeout + sending
        return whole if left is None else min(whole, max(left, _SHORTEST))

    def _window(self) -> float:
        """Seconds over which the speed of a body is measured."""
        return min(self._settings.timeout, incoming.WINDOW)

    def _head(
        self,
        call: Call,
        sent: Call,
        left: float | None = None,
        undertaking: Undertaking | None = None,
    ) -> Try[Reply]:
        """The head of the response to `sent`, its body unread; `call` is the call that it belongs
        to."""
        request = self._request(sent, left)
        watched = undertaking if sent.spends else None
        if watched is not None:
            watched.begun(bound(sent).departure)
        leaving = self._watch(request, watched) if watched is not None else None
        try:
            whole = self._whole(request, sent, left)
            response: httpx.Response = yield Open(request, whole, leaving)
        except SegueError:
            raise
        except Exception as error:
            never = unsent(error, request.url, proxy=self._proxy(request.url))
            raise (never or lost(error)) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        if (location := response.extensions.get(LOCATION)) is not None:
            headers["location"] = location
        return Reply(
            status=response.status_code, headers=headers, body=None, endpoint=call.endpoint
        )

    def _asking(
        self, call: Call, tries: Tries, undertaking: Undertaking, *, streamed: bool = False
    ) -> Try[Reply]:
        """One attempt of a call: its reply, with the body if it is JSON or text, or for a call that
        spends, of any type, unless it is `streamed`."""
        tries.begin()
        with counted(tries):
            reply = yield from self._head(call, call, tries.left, undertaking)
            whatever = call.spends and not streamed
            if whatever or readable(reply):
                reply = yield from read(reply, tries, whatever=whatever)
        return tries.answered(reply)

    def _receiving(
        self, transfer: Transfer, landing: Landing, tries: Tries, coming: Coming | None
    ) -> Try[None]:
        """One attempt of a download: request the missing part of the file, and write it to the
        landing. The first one reads a poll's held response, if that is the file."""
        tries.begin()
        with counted(tries):
            head = coming.taken() if coming else None
            head = head or (yield from self._fetched(transfer, landing, tries))
            if landing.written:  # it may have to be discarded
                yield Do(partial(transfer.begin, head))
            else:
                transfer.begin(head)
            pace = Pace(incoming.SLOWEST, self._window())
            inflating = of_file(transfer.head, landing)
            batch = Batch(landing, self._batch)
            try:
                while chunk := (yield from pace.following()):
                    for piece in pieces(inflating, chunk):
                        if batch.add(piece):
                            yield Do(batch.write)
                    if transfer.further(time.monotonic(), incoming.SLOWEST):
                        tries.progressed()
            except ConnectionLost:
                yield Do(batch.write)  # the received bytes are not requested again
                raise
            yield Do(batch.write)
            transfer.further(time.monotonic(), incoming.SLOWEST)
            if not inflating.over:
                raise ConnectionLost("the download ended early")
            transfer.complete()

    def _fetched(self, transfer: Transfer, landing: Landing, tries: Tries) -> Try[Reply]:
        """The head of a download's response, after redirects."""
        anew = landing.written > 0  # the written part may have to be discarded
        request: Call = (yield Do(transfer.request)) if anew else transfer.request()
        head = yield from self._head(transfer.call, request)
        while transfer.redirected(head):
            head = yield from self._head(transfer.call, transfer.request())
        transfer.refused_range(head)
        if not head.ok and readable(head):
            head = yield from read(head, tries, whatever=False)
        return tries.answered(head)


def _built(
    client: httpx.Client | httpx.AsyncClient,
    call: Call,
    url: str,
    timeout: httpx.Timeout,
) -> httpx.Request:
    account = bound(call).account
    signed = account.signature(url) if account and call.keyed else {}
    headers, content = {**call.headers, **signed}, call.content
    if call.json is not msgspec.UNSET:
        content = msgspec.json.encode(call.json)
        headers.setdefault("content-type", "application/json")
    headers = {"accept-encoding": ACCEPTED, **headers}
    return client.build_request(
        call.method,
        _address(url),
        params=dict(call.params) or None,
        headers=headers,
        content=content,
        data=dict(call.form) or None,
        files={name: (f.name, f.content, f.type) for name, f in call.files.items()} or None,
        timeout=timeout,
    )


def _sound(request: httpx.Request) -> httpx.Request:
    """The request; raise `NotSent` if its head is invalid. HTTP libraries check that too, but with
    errors that they also raise for requests that were sent."""
    if not _METHOD.fullmatch(request.method):
        raise NotSent(f"{request.method!r} is no HTTP method", passing=False)
    for name, value in request.headers.raw:
        if not _NAME.fullmatch(name):
            raise NotSent(f"{name!r} cannot be the name of a header", passing=False)
        if not _VALUE.fullmatch(value):
            shown = name.decode("ascii")
            raise NotSent(
                f"the value of the header {shown} has characters that none may have",
                passing=False,
                advice="check the key and the headers",
            )
    return request


@lru_cache(maxsize=64)
def _address(url: str) -> httpx.URL:
    """Parse a URL; cached, as polls repeat the same few. Raises `NotSent` for an unusable one, for
    which httpx and the network raise various errors."""
    why = unusable(url)
    try:
        address = httpx.URL(url)
        why = why if address.host else "it names no host"
    except (httpx.InvalidURL, ValueError) as error:  # `host` decodes `xn--`, and may fail then
        why = why or str(error).lower()
    else:
        if not why:
            return address
    raise NotSent(
        f"{hidden_query(url)!r} is no usable address: {why}",
        passing=False,
        advice="correct the provider's base_url, unless the vendor sent this address",
    )


def unlinked(response: httpx.Response) -> None:
    """Move a response's `Location` to an extension. httpx builds the next request from it even when
    it follows none, and an invalid one would lose the whole response."""
    if (location := response.headers.pop("location", None)) is not None:
        response.extensions[LOCATION] = location
