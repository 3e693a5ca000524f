"""What a vendor has at the root of its own host is found at the root of the sandbox too.

A vendor's answer may hold a relative address, such as `/v1/media/artifacts/…`. It is resolved
against the host, not against the folder that is the vendor's own here.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send


def rooted(app: ASGIApp, roots: Mapping[str, str]) -> ASGIApp:
    """The application, asked below a vendor's prefix for what begins with one of its roots."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        prefix = next((to for root, to in roots.items() if path.startswith(root)), None)
        if scope["type"] == "http" and prefix is not None:
            scope = {**scope, "path": prefix + path}
        await app(scope, receive, send)

    return asked
