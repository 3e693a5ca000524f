from __future__ import annotations

import json
from decimal import Decimal

import pytest

import segue
from segue._pace import retry_policy as policy
from segue.provider import Cadence
from segue.testing.hush_vendor import Request
from segue_marketplace import Marketplace as Provider
from segue_sandbox.accounts import fingerprint
from segue_sandbox.audio import blip
from segue_sandbox.marketplace import Marketplace
from segue_sandbox.vendors import environments
from segue_venice import Venice

from .house import MODEL, House, serving

PATH = "/v1/music/generations"
ACE = {"model": "venice-ace-step-15", "prompt": "warm lofi piano in the rain"}


class Counter:
    """Who asks the marketplace: with a key, unless `key` is None, and as JSON."""

    def __init__(self, forms, **how):
        self.forms = forms
        self.vendor = Marketplace(seed=1, job_seconds=(10, 20), sound=blip, forms=forms, **how)

    def __call__(self, method, path, body=None, *, now=0.0, key="inf_k", headers=None, raw=None):
        told = {} if key is None else {"authorization": f"Bearer {key}"}
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        request = Request(
            method=method, path=path, headers={**told, **(headers or {})}, body=content
        )
        return self.vendor.handle(request, now)

    def submit(self, marks="", *, now=0.0, **how):
        """A job that was taken: the envelope of its 202."""
        body = {**ACE, "prompt": f"{ACE['prompt']} {marks}".strip(), **how.pop("more", {})}
        reply = self("POST", how.pop("path", PATH), body, now=now, **how)
        assert reply.status == 202, reply.text
        return json.loads(reply.text)

    def poll(self, job, now, **how):
        return json.loads(self("GET", f"{PATH}/{job['id']}", now=now, **how).text)

    def cancel(self, job, now, **how):
        reply = self("DELETE", f"{PATH}/{job['id']}", now=now, **how)
        return reply.status, json.loads(reply.text)

    def charges(self, now=100_000.0):
        """The amounts that were charged, in micro-USDC, in the order of the jobs."""
        lines = [one for account in self.vendor.ledger(now).values() for one in account["jobs"]]
        amounts = [Decimal(line["charged"]) * 1_000_000 for line in lines]
        return [int(amount) for amount in amounts if amount]


@pytest.fixture(params=["live", "documented"])
def forms(request):
    return request.param


@pytest.fixture
def ask(forms):
    """The marketplace in each of its forms."""
    return Counter(forms)


@pytest.fixture
def live():
    return Counter("live")


@pytest.fixture
def documented():
    return Counter("documented")


@pytest.fixture(scope="module", params=["live", "documented"])
def form(request):
    return request.param


@pytest.fixture(scope="module")
def sandbox(form):
    """The sandbox over HTTP in one of its forms, for all tests of a file."""
    with serving(form) as sandbox:
        yield sandbox


@pytest.fixture
def house(sandbox, monkeypatch, tmp_path, request):
    """The environment that the command prints, with another key for each test."""
    http, clock, log = sandbox
    for line in environments(str(http.base_url).rstrip("/")):
        for pair in line.split():
            monkeypatch.setenv(*pair.split("=", 1))
    house = House(http, clock, log, f"inf_{fingerprint(request.node.name)}")
    for name in ("SURPLUS_API_KEY", "VENICE_API_KEY"):
        monkeypatch.setenv(name, house.key)
    for provider in (Provider, Venice):
        monkeypatch.setattr(provider, "cadence", Cadence(first=0.02, growth=1.2, cap=0.1))
    monkeypatch.setattr(policy, "_BACKOFF", (0.0, 0.0, 0.0))
    monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "journal.sqlite3"))
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("SEGUE_BACKEND", raising=False)
    monkeypatch.chdir(tmp_path)
    house.plan()
    return house


@pytest.fixture
def client(house):
    with segue.Client(MODEL) as client:
        yield client
