"""Fixtures: a loopback vendor, and one face for both drivers on every event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faces import DRIVERS, Face, stand_apart
from toy_vendor import Toy, Vendor


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    stand_apart(monkeypatch, tmp_path)
    monkeypatch.setenv("TOY_KEY", "toy-key-1234")


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    yield vendor
    vendor.close()


@pytest.fixture(params=DRIVERS)
def face(request: pytest.FixtureRequest) -> Iterator[Face]:
    face = Face(request.param)
    yield face
    face.close()


@pytest.fixture
def toy(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Toy:
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", vendor.url)
    return Toy()
