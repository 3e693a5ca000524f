"""The transports of one HTTP client: one for each proxy, chosen by the address of a request.

httpx chooses by patterns, which support no networks of addresses and no ports, and opens a
transport for every proxy in the environment, needed or not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import httpx

from segue._http.network import Network
from segue._http.sync_transport import Pooled

T = TypeVar("T")


class Routes(Generic[T]):
    """The transports, made by `make` when the first request needs them."""

    def __init__(self, network: Network, make: Callable[[httpx.Proxy | None], T]) -> None:
        self._network = network
        self._make = make
        self._transports: dict[str | None, T] = {}

    def _known(self, url: httpx.URL) -> T | None:
        """The transport for `url`, if nothing has to be loaded for it."""
        if not self._network.known:
            return None
        return self._to(url)

    def _to(self, url: httpx.URL) -> T:
        proxy = self._network.proxy(url)
        name = None if proxy is None else f"{proxy.url} {proxy.raw_auth!r}"
        if name not in self._transports:
            self._transports.setdefault(name, self._make(proxy))
        return self._transports[name]

    def _emptied(self) -> list[T]:
        transports, self._transports = self._transports, {}
        return list(transports.values())


class Routed(Routes[httpx.BaseTransport], httpx.BaseTransport):
    """For a synchronous client."""

    def __init__(self, network: Network, limits: httpx.Limits) -> None:
        super().__init__(
            network,
            lambda proxy: Pooled(verify=network.tls(), limits=limits, proxy=proxy),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        return self._to(request.url).handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        for transport in self._emptied():
            transport.close()
