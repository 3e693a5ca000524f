"""Messages for connection errors. Pure.

HTTP libraries wrap the operating system's errors several times, each in its own way: the innermost
known cause decides.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator

import httpx

_ONLINE = "(is this machine online?)"
_PORTS = {"http": 80, "https": 443}

_NAMES = {
    socket.EAI_NONAME: f"no such host {_ONLINE}",
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): f"no such host {_ONLINE}",
    socket.EAI_AGAIN: f"its name cannot be looked up now {_ONLINE}",
}
_NUMBERS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ENETUNREACH: f"there is no way to it {_ONLINE}",
    errno.EHOSTUNREACH: f"there is no way to it {_ONLINE}",
    errno.ENETDOWN: f"there is no way to it {_ONLINE}",
    errno.ETIMEDOUT: "it did not answer in time",
    errno.ECONNRESET: "it closed the connection at once",
    errno.ECONNABORTED: "it closed the connection at once",
    errno.EPIPE: "it closed the connection at once",
    errno.EMFILE: "this process has too many open files",
    errno.ENFILE: "this machine has too many open files",
    errno.EACCES: "this machine does not allow it",
    errno.EPERM: "this machine does not allow it",
}
_LATE = (TimeoutError, httpx.ConnectTimeout)
_TLS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS (is it http://, or another port?)",
    "UNEXPECTED_EOF_WHILE_READING": "it broke off while TLS was being set up",
}


def in_words(error: Exception, url: httpx.URL, proxy: httpx.URL | None) -> str | None:
    """`cannot reach api.example: connection refused`; None for an unknown error.

    `proxy` is the one that the request was to go through. Neither paths nor passwords are shown.
    """
    causes = list(_causes(error))
    if (refused := _of_proxy(causes)) is not None:
        through = "its proxy" if proxy is None else f"the proxy {_place(proxy)}"
        return f"cannot reach {_place(url)}: {through} answered {refused!r}"
    why = next(filter(None, map(_why, reversed(causes))), None)
    if why is None:
        return None
    if proxy is None:
        return f"cannot reach {_place(url)}: {why}"
    return f"cannot reach {_place(url)} through the proxy {_place(proxy)}: {why}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes, outermost first; of a group, which stands for the addresses of one
    host, all of them."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        waiting.append(one.__cause__ or one.__context__)


def _of_proxy(causes: list[BaseException]) -> str | None:
    """The response of a proxy that refused to connect."""
    for one in reversed(causes):
        if type(one).__name__ == "ClientHttpProxyError":  # aiohttp's
            return f"{getattr(one, 'status', '')} {getattr(one, 'message', '')}".strip()
        if isinstance(one, httpx.ProxyError):
            return str(one)
    return None


def _why(error: BaseException) -> str | None:
    if isinstance(error, socket.gaierror):
        return _NAMES.get(error.errno or 0, "its name cannot be looked up")
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        plain = reason.replace("_", " ").lower() or "no reason given"
        return _TLS.get(reason, f"no encrypted connection: {plain}")
    if isinstance(error, _LATE) or type(error).__name__ == "ConnectionTimeoutError":
        return _NUMBERS[errno.ETIMEDOUT]
    if isinstance(error, OSError) and error.errno is not None:
        return _NUMBERS.get(error.errno, os.strerror(error.errno).lower())
    return None


def _place(url: httpx.URL) -> str:
    """The host, with its port where it is not the usual one."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return host if url.port in (None, _PORTS.get(url.scheme)) else f"{host}:{url.port}"
