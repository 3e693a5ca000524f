"""The server itself: real sockets, real audio, real faults."""

from __future__ import annotations

import io
import time

import httpx
import pytest
import soundfile

from segue_sandbox.audio import Composer
from segue_sandbox.faults import Plan

from .served import serving

ACE = {"model": "ace-step-15", "prompt": "warm lofi piano in the rain"}


@pytest.fixture(scope="module")
def origin():
    with serving(sound=Composer(1.0)) as served:
        yield served.origin


@pytest.fixture
def client(origin):
    headers = {"authorization": "Bearer http-key"}
    with httpx.Client(base_url=f"{origin}/venice/api/v1", headers=headers) as client:
        client.post(f"{origin}/sandbox/faults", json=[])
        yield client


def finished(client):
    job = client.post("/audio/queue", json=ACE).json()
    job.pop("status")
    while client.post("/audio/retrieve", json=job).headers["content-type"] == "application/json":
        time.sleep(0.02)
    return job


def test_audio_comes_inline_and_decodes(client):
    body = client.post("/audio/retrieve", json=finished(client)).content
    samples, _ = soundfile.read(io.BytesIO(body))
    assert len(samples) > 0


def test_a_dropped_answer_is_charged_all_the_same(client, origin):
    before = charged(client, origin)
    client.post(f"{origin}/sandbox/faults", json=[{"kind": "drop_after", "nth": 1}])
    with pytest.raises(httpx.TransportError):
        client.post("/audio/queue", json=ACE)
    assert charged(client, origin) == before + 1


def test_a_request_dropped_before_is_not_charged(client, origin):
    before = charged(client, origin)
    client.post(f"{origin}/sandbox/faults", json=[{"kind": "drop_before"}])
    with pytest.raises(httpx.TransportError):
        client.post("/audio/queue", json=ACE)
    assert charged(client, origin) == before


def test_a_truncated_body_ends_early(client, origin):
    job = finished(client)
    client.post(f"{origin}/sandbox/faults", json=[{"kind": "truncate"}])
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/audio/retrieve", json=job)


def test_a_status_without_a_body_has_the_vendors_own(client, origin):
    client.post(f"{origin}/sandbox/faults", json=[{"kind": "status", "status": 503}])
    reply = client.post("/audio/queue", json=ACE)
    assert reply.status_code == 503
    assert reply.json() == {"error": "The model is at capacity. Please try again later."}


@pytest.mark.parametrize(
    ("body", "headers", "kind", "text"),
    [
        ({"error": "x"}, {}, "application/json", '{"error":"x"}'),
        ("<h1>502</h1>", {"Content-Type": "text/html"}, "text/html", "<h1>502</h1>"),
        ("no", {"retry-after": "3"}, "application/json", '"no"'),
    ],
)
def test_a_fault_may_have_a_body_of_its_own(client, origin, body, headers, kind, text):
    rule = {"kind": "status", "status": 502, "body": body, "headers": headers}
    assert client.post(f"{origin}/sandbox/faults", json=[rule]).json() == {"ok": True}
    reply = client.post("/audio/queue", json=ACE)
    assert (reply.status_code, reply.headers["content-type"], reply.text) == (502, kind, text)
    assert {name.lower() for name in headers} <= set(reply.headers)


def test_a_plan_that_is_wrong_is_refused_and_says_where(client, origin):
    reply = client.post(f"{origin}/sandbox/faults", json=[{"kind": "flood"}])
    assert reply.status_code == 400
    assert "$[0].kind" in reply.json()["error"]


def test_the_same_seed_draws_the_same_faults():
    rule = b'[{"kind": "stall", "probability": 0.3}]'
    drawn = [
        [plan.draw("venice", "POST /x") is None for _ in range(50)]
        for plan in (Plan.read(rule, 7), Plan.read(rule, 7))
    ]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 2


def charged(client, origin):
    accounts = client.get(f"{origin}/sandbox/ledger").json()["venice"].values()
    return sum(len(account["jobs"]) for account in accounts)


def test_answers_on_a_kept_connection_do_not_wait_for_more_to_send(client):
    """Where they do, most take 40 ms, on every machine; one that is busy gets some more rounds."""
    assert any(sorted(took(client) for _ in range(21))[5] < 0.035 for _ in range(8))


def took(client):
    began = time.monotonic()
    client.get("/models?type=asr")
    return time.monotonic() - began
