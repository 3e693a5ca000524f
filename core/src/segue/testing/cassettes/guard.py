"""No connection is opened while the guard is up, by whatever library it is tried."""

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
    """Let connect to, and look up, those hosts alone, in every thread of the process.

    Sockets that are files of this computer are left alone: they are no network.
    """
    with (
        mock.patch.object(socket.socket, "connect", _guarded(socket.socket.connect, allowed)),
        mock.patch.object(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex, allowed)),
        mock.patch.object(socket, "getaddrinfo", _looked_up(socket.getaddrinfo, allowed)),
    ):
        yield


def nobody(_host: object) -> bool:
    """No host: what is replayed comes from a file."""
    return False


def loopback(host: object) -> bool:
    """This computer alone."""
    try:
        return host == "localhost" or ip_address(str(host)).is_loopback
    except ValueError:  # a name
        return False


def _guarded(connect: Any, allowed: Callable[[object], bool]) -> Any:  # noqa: ANN401 - of a C class
    def checked(self: socket.socket, address: Any) -> Any:  # noqa: ANN401 - as inherited
        if self.family != _FILES:
            _check(address[0], allowed)
        return connect(self, address)

    return checked


def _looked_up(look: Any, allowed: Callable[[object], bool]) -> Any:  # noqa: ANN401 - a C function
    def checked(host: object, *more: Any, **options: Any) -> Any:  # noqa: ANN401 - as it takes them
        _check(host.decode() if isinstance(host, bytes) else host, allowed)
        return look(host, *more, **options)

    return checked


def _check(host: object, allowed: Callable[[object], bool]) -> None:
    if not allowed(host):
        raise CassetteError(
            f"a connection to {host} was tried, which no cassette may open",
            advice="what is asked must be in the cassette, or come from its sandbox: if this is"
            " another host of the vendor's, name it in `hosts` of Sandbox and of served",
        )
