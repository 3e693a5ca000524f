"""Runs the server: binds its address, says where it is, and serves until it is stopped."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from segue.errors import ConfigError
from segue_server.app import application
from segue_server.gateway import Gateway
from segue_server.settings import ServerSettings


def serve(settings: ServerSettings, say: Callable[[str], object]) -> None:
    """Serve until the process is interrupted; `say` is called with the address.

    Raises `ConfigError` before it listens: without a key for an address that others reach, or
    where the port is taken.
    """
    gateway = Gateway(settings)
    if not settings.open and not gateway.store.listed():
        where = settings.public_url or settings.host
        raise ConfigError(
            f"{where} is reached by others, and there is no key that they would need",
            advice="make one: segue serve keys add NAME; or serve on 127.0.0.1",
        )
    with _listening(settings.host, settings.port) as sock:
        say(settings.public_url or f"http://{_shown(settings.host)}:{sock.getsockname()[1]}")
        server = uvicorn.Server(uvicorn_config(gateway))
        with suppress(KeyboardInterrupt):
            asyncio.run(server.serve(sockets=[sock]))


def uvicorn_config(gateway: Gateway) -> uvicorn.Config:
    """How uvicorn runs the application of a gateway."""
    return uvicorn.Config(
        application(gateway),
        lifespan="on",
        http="h11",  # httptools, which is chosen where it is installed, bounds no headers
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=32_768,
        forwarded_allow_ips="127.0.0.1",
    )


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens; its connections send small answers at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(
            f"cannot listen on {host}, port {port}: {reason}",
            advice="choose another one: --port 0 takes any that is free",
        ) from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
