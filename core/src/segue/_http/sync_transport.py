"""The transport of a synchronous client: httpcore's connections, which apply the deadline of a
response (`_http/deadline.py`).

httpx's own transport is the same pool, but takes no network backend, which the deadline needs. So
this is httpx's transport written again, from the public parts of both libraries.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpcore
import httpx

from segue._http.deadline import TimelyNetwork


class Pooled(httpx.BaseTransport):
    """Sends requests over a pool of connections, through a proxy if one is given."""

    def __init__(
        self, *, verify: ssl.SSLContext, limits: httpx.Limits, proxy: httpx.Proxy | None
    ) -> None:
        self._pool = _pool(verify, limits, proxy)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the response's body is unread."""
        stream = request.stream
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError(f"a synchronous client cannot send {type(stream).__name__}")
        with _as_httpx():
            response = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=_url(request.url),
                    headers=request.headers.raw,
                    content=stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of a response."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


def _pool(
    verify: ssl.SSLContext, limits: httpx.Limits, proxy: httpx.Proxy | None
) -> httpcore.ConnectionPool:
    most, held = limits.max_connections, limits.max_keepalive_connections
    expiry, network = limits.keepalive_expiry, TimelyNetwork()
    if proxy is None:
        return httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=most,
            max_keepalive_connections=held,
            keepalive_expiry=expiry,
            network_backend=network,
        )
    if proxy.url.scheme.startswith("socks"):
        return httpcore.SOCKSProxy(
            proxy_url=_url(proxy.url),
            proxy_auth=proxy.raw_auth,
            ssl_context=verify,
            max_connections=most,
            max_keepalive_connections=held,
            keepalive_expiry=expiry,
            network_backend=network,
        )
    return httpcore.HTTPProxy(
        proxy_url=_url(proxy.url),
        proxy_auth=proxy.raw_auth,
        proxy_headers=proxy.headers.raw,
        proxy_ssl_context=proxy.ssl_context,
        ssl_context=verify,
        max_connections=most,
        max_keepalive_connections=held,
        keepalive_expiry=expiry,
        network_backend=network,
    )


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Convert httpcore's errors to httpx's of the same names."""
    try:
        yield
    except Exception as error:
        for kind in _names(type(error)):
            known = getattr(httpx, kind, None)
            if known is not None:
                raise known(str(error)) from error
        raise


def _names(kind: type) -> Iterable[str]:
    return (one.__name__ for one in kind.__mro__ if one.__module__.startswith("httpcore"))
