"""The transports of one asynchronous HTTP client; see `_http/routes.py`."""

from __future__ import annotations

import ssl
from typing import Protocol

import anyio.to_thread
import httpx

from segue._http.network import Network
from segue._http.routes import Routes


class MakeTransport(Protocol):
    """A function that opens a transport for one proxy, or for none."""

    def __call__(
        self, *, verify: ssl.SSLContext, limits: httpx.Limits, proxy: httpx.Proxy | None
    ) -> httpx.AsyncBaseTransport:
        """With that context and those limits."""
        ...


class AsyncRouted(Routes[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport):
    """For an asynchronous client. `make` opens a transport; without it, it is httpx's own."""

    def __init__(
        self,
        network: Network,
        limits: httpx.Limits,
        make: MakeTransport | None = None,
    ) -> None:
        kind: MakeTransport = make or httpx.AsyncHTTPTransport
        super().__init__(
            network, lambda proxy: kind(verify=network.tls(), limits=limits, proxy=proxy)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; certificates are loaded in a thread."""
        transport = self._known(request.url)
        if transport is None:
            transport = await anyio.to_thread.run_sync(self._to, request.url)
        return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        for transport in self._emptied():
            await transport.aclose()
