"""An httpx transport over aiohttp: less work for each request, under asyncio only.

It is chosen by `transport = "aiohttp"` under `[http]`, and behaves as httpx's own. aiohttp retries
a GET, PUT or DELETE when its connection breaks; here it does not, since `_pace/retry_policy.py`
decides on retries.
"""

from __future__ import annotations

import socket
import ssl
from contextvars import ContextVar

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from segue._process.forks import own_socket

_PATH: ContextVar[str] = ContextVar("segue_path")
"""The path and query of the request that is being sent, as httpx would send them."""


_LONGEST_LINE = 100_000
"""Bytes of one header line: as in httpx's own transport."""


def over_aiohttp(
    *, verify: ssl.SSLContext, limits: httpx.Limits, proxy: httpx.Proxy | None
) -> httpx.AsyncBaseTransport:
    """A transport of an `httpx.AsyncClient`. For SOCKS, which aiohttp does not support, it is
    httpx's own."""
    if proxy is not None and proxy.url.scheme.startswith("socks"):
        return httpx.AsyncHTTPTransport(verify=verify, limits=limits, proxy=proxy)
    return _Transport(verify=verify, limits=limits, proxy=proxy)


class _Transport(AiohttpTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        _PATH.set(request.url.raw_path.decode("ascii"))
        return await super().handle_async_request(request)

    def get_client(self) -> aiohttp.ClientSession:
        """The session, made at the first request. httpx handles cookies."""
        once = self.limits.max_keepalive_connections == 0
        connector = aiohttp.TCPConnector(
            ssl=self.ssl_context,
            limit=self.limits.max_connections or 0,
            force_close=once,
            keepalive_timeout=None if once else self.limits.keepalive_expiry,
            socket_factory=_socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_once,),
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    own_socket(made.fileno())
    return made


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Pass the request on; a broken connection is raised as an error that aiohttp never retries.

    Its address is passed unchanged: aiohttp re-encodes some characters, which invalidates a
    signature.
    """
    request.url = URL(f"{request.url.origin()}{_PATH.get()}", encoded=True)
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError(str(error)) from error
