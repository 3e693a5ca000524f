"""The deadline of a complete response.

An HTTP client's own timeout is for each of its reads: a server that sends one byte a second is
never late. So a step of a response has a deadline. An asynchronous client is cancelled then. A
synchronous one applies it to every read and write of its connections, by `TimelyNetwork`, which
`_http/sync_transport.py` uses.
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
"""The deadline, by the monotonic clock, of this thread's reads and writes."""


class Due(NamedTuple):
    """A deadline by the monotonic clock, and the seconds from the start to it."""

    moment: float
    seconds: float


NEVER = Due(float("inf"), float("inf"))


def due(within: float | None, whole: Due = NEVER) -> Due:
    """`within` seconds from now; without it, the deadline of the whole response."""
    return whole if within is None else Due(time.monotonic() + within, within)


class TooSlow(Exception):
    """A response, or a part of it, was not received in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the answer was not complete after {seconds:.3g} seconds")


@contextmanager
def until(moment: float, seconds: float) -> Iterator[None]:
    """Limit reads and writes in the block to `moment`, which is `seconds` after the start of the
    response; raise `TooSlow`."""
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
    """httpcore's own backend, whose connections apply the deadline."""

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
        """Sleep between attempts to connect, of which there is one here."""
        self._inner.sleep(seconds)


class Timely(httpcore.NetworkStream):
    """One of httpcore's connections, whose reads and writes end by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some bytes."""
        return _in_time(lambda left: self._inner.read(max_bytes, left), timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of the bytes."""
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
        """Pass on httpcore's query."""
        return self._inner.get_extra_info(info)


def _in_time(step: Callable[[float | None], T], timeout: float | None) -> T:
    left = _UNTIL.get() - time.monotonic()
    if left == NEVER.moment:
        return step(timeout)
    if left <= 0:
        raise TimeoutError("it is too late")
    return step(left if timeout is None else min(left, timeout))
