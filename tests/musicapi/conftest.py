"""Fixtures: the provider, and a vendor on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faces import stand_apart
from toy_vendor import Vendor

from segue_musicapi import MusicAPI


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    stand_apart(monkeypatch, tmp_path)
    monkeypatch.setenv("MUSICAPI_KEY", "musicapi-key-1234")


@pytest.fixture
def musicapi() -> MusicAPI:
    return MusicAPI()


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    vendor = Vendor()
    monkeypatch.setenv("SEGUE_MUSICAPI_BASE_URL", vendor.url)
    yield vendor
    vendor.close()
