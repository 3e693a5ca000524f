"""A caller's own HTTP client, and where it may be used.

Its connections belong to the process and the event loop that opened them. In a forked child, or in
another loop, a request on one of them would reach the vendor and its response would be lost: so a
client with connections is refused there, before anything is sent.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Generic, TypeVar

import httpx

from segue._process.forks import renewed_in_child
from segue.errors import ConfigError

if TYPE_CHECKING:
    from segue._process.event_loops import Loop

C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)

_STATELESS = (httpx.MockTransport, httpx.ASGITransport, httpx.WSGITransport)


class Borrowed(Generic[C]):
    """The client, and the process and loop of its first use."""

    def __init__(self, client: C) -> None:
        self._client = client
        self._loop: weakref.ref[Loop] | None = None
        self._inherited = False
        renewed_in_child(self)

    def forked(self) -> None:
        """Refuse the parent's connections."""
        self._loop = None
        self._inherited = self._inherited or _may_be_connected(self._client)

    def here(self, loop: Loop | None = None) -> C:
        """The client, for use in this process and `loop`; raise `ConfigError` if it cannot be."""
        kind = type(self._client).__name__
        if self._inherited:
            raise ConfigError(
                f"the {kind} given as http= has connections of the process that this one was"
                " forked from; nothing was sent",
                advice=f"make a {kind} and a client in each process, or leave http= out",
            )
        if loop is not None and (self._loop is None or self._loop() is not loop):
            if self._loop is not None and _may_be_connected(self._client):
                raise ConfigError(
                    f"the {kind} given as http= has connections of another event loop; nothing"
                    " was sent",
                    advice=f"make a {kind} and a client in each event loop, or leave http= out",
                )
            self._loop = weakref.ref(loop)
        return self._client


def _may_be_connected(client: httpx.Client | httpx.AsyncClient) -> bool:
    """Whether it may hold connections; unknown for most transports other than httpx's own."""
    transports = (client._transport, *client._mounts.values())
    return any(_has_some(transport) for transport in transports if transport is not None)


def _has_some(transport: object) -> bool:
    if isinstance(transport, _STATELESS):
        return False
    pool = getattr(transport, "_pool", None)
    return pool is None or bool(getattr(pool, "connections", True))
