"""Runs the application under uvicorn, with connections that can really be dropped."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from segue_sandbox.app import HANG_UP

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time: the peer sees a reset


class Droppable(H11Protocol):
    """uvicorn's HTTP, with a way for the application to hang up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as uvicorn calls it
        super().__init__(*args, **kwargs)
        inner: ASGIApp = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[HANG_UP] = self.hang_up
            await inner(scope, receive, send)

        self.app = app

    def hang_up(self, reset: bool) -> None:
        """Close the connection: with a reset, or after what was sent."""
        if not reset:
            self.transport.close()
            return
        if (sock := self.transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Its connections inherit that nothing waits for more to send: asyncio does not see to that
    for sockets made like this, and each answer on a kept connection would take 40 ms longer.
    """
    sock = socket.create_server((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


def server(app: ASGIApp) -> uvicorn.Server:
    """The server; `serve(server, sock)` runs it until its `should_exit` is set."""
    config = uvicorn.Config(
        app, http=Droppable, lifespan="off", log_level="error", access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    return uvicorn.Server(config)


def serve(running: uvicorn.Server, sock: socket.socket) -> None:
    """Serve on a socket until told to stop."""
    asyncio.run(running.serve(sockets=[sock]))
