"""Fixtures: the provider, its catalogue, and a vendor on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faces import stand_apart
from toy_vendor import Vendor

from segue.provider import Model
from segue_venice import Venice

from .known import catalogue, fed


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    stand_apart(monkeypatch, tmp_path)
    monkeypatch.setenv("VENICE_API_KEY", "venice-key-1234")


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
