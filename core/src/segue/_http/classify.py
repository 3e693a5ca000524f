"""Classify failures of an HTTP client by whether the request can have been sent. Where that is not
disproved, it may have been.

A failure while a request or its connection is made means that it was never sent. Later ones prove
nothing, whatever their type: httpx raises the same error for an invalid `Location`, which it does
not follow, as for an invalid address of ours.
"""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from segue._http.connection_errors import in_words
from segue._http.retry import Tries
from segue.errors import ConnectionLost, NotSent, RequestError

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_UNCONNECTED = frozenset(
    {
        "ClientConnectorError",
        "ConnectionTimeoutError",
        "ClientHttpProxyError",  # and their subclasses
        "InvalidUrlClientError",
        "NonHttpUrlClientError",
    }
)
"""Errors that aiohttp raises only before it has a connection (its `client.py`, 3.14)."""

_PROXY = "check the proxy: `proxy` under [http], or HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
_NETWORK = "check the network and the provider's base_url"


@contextmanager
def counted(tries: Tries) -> Iterator[None]:
    """Count the outcome of an attempt. `NotSent` becomes `ConnectionLost` where an earlier attempt
    may have been delivered."""
    try:
        yield
    except NotSent as error:
        if (counts := tries.never_sent(error)) is error:
            raise
        raise counts from error
    except RequestError as error:
        tries.ended(error)
        raise


def unsendable(error: Exception) -> NotSent:
    """The error for a failure while the request is made."""
    return NotSent(_reason(_bare(error)), passing=False, advice=f"{_NETWORK}, then try again")


def unsent(error: Exception, url: httpx.URL, *, proxy: httpx.URL | None) -> NotSent | None:
    """The error for a request to `url`, through `proxy` if known, that was provably never sent;
    None where that is not proved."""
    if not _never_sent(error):
        return None
    words = in_words(_bare(error), url, proxy) or _reason(error)
    return NotSent(words, passing=_passing(error), advice=_advice(error, proxy))


def lost(error: Exception) -> ConnectionLost:
    """The error for a missing or incomplete response."""
    return ConnectionLost(f"no whole answer came back: {_reason(_bare(error))}")


def _never_sent(error: Exception) -> bool:
    """Whether it was provably never sent: by httpx's own transport, or by the library under another
    one.

    The types alone prove nothing: httpx-aiohttp raises `ConnectTimeout` for a lost response.
    """
    cause = error.__cause__
    if cause is None:
        return isinstance(error, httpx.PoolTimeout)  # there was no lane, so no transport was used
    if _library(cause) == "httpcore":
        return isinstance(error, _NEVER_SENT)
    names = {kind.__name__ for kind in type(cause).__mro__}
    return _library(cause) == "aiohttp" and not _UNCONNECTED.isdisjoint(names)


def _bare(error: Exception) -> Exception:
    """The error and its causes without their tracebacks: the libraries' frames hold the request's
    headers, and so the key, and error reporters show the variables of frames."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        cause.__traceback__ = None
        cause = cause.__cause__ or cause.__context__
    return error


def _library(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def _passing(error: Exception) -> bool:
    """Whether a retry may succeed: not for a wrong address or certificate."""
    cause: BaseException | None = error
    seen: set[int] = set()  # a chain may be circular
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, ssl.SSLError):
            return False
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return not isinstance(error, httpx.UnsupportedProtocol)


def _advice(error: Exception, proxy: httpx.URL | None) -> str:
    """The advice: an unreachable proxy is indistinguishable from an unreachable vendor."""
    if isinstance(error, httpx.ProxyError):
        return f"{_PROXY}; then try again"
    if proxy or {"http", "https", "all"} & urllib.request.getproxies_environment().keys():
        return f"{_NETWORK}; it may be the proxy as well: {_PROXY}; then try again"
    return f"{_NETWORK}, then try again"


def _reason(error: Exception) -> str:
    late = isinstance(error, httpx.TimeoutException)
    words = str(error) or ("it took too long" if late else "no reason given")
    return f"{words[:1].lower()}{words[1:]} ({type(error.__cause__ or error).__name__})"
