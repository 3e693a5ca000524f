"""Block connections at the socket level, whichever library opens them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from unittest import mock

from segue.testing.cassettes.errors import CassetteError

_FILES = getattr(socket, "AF_UNIX", None)


@contextmanager
def only(allowed: Callable[[object], bool]) -> Iterator[None]:
    """Allow connections to, and look-ups of, those hosts alone, in every thread of the process.

    Unix domain sockets are always allowed: they are no network.
    """
    with (
        mock.patch.object(socket.socket, "connect", _guarded(socket.socket.connect, allowed)),
        mock.patch.object(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex, allowed)),
        mock.patch.object(socket, "getaddrinfo", _looked_up(socket.getaddrinfo, allowed)),
    ):
        yield


def no_host(_host: object) -> bool:
    """Allow no host: replays come from a file."""
    return False


def loopback(host: object) -> bool:
    """Allow this computer alone."""
    try:
        return host == "localhost" or ip_address(str(host)).is_loopback
    except ValueError:  # a name
        return False


def _guarded(connect: Any, allowed: Callable[[object], bool]) -> Any:  # noqa: ANN401 - of a C class
    def guarded(self: socket.socket, address: Any) -> Any:  # noqa: ANN401 - as inherited
        if self.family != _FILES:
            _check(address[0], allowed)
        return connect(self, address)

    return guarded


def _looked_up(look: Any, allowed: Callable[[object], bool]) -> Any:  # noqa: ANN401 - a C function
    def guarded(host: object, *more: Any, **options: Any) -> Any:  # noqa: ANN401 - as it takes them
        _check(host.decode() if isinstance(host, bytes) else host, allowed)
        return look(host, *more, **options)

    return guarded


def _check(host: object, allowed: Callable[[object], bool]) -> None:
    if not allowed(host):
        raise CassetteError(
            f"a connection to {host} was attempted, which the cassette does not allow",
            advice="every request must be in the cassette, or go to its sandbox: if this is"
            " another host of the vendor's, name it in `hosts` of Sandbox and of served",
        )
