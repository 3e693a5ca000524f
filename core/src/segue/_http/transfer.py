"""The state of one download: where it resumes after an interruption, which response is valid, when
it is complete. Pure but for the `Landing` that it writes.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from urllib.parse import urljoin

import msgspec

from segue._config.base_url import unusable
from segue._data.header_times import retry_after
from segue._data.redaction import hidden_query
from segue._effects.account import Account
from segue._effects.bound import Bound, bind, bound
from segue._files.atomic import Landing
from segue._http.content_range import Part, Version, length_of
from segue.errors import ConnectionLost, DownloadError
from segue.flow import Call, Reply

_HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_NO_RANGES = frozenset({400, 405, 412, 416, 501})
"""Statuses that may refuse a range only: the whole file is requested then. 416 and 412 do (RFC
9110, 15.5.17 and 15.5.13); for the others it is not known."""


class Transfer:
    """The download of one asset. `url` is that of the next request; redirects change it.

    Only https is followed, or the provider's own origin. The provider's own headers, and the
    key, go to its own origin only.
    """

    def __init__(self, call: Call, landing: Landing) -> None:
        self.call = call
        self.url = _account(call).absolute(call.url)
        self._landing = landing
        self._hops = 0
        self._version = Version()
        self._ranges = True
        self._from = 0
        self._until: int | None = None  # where this response's body ends in the file
        self._furthest = 0
        self._since = time.monotonic()
        self.head = Reply(status=0)  # of the valid response
        if not call.url.strip():
            raise DownloadError("the vendor sent an empty address for this file")
        self._refuse_untrusted()

    def request(self) -> Call:
        """The next request: uncompressed, and only the missing range. The written part is reused
        only if a conditional request can verify the version of the file."""
        own = dict(self.call.headers) if _account(self.call).owns(self.url) else {}
        validator = self._version.validator if self._ranges else None
        if self._landing.written and validator is None:
            self._landing.restart()
        self._from = self._landing.written
        ranged = {"range": f"bytes={self._from}-", "if-range": validator or ""}
        headers = {**own, "accept-encoding": "identity", **(ranged if self._from else {})}
        if not self._hops:
            return msgspec.structs.replace(self.call, headers=headers)
        elsewhere = Call(method="GET", url=self.url, headers=headers)
        return bind(elsewhere, Bound(account=bound(self.call).account))

    def redirected(self, reply: Reply) -> bool:
        """Follow a redirect; returns whether the response is one."""
        location = reply.headers.get("location")
        if reply.status not in _REDIRECTS or not location:
            return False
        self._hops += 1
        if self._hops > _HOPS:
            raise DownloadError("the download was redirected too often")
        try:
            self.url = urljoin(self.url, location)
        except ValueError:  # such as `http://[::1`
            self.url = location
        self._refuse_untrusted()
        return True

    def refused_range(self, reply: Reply) -> None:
        """Raise `ConnectionLost` for a refusal that may be of the range only: the next request is
        for the whole file."""
        if self._from and reply.status in _NO_RANGES:
            raise self._anew(f"the server refused to continue, with status {reply.status}")

    def begin(self, reply: Reply) -> None:
        """Check the head of a response; raise `DownloadError` when its body is not the file."""
        if reply.status not in (200, 206):
            said = "" if reply.content_type == "text/html" else " ".join(reply.text.split())[:120]
            raise DownloadError(
                f"the vendor refused the download of {hidden_query(self.url)}"
                f" with status {reply.status}" + (f": {said}" if said else ""),
                retry_after=retry_after(reply.headers, datetime.now(UTC)),
                reply=reply,
            )
        self.head = reply
        version = Version.of(reply)
        if reply.status == 206:
            self._continue(reply, version)
        else:
            if self._from:
                self._landing.restart()
            self._landing.expected = self._until = length_of(reply)
        self._version = version
        self._landing.media_type = reply.content_type
        self._landing.assured = self._until is not None or _chunked(reply)

    def further(self, now: float, slowest: float) -> bool:
        """Whether more of the file is written than before, and enough for the time since: repeated
        bytes of a server without ranges are no progress, nor is a byte a second."""
        gained = self._landing.written - self._furthest
        if gained <= 0 or gained < slowest * (now - self._since):
            return False
        self._furthest, self._since = self._landing.written, now
        return True

    def complete(self) -> None:
        """Raise `ConnectionLost` when the body ended before its announced length, or after it."""
        expected, written = self._landing.expected, self._landing.written
        if self._until is not None and written > self._until:
            raise self._anew(f"more than the announced {self._until} bytes came")
        if expected is not None and written < expected:
            raise ConnectionLost(f"the download ended after {written} of {expected} bytes")

    def _continue(self, reply: Reply, version: Version) -> None:
        """Check the head of a part: it must be of the same version of the file, and start where the
        last one ended."""
        part = Part.of(reply)
        if part is None or part.start != self._from:
            raise self._anew("the server continued at another place, or did not say where")
        if self._from and not (version.same(self._version) and self._fits(part)):
            raise self._anew("the server continued with another file")
        self._landing.expected, self._until = part.total, part.end

    def _fits(self, part: Part) -> bool:
        """Whether the total matches the length announced before, if any."""
        return self._landing.expected in (None, part.total)

    def _anew(self, why: str) -> ConnectionLost:
        """Discard the written part; from now on the whole file is requested."""
        self._landing.restart()
        self._landing.expected = self._until = None
        self._version, self._ranges = Version(), False
        return ConnectionLost(why)

    def _refuse_untrusted(self) -> None:
        if (why := unusable(self.url)) is not None:
            raise DownloadError(
                f"the vendor sent {hidden_query(self.url)!r} as the address of this file: {why}"
            )
        if not self.url.startswith("https://") and not _account(self.call).owns(self.url):
            raise DownloadError(
                f"refusing to download from {hidden_query(self.url)}: only https, or the"
                " provider's own address, is trusted",
            )


def _chunked(reply: Reply) -> bool:
    """Whether the body is chunked, so that a truncated one is an error."""
    return "chunked" in reply.headers.get("transfer-encoding", "").lower()


def _account(call: Call) -> Account:
    account = bound(call).account
    if account is None:
        raise DownloadError("this request belongs to no account")
    return account
