"""Fixtures: a world of its own for each test, and a loopback vendor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faces import stand_apart
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


@pytest.fixture
def toy(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Toy:
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", vendor.url)
    return Toy()
