"""One try of a call or of a download, whichever driver waits for it.

How a request is made, and what of its answer is read and when. A try is a generator: it yields
what it wants of the connection.
"""

from __future__ import annotations

import logging
import ssl
from abc import ABC, abstractmethod
from functools import cached_property, lru_cache

import httpx
import msgspec

from segue.addresses import unusable
from segue.config import Http
from segue.connection import Next, Open, Try
from segue.errors import JournalError, NotSent, ProtocolError
from segue.events import Intent
from segue.failures import sorted_failures
from segue.flow import Call, Record, Reply
from segue.handover import Coming
from segue.hooks import Hooks
from segue.journal import Journal
from segue.landing import Landing
from segue.redaction import hidden_query
from segue.transfer import Transfer
from segue.tries import Tries

logger = logging.getLogger("segue")

BODY_LIMIT = 8 << 20
"""The most bytes of a JSON or text body that are read into memory."""

_SHORTEST = 0.1
"""Seconds that any try has, at least."""


class Exchange(ABC):
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
        if self._journal is None:
            return None
        try:
            self._journal.write(effect.event)
        except Exception:
            raise
        except BaseException:
            self._write_after_all(effect)
            raise
        return None

    def _write_after_all(self, effect: Record) -> None:
        """Write down what has happened although the user interrupts it (to write twice does no
        harm): it may be the only ticket of what is paid for. An intent is not carried out now."""
        if self._journal is None or isinstance(effect.event, Intent):
            return
        try:
            self._journal.write(effect.event)
        except JournalError as error:
            logger.warning("the journal was not told of job %s: %s", effect.event.job, error)

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
        with sorted_failures(tries):
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
        with sorted_failures(tries):
            head = coming.taken() if coming else None
            transfer.begin(head or (yield from self._fetched(transfer, tries)))
            while chunk := (yield Next(raw=landing.expected is not None)):
                landing.write(chunk)
                if transfer.further():
                    tries.progressed()
            transfer.complete()

    def _fetched(self, transfer: Transfer, tries: Tries) -> Try[Reply]:
        """The head of a download's answer, from wherever it is sent to."""
        head = yield from _opened(self._request(transfer.request()), transfer.call)
        while transfer.redirected(head):
            head = yield from _opened(self._request(transfer.request()), transfer.call)
        transfer.refused_range(head)
        if not head.ok and _readable(head):
            head = msgspec.structs.replace(head, body=(yield from _body(head)))
        return tries.answered(head)


@lru_cache(maxsize=64)
def _address(url: str) -> httpx.URL:
    """A URL, taken apart: polls ask the same few again and again. Raises `NotSent` for one that
    no request can go to, whatever kind of error httpx or the network would make of it."""
    why = unusable(url)
    try:
        address = httpx.URL(url)
        why = why if address.host else "it names no host"
    except (httpx.InvalidURL, ValueError) as error:  # `host` decodes `xn--`, and may fail then
        why = why or str(error).lower()
    if why:
        raise NotSent(f"{hidden_query(url)!r} is no usable address: {why}", passing=False)
    return address


def _opened(request: httpx.Request, call: Call) -> Try[Reply]:
    """The head of the answer, its body unread."""
    response: httpx.Response = yield Open(request)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status_code, headers=headers, body=None, endpoint=call.endpoint)


def more(tries: Tries) -> Try[bytes]:
    """Some more of a body that was left unread; nothing at its end."""
    with sorted_failures(tries):
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
