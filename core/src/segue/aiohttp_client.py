"""An httpx client whose requests go out through aiohttp: less work for each, under asyncio only.

It is chosen by `transport = "aiohttp"` under `[http]`, and means the same as httpx's own. aiohttp
sends a GET, PUT or DELETE again by itself when its connection breaks; here it does not, since
whether a request is sent again is for `policy.py` to say.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport, HttpxAiohttpClient
from yarl import URL

from segue.errors import NotSent

_PATH: ContextVar[str] = ContextVar("segue_path")
"""The path and query of the request that is being sent, as httpx would send them."""


class AiohttpClient(HttpxAiohttpClient):
    """`httpx.AsyncClient` over aiohttp; takes the same arguments."""

    def _init_transport(self, *args: Any, **options: Any) -> httpx.AsyncBaseTransport:  # noqa: ANN401 - httpx's own, passed on
        return options.pop("transport", None) or _Transport(*args, **options)

    def _init_proxy_transport(
        self,
        proxy: httpx.Proxy,
        *_: Any,  # noqa: ANN401 - as above; httpx names them all
        **options: Any,  # noqa: ANN401 - as above
    ) -> httpx.AsyncBaseTransport:
        if proxy.url.scheme.startswith("socks"):
            raise NotSent(
                f"aiohttp knows no {proxy.url.scheme} proxy",
                passing=False,
                advice="leave out transport under [http] in the configuration",
            )
        return _Transport(proxy=proxy, **options)


class _Transport(AiohttpTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        _PATH.set(request.url.raw_path.decode("ascii"))
        return await super().handle_async_request(request)

    def get_client(self) -> aiohttp.ClientSession:
        """The session, made at the first request. Cookies are httpx's business."""
        connector = aiohttp.TCPConnector(
            ssl=self.ssl_context,
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry,
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), middlewares=(_once,)
        )


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Pass the request on; a broken connection is told as something that aiohttp never repeats.

    Its address goes as it is: aiohttp writes some characters anew, which spoils a signature.
    """
    request.url = URL(f"{request.url.origin()}{_PATH.get()}", encoded=True)
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError(str(error)) from error
