"""The streaming of one asset to disk, apart from any HTTP library: where it goes on after an
interruption, which answer counts, when it is complete. Pure but for the `Landing` it feeds.
"""

from __future__ import annotations

from urllib.parse import urljoin

import msgspec

from segue.account import Account
from segue.errors import ConnectionLost, DownloadError
from segue.flow import Call, Reply
from segue.landing import Landing
from segue.redaction import hidden_query

_HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Transfer:
    """One asset on its way. `url` is where the next request goes; redirects change it.

    Only https is followed, or the provider's own origin. The provider's own headers, and the
    key, go to its own origin only.
    """

    def __init__(self, call: Call, landing: Landing) -> None:
        self.call = call
        self.url = _account(call).absolute(call.url)
        self._landing = landing
        self._hops = 0
        self._validator: str | None = None
        self._from = 0
        self._furthest = 0
        self._refuse_insecure()

    def request(self) -> Call:
        """The next request: uncompressed, and only the range that is still missing."""
        own = dict(self.call.headers) if _account(self.call).owns(self.url) else {}
        self._from = self._landing.written
        ranged = {"range": f"bytes={self._from}-"} if self._from else {}
        if self._from and self._validator:
            ranged["if-range"] = self._validator
        headers = {**own, "accept-encoding": "identity", **ranged}
        if not self._hops:
            return msgspec.structs.replace(self.call, headers=headers)
        return Call(method="GET", url=self.url, headers=headers, account=self.call.account)

    def redirected(self, reply: Reply) -> bool:
        """Whether the answer sends us elsewhere; if so, `request` goes there."""
        location = reply.headers.get("location")
        if reply.status not in _REDIRECTS or not location:
            return False
        self._hops += 1
        if self._hops > _HOPS:
            raise DownloadError("the download was redirected too often")
        self.url = urljoin(self.url, location)
        self._refuse_insecure()
        return True

    def begin(self, reply: Reply) -> None:
        """Judge the head of an answer; raise `DownloadError` when its body is not the file."""
        if reply.status not in (200, 206):
            said = "" if reply.content_type == "text/html" else " ".join(reply.text.split())[:120]
            raise DownloadError(
                f"the vendor refused the download of {hidden_query(self.url)}"
                f" with status {reply.status}" + (f": {said}" if said else ""),
                reply=reply,
            )
        total = _total(reply)
        if self._from and not self._continues(reply, total):
            self._landing.restart()
        self._landing.expected = total
        etag = reply.headers.get("etag", "")
        strong = etag if etag and not etag.startswith("W/") else None
        self._validator = strong or reply.headers.get("last-modified")

    def further(self) -> bool:
        """Whether more of the file is there than ever before: bytes that a server without
        ranges sends again are no progress."""
        before, self._furthest = self._furthest, max(self._furthest, self._landing.written)
        return before < self._furthest

    def complete(self) -> None:
        """Raise `ConnectionLost` when the body ended before its announced length."""
        expected, written = self._landing.expected, self._landing.written
        if expected is not None and written < expected:
            raise ConnectionLost(f"the download ended after {written} of {expected} bytes")

    def _continues(self, reply: Reply, total: int | None) -> bool:
        told = reply.headers.get("content-range", "")
        same = total is not None and total == (self._landing.expected or total)
        if reply.status == 206 and not (told.startswith(f"bytes {self._from}-") and same):
            self._landing.restart()
            raise ConnectionLost("the server continued with another file, or at another place")
        return reply.status == 206

    def _refuse_insecure(self) -> None:
        if not self.url.startswith("https://") and not _account(self.call).owns(self.url):
            raise DownloadError(
                f"refusing to download from {hidden_query(self.url)}: only https, or the"
                " provider's own address, is trusted",
            )


def _account(call: Call) -> Account:
    if call.account is None:
        raise DownloadError("this request belongs to no account")
    return call.account


def _total(reply: Reply) -> int | None:
    """The length of the whole file in bytes, if the head tells."""
    told = reply.headers.get("content-length", "")
    if reply.status == 206:
        told = reply.headers.get("content-range", "").rpartition("/")[2]
    elif reply.headers.get("content-encoding", "identity") != "identity":
        return None
    return int(told) if told.isdigit() else None
