"""What tests of clients share: one face for both drivers, and a world of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

import segue
from segue._config.files import Document
from segue._pace import retry_policy as policy
from segue.config import Config

DRIVERS = ("sync", "asyncio", "trio", "aiohttp")
"""`aiohttp` is asyncio with that transport."""


def stand_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees this machine's configuration, keys or proxies, or waits between tries."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in (
        "SEGUE_BACKEND",
        "SEGUE_CONFIG",
        "SEGUE_PACE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(policy, "_BACKOFF", (0.0, 0.0, 0.0))
    monkeypatch.setattr(policy, "UNTOLD", 0.01)
    monkeypatch.chdir(tmp_path)


def over_aiohttp(config: Config | str | Path | None) -> Config:
    """The same configuration, with that transport."""
    config = config if isinstance(config, Config) else Config.load(config)
    chosen = Document(path=Path("segue.toml"), content={"http": {"transport": "aiohttp"}})
    return Config([*config.files, chosen], environ=config.environ)


class Face:
    """A client on one driver, called the same way whether its methods are awaited or not."""

    def __init__(self, driver: str) -> None:
        self.driver = driver
        self._stack = ExitStack()
        if driver != "sync":
            loop = "asyncio" if driver == "aiohttp" else driver
            self._portal = self._stack.enter_context(start_blocking_portal(loop))

    def do(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if self.driver == "sync":
            return method(*args, **options)
        return self._portal.call(partial(method, *args, **options))

    def client(self, backend: Any, **options: Any) -> Any:
        options.setdefault("journal", None)
        if self.driver == "aiohttp":
            options["config"] = over_aiohttp(options.get("config"))
        kind = segue.Client if self.driver == "sync" else segue.AsyncClient
        client = kind(backend, **options)
        self._stack.callback(lambda: self.do(client.close))
        return client

    @contextmanager
    def streamed(self, client: Any, query: Any) -> Iterator[Iterator[bytes]]:
        """`client.stream`, as an ordinary context manager with ordinary chunks."""
        if self.driver == "sync":
            with client.stream(query) as chunks:
                yield chunks
            return
        with self._portal.wrap_async_context_manager(client.stream(query)) as chunks:
            yield iter(lambda: self._portal.call(anext, chunks, b""), b"")

    def close(self) -> None:
        self._stack.close()
