from __future__ import annotations

from collections.abc import Iterator

import pytest
from toy_vendor import Vendor

from segue.testing.cassettes import Sandbox

from .acme import Acme, standing_in, working


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """No test sees this machine's configuration, keys or proxies."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("SEGUE_BACKEND", "SEGUE_CONFIG", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    working(vendor)
    yield vendor
    vendor.close()


@pytest.fixture
def box(vendor) -> Sandbox:
    return standing_in(vendor)


@pytest.fixture
def acme(monkeypatch) -> None:
    """Acme is installed, as far as the catalogue of plugins can tell."""
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Acme)


@pytest.fixture
def tape(tmp_path, acme):
    return tmp_path / "tape.yaml"
