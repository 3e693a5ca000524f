"""Fixtures: the provider, its catalogue, and one face for both drivers on every event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from toy_vendor import Vendor

import segue
from segue import policy
from segue.provider import Model
from segue_venice import Venice

from .known import catalogue, fed


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """No test sees this machine's configuration, keys or proxies, or waits between tries."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("SEGUE_BACKEND", "SEGUE_CONFIG", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("VENICE_API_KEY", "venice-key-1234")
    monkeypatch.setattr(policy, "_BACKOFF", (0.0, 0.0, 0.0))
    monkeypatch.setattr(policy, "UNTOLD", 0.01)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def venice() -> Venice:
    return Venice()


@pytest.fixture
def models(venice: Venice) -> list[Model]:
    return fed(venice.models(), catalogue())


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    vendor = Vendor()
    monkeypatch.setenv("SEGUE_VENICE_BASE_URL", vendor.url)
    yield vendor
    vendor.close()


class Face:
    """A client on one driver, called the same way whether its methods are awaited or not."""

    def __init__(self, driver: str) -> None:
        self.driver = driver
        self._stack = ExitStack()
        if driver != "sync":
            self._portal = self._stack.enter_context(start_blocking_portal(driver))

    def do(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if self.driver == "sync":
            return method(*args, **options)
        return self._portal.call(partial(method, *args, **options))

    def client(self, backend: Any, **options: Any) -> Any:
        kind = segue.Client if self.driver == "sync" else segue.AsyncClient
        client = kind(backend, journal=None, **options)
        self._stack.callback(lambda: self.do(client.close))
        return client

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(params=("sync", "asyncio", "trio"))
def face(request: pytest.FixtureRequest) -> Iterator[Face]:
    face = Face(request.param)
    yield face
    face.close()
