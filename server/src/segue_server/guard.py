"""Who is let in at all: the names by which the server is called, pages of other sites, sizes.

A page of another site can make a browser send requests to this machine, and a name of that site can
be made to lead here (DNS rebinding). So a foreign `Host`, a foreign `Origin`, and what a browser
marks as sent by another site are refused. Bodies are bounded in size and time.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import anyio
import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segue_server.errors import ApiError, ErrorAnswer, refused
from segue_server.settings import ServerSettings

LARGEST_BODY = 1_000_000
"""Bytes of a request's body."""

BODY_SECONDS = 30.0
"""How long a body may take to arrive."""

_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def answer(error: ApiError) -> Response:
    """The error as a response."""
    body = msgspec.json.encode(ErrorAnswer(error=error.body))
    headers = {"cache-control": "no-store", **error.headers}
    return Response(body, error.status, headers, "application/json")


class Guard:
    """The outermost application: lets requests in, and adds headers to every answer."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_SECURITY]
            await send(message)

        if (error := self._refusal(scope)) is not None:
            await answer(error)(scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    def _refusal(self, scope: Scope) -> ApiError | None:
        headers = Headers(scope=scope)
        if not self._own(f"//{headers.get('host', '')}"):
            return refused(
                403, "forbidden_host", "the server is not called by that name: the Host header is"
                " neither this machine's nor the one of --public-url",
            )  # fmt: skip
        origin = headers.get("origin")
        if origin is not None and not self._same(origin, headers.get("host", "")):
            return refused(403, "forbidden_origin", "pages of other sites may not use this server")
        cross = headers.get("sec-fetch-site") == "cross-site"
        opened = headers.get("sec-fetch-mode") == "navigate" and scope["method"] == "GET"
        if cross and not opened:
            return refused(403, "forbidden_origin", "pages of other sites may not use this server")
        return None

    def _own(self, url: str) -> bool:
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            return False
        return bool(host) and (self._settings.any_host or host in self._settings.hosts)

    def _same(self, origin: str, host: str) -> bool:
        """Whether a page of that origin is the server's own: under the name and the port by which
        it is called, or those of --public-url. A page of another port is another program's."""
        try:
            page = _place(origin)
            return page is not None and page in (
                _place(f"{urlsplit(origin).scheme}://{host}"),
                _place(self._settings.public_url or ""),
            )
        except ValueError:
            return False


def _place(url: str) -> tuple[str, int] | None:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return (parts.hostname, port) if parts.hostname and port else None


async def body_of(request: Request) -> bytes:
    """The body of a request; raises `ApiError` (413, 408) for one that is too large or too slow."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LARGEST_BODY:
        raise _too_large()
    body = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise _too_large()
    except TimeoutError:
        raise refused(
            408, "request_timeout", f"the body did not arrive within {BODY_SECONDS:.0f} s"
        ) from None
    return bytes(body)


def _too_large() -> ApiError:
    return refused(413, "body_too_large", f"a body has at most {LARGEST_BODY} bytes")
