"""Fixtures: the provider, its vendor on loopback, and clients of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from faces import stand_apart
from toy_vendor import Vendor

from segue_marketplace import Marketplace

from .known import MARKETS, OFFER, QUEUED_LIVE, ROWS, RUNNING_LIVE, TAKEN
from .through_core import BOOK, FILE, ID, JOB, SONG, SUBMIT, Hasty, done, says


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    stand_apart(monkeypatch, tmp_path)
    monkeypatch.setenv("SURPLUS_API_KEY", "inf_key-1234")


@pytest.fixture
def marketplace() -> Marketplace:
    return Marketplace()


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    vendor = Vendor()
    monkeypatch.setenv("SEGUE_MARKETPLACE_BASE_URL", f"{vendor.url}/v1")
    yield vendor
    vendor.close()


@pytest.fixture
def date(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The vendor's clock: the one item is the date of its answers."""
    date = ["Mon, 15 Apr 2024 12:00:00 GMT"]
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: date[0])
    return date


@pytest.fixture
def storage() -> Iterator[Vendor]:
    """Another host, as that of signed addresses."""
    storage = Vendor()
    yield storage
    storage.close()


@pytest.fixture
def sold(vendor):
    """The live forms: a ULID, an absolute address, an artifact on the API's own host."""
    job = {**json.loads(TAKEN), "id": ID, "poll_url": vendor.url + JOB, "cancel_url": JOB}
    vendor.says(SUBMIT, says(job, 202))
    vendor.says(JOB, says(QUEUED_LIVE, 202), says(RUNNING_LIVE), done(vendor.url + FILE))
    vendor.says(FILE, SONG)
    vendor.says("/v1/models", says({"data": ROWS}))
    vendor.says("/api/markets", says({"markets": MARKETS}))
    vendor.says(BOOK, says({"offers": [{**OFFER, "media_unit_price": 30000}]}))
    return vendor


@pytest.fixture
def make(sold, face, monkeypatch):
    """Makes a client as a user does."""
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Hasty)

    def make(backend="marketplace/venice-ace-step-15", **options):
        return face.client(backend, **{"timeout": 5, **options})

    return make


@pytest.fixture
def client(make):
    return make()
