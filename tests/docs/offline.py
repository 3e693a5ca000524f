"""No connection leaves this computer: an audit hook that refuses names and addresses elsewhere.

A page's commands are other processes; they find `sitecustomize.py`, which installs this too.
"""

from __future__ import annotations

import sys
from ipaddress import ip_address

_HERE = {"", "localhost", "localhost.localdomain"}


class Guard:
    """The hook. It cannot be taken out again, so it can be switched off."""

    def __init__(self) -> None:
        self.on = False
        self._installed = False

    def install(self) -> None:
        """Refuse from now on."""
        self.on = True
        if not self._installed:
            sys.addaudithook(self)
            self._installed = True

    def __call__(self, event: str, facts: tuple[object, ...]) -> None:
        if not self.on or not event.startswith("socket."):
            return
        host = _host(event, facts)
        if host is not None and not _is_here(host):
            raise PermissionError(f"the documentation wanted to reach {host} ({event})")


def _host(event: str, facts: tuple[object, ...]) -> str | None:
    """The host that a socket event is about; None where it is about none."""
    if event in {"socket.connect", "socket.sendto"}:
        address = facts[1]
        return str(address[0]) if isinstance(address, tuple) else None
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        return _text(facts[0])
    return None


def _text(host: object) -> str | None:
    return host.decode() if isinstance(host, bytes) else None if host is None else str(host)


def _is_here(host: str) -> bool:
    try:
        return host in _HERE or ip_address(host).is_loopback
    except ValueError:
        return False


GUARD = Guard()
