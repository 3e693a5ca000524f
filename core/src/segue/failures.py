"""How the failures of an HTTP client are sorted, by the one question that matters: can the request
have been sent? Where that is not proved, it may have been.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from segue.errors import ConnectionLost, NotSent
from segue.tries import Tries

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_MALFORMED = (httpx.UnsupportedProtocol, httpx.InvalidURL)

_UNCONNECTED = frozenset(
    {"ClientConnectorError", "ConnectionTimeoutError", "ClientHttpProxyError"}  # and their kinds
)
"""What aiohttp raises while it connects, and at no other time (its `client.py`, 3.14)."""


@contextmanager
def sorted_failures(tries: Tries) -> Iterator[None]:
    """Raise `NotSent` or `ConnectionLost` in place of what the client raised."""
    try:
        yield
    except ConnectionLost as error:
        tries.ended(error)
        raise
    except Exception as error:
        if _malformed(error) or _never_sent(error):
            raise tries.never_sent(NotSent(_reason(error), passing=_passing(error))) from error
        if isinstance(error, httpx.HTTPError) or _library(error) == "aiohttp":
            lost = ConnectionLost(f"no whole answer came back: {_reason(error)}")
            tries.ended(lost)
            raise lost from error
        raise


def _never_sent(error: Exception) -> bool:
    """Whether that is proved: by httpx's own transport, or by what lies under another one.

    The names alone prove nothing: httpx-aiohttp calls an answer that was lost a `ConnectTimeout`.
    """
    cause = error.__cause__
    if cause is None:
        return isinstance(error, httpx.PoolTimeout)  # there was no lane, so no transport was asked
    if _library(cause) == "httpcore":
        return isinstance(error, _NEVER_SENT)
    names = {kind.__name__ for kind in type(cause).__mro__}
    return _library(cause) == "aiohttp" and not _UNCONNECTED.isdisjoint(names)


def _malformed(error: Exception) -> bool:
    """Whether no request could be made of it. httpcore finds so by h11, before it writes; over
    HTTP/2 it has the same name for what goes wrong when the answer is read (its `http2.py`)."""
    if isinstance(error, httpx.LocalProtocolError):
        cause = error.__cause__ and error.__cause__.__cause__
        return cause is not None and _library(cause) == "h11"
    return isinstance(error, _MALFORMED)


def _library(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def _passing(error: Exception) -> bool:
    """Not if the address or the certificate is at fault: those do not mend themselves."""
    cause: BaseException | None = error
    seen: set[int] = set()  # a chain may come back to itself
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, ssl.SSLError):
            return False
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return not _malformed(error)


def _reason(error: Exception) -> str:
    words = str(error) or "no reason given"
    return f"{words[:1].lower()}{words[1:]} ({type(error.__cause__ or error).__name__})"
