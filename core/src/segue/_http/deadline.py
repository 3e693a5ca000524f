"""When a whole answer has to be there, however its bytes come.

An HTTP client's own timeout is for each of its reads: a server that sends one byte a second is
never late. So a step of an answer gets a moment by which it has to be over. An asynchronous client
is cancelled then. A synchronous one is held to it at every read and write of its connections, which
`TimelyNetwork` makes for that, and `_http/sync_transport.py` uses.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

import httpcore

T = TypeVar("T")

_UNTIL: ContextVar[float] = ContextVar("segue_until", default=float("inf"))
"""The moment, by the monotonic clock, for whatever this thread reads or writes now."""


class Due(NamedTuple):
    """A moment by the monotonic clock, and how many seconds it is after what it was set for."""

    moment: float
    seconds: float


NEVER = Due(float("inf"), float("inf"))


def due(within: float | None, whole: Due = NEVER) -> Due:
    """`within` seconds from now; without it, when the whole answer has to be there."""
    return whole if within is None else Due(time.monotonic() + within, within)


class TooSlow(Exception):
    """An answer, or a part of it, was not there in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the answer was not complete after {seconds:.3g} seconds")


@contextmanager
def until(moment: float, seconds: float) -> Iterator[None]:
    """Let whatever is read or written meanwhile end by `moment`, which is `seconds` after the
    beginning of the answer; raise `TooSlow`."""
    before = _UNTIL.set(moment)
    try:
        yield
    except Exception as error:
        if time.monotonic() < moment:
            raise
        raise TooSlow(seconds) from error
    finally:
        _UNTIL.reset(before)


class TimelyNetwork(httpcore.NetworkBackend):
    """httpcore's own way to connect; its connections know the moment."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to a server."""
        return Timely(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        """Between two tries to connect, of which there is one here."""
        self._inner.sleep(seconds)


class Timely(httpcore.NetworkStream):
    """One of httpcore's connections, each of whose reads and writes ends by the moment."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes."""
        return _in_time(lambda left: self._inner.read(max_bytes, left), timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of the bytes."""
        _in_time(lambda left: self._inner.write(buffer, left), timeout)

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        return Timely(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own
        """What httpcore wants to know of it."""
        return self._inner.get_extra_info(info)


def _in_time(step: Callable[[float | None], T], timeout: float | None) -> T:
    left = _UNTIL.get() - time.monotonic()
    if left == NEVER.moment:
        return step(timeout)
    if left <= 0:
        raise TimeoutError("it is too late")
    return step(left if timeout is None else min(left, timeout))
