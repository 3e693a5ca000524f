"""The server in a thread, on a free port of this machine, for as long as a `with` lasts."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from segue.config import Config
from segue_sandbox.serving import listening
from segue_server import Gateway
from segue_server.serving import uvicorn_config
from segue_server.settings import ServerSettings, server_settings


class Closed(ServerSettings, frozen=True, kw_only=True):
    """Settings of a server on loopback that wants keys, as on an address that others reach."""

    @property
    def open(self) -> bool:
        return False


MUSIC = "/v1/music/generations"


class Api(httpx.Client):
    """A client of the server, with its gateway."""

    gateway: Gateway

    def make(self, body: Mapping[str, object] | None = None, **headers: str) -> httpx.Response:
        """Submit a short piece of `local`, with these fields besides."""
        given = {"model": "local", "prompt": "a waltz", "duration_seconds": 1, **(body or {})}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(MUSIC, json=given, headers=named)

    def ended(self, answer: httpx.Response | str, seconds: float = 30) -> dict:
        """The job of a submission, once it has ended."""
        name = answer if isinstance(answer, str) else answer.json()["id"]
        end = time.monotonic() + seconds
        while (reply := self.get(f"{MUSIC}/{name}")).status_code == 202:
            assert time.monotonic() < end, reply.text
            time.sleep(0.05)
        assert reply.status_code == 200, reply.text
        return reply.json()


@contextmanager
def serving(folder: Path, environ: Mapping[str, str] | None = None, **how: object) -> Iterator[Api]:
    """A server with a journal and music in that folder."""
    environ = {"SEGUE_JOURNAL": str(folder / "journal.sqlite3"), "SEGUE_TAGS": "off"} | dict(
        environ or {}
    )
    config = Config.load(how.pop("config", None), environ=environ)
    keyed = how.pop("keyed", False)
    settings = server_settings(config, **how)
    if keyed:  # as on an address that others reach
        settings = Closed(**{name: getattr(settings, name) for name in settings.__struct_fields__})
    gateway = Gateway(settings)
    given = uvicorn_config(gateway)
    given.timeout_graceful_shutdown = 1
    server = uvicorn.Server(given)
    with listening("127.0.0.1", 0) as sock:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[sock])))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            base = f"http://127.0.0.1:{sock.getsockname()[1]}"
            with Api(base_url=base, timeout=30) as api:
                api.gateway = gateway
                yield api
        finally:
            server.should_exit = True
            thread.join()
