"""What Venice allows in a minute, what it forgives, and what the client's clock says of both."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from decimal import Decimal

import httpx
import pytest

from segue_sandbox.audio import blip
from segue_sandbox.clock import Clock, Dial
from segue_sandbox.venice import Venice

ACE = {"model": "ace-step-15", "prompt": "warm lofi piano in the rain"}
QUEUE, RETRIEVE, COMPLETE = "/audio/queue", "/audio/retrieve", "/audio/complete"
START = 1_800_000_000_000
"""The client's Unix time at vendor second 0, in milliseconds."""


@pytest.fixture(params=[1, 60], ids="speed {}".format)
def dial(request):
    return Dial(request.param)


@pytest.fixture
def venice(dial):
    return Venice(seed=1, job_seconds=(10, 20), sound=blip, dial=dial)


def queued(ask, **how):
    answer = json.loads(ask("POST", QUEUE, ACE, **how).text)
    return {name: answer[name] for name in ("model", "queue_id")}


def on_the_clients_clock(now, dial):
    return str(round(START + now * 1000 / dial.speed))


@pytest.mark.parametrize(("path", "most"), [(QUEUE, 40), (RETRIEVE, 120)])
def test_a_user_has_so_many_requests_a_minute(ask, dial, path, most):
    body = ACE if path == QUEUE else queued(ask)
    replies = [ask("POST", path, body, now=100 + n / 10) for n in range(most + 1)]
    assert [reply.status for reply in replies] == [200] * most + [429]
    left = [reply.headers["x-ratelimit-remaining-requests"] for reply in replies]
    assert left == [str(n) for n in range(most - 1, -1, -1)] + ["0"]
    last = replies[-1]
    assert json.loads(last.text) == {"error": "Rate limit exceeded"}
    assert last.headers["x-ratelimit-limit-requests"] == str(most)
    assert last.headers["x-ratelimit-reset-requests"] == on_the_clients_clock(160, dial)
    assert last.headers["x-ratelimit-type"] == "user"
    assert len(last.headers["x-ratelimit-reset-requests"]) == 13  # milliseconds


def test_a_refused_request_takes_no_seat_and_users_have_their_own(ask):
    for n in range(60):
        ask("POST", QUEUE, ACE, now=100 + n / 10)
    assert ask("POST", QUEUE, ACE, now=106, key="another").status == 200
    assert ask("POST", QUEUE, ACE, now=159).status == 429
    assert ask("POST", QUEUE, ACE, now=160.01).status == 200


def test_429s_charge_nothing(ask, venice):
    for _ in range(60):
        ask("POST", QUEUE, ACE, now=1)
    (account,) = venice.ledger(1.0).values()
    assert Decimal(account["charged"]) == 40 * Decimal("0.03")


@pytest.mark.parametrize("path", ["/audio/quote", COMPLETE])
def test_no_limit_is_documented_for_the_other_two(ask, path):
    body = queued(ask) if path == COMPLETE else {"model": "ace-step-15"}
    assert {ask("POST", path, body, now=30).status for _ in range(200)} == {200}


def test_fifty_failures_in_thirty_seconds_are_forgiven(ask, dial):
    bad = {"model": "ace-step-15", "queue_id": "?"}
    replies = [ask("POST", COMPLETE, bad, now=100 + n / 10) for n in range(51)]
    assert {reply.status for reply in replies} == {400}
    left = [reply.headers["x-ratelimit-remaining"] for reply in replies]
    assert left == [str(n) for n in range(49, -1, -1)] + ["0"]
    closed = ask("POST", COMPLETE, bad, now=110)
    assert closed.status == 429
    assert json.loads(closed.text)["error"].startswith(
        "Too many failed attempts (> 50) resulting in a non-success status code. "
        "Please wait 30 seconds and try again."
    )
    assert closed.headers["x-ratelimit-remaining"] == "0"
    assert closed.headers["x-ratelimit-resets"] == on_the_clients_clock(140, dial)
    assert "x-ratelimit-reset-requests" not in closed.headers


def test_failures_that_are_spread_out_close_nothing(ask):
    bad = {"model": "ace-step-15", "queue_id": "?"}
    assert {ask("POST", COMPLETE, bad, now=n).status for n in range(200)} == {400}


def test_5xx_and_429_do_not_count_as_failures(ask):
    for n in range(80):
        ask("POST", QUEUE, {**ACE, "prompt": "slow [sandbox:broken]"}, now=100 + n / 10)
    assert ask("POST", QUEUE, {"model": "ace-step-15"}, now=169).status == 400


def test_a_closed_bucket_is_one_model_of_one_key(ask):
    bad = {"model": "ace-step-15"}
    for _ in range(51):
        ask("POST", COMPLETE, bad)
    assert ask("POST", QUEUE, ACE).status == 429
    assert ask("POST", QUEUE, ACE, key="another").status == 200
    assert ask("POST", QUEUE, {**ACE, "model": "lyria-3-pro"}).status == 200


@pytest.mark.parametrize(("speed", "seconds"), [(1, "30"), (4, "8"), (600, "1")])
def test_retry_after_is_in_whole_seconds_of_the_client_and_never_too_early(speed, seconds, ask):
    venice = Venice(dial=Dial(speed))
    body = json.dumps({**ACE, "prompt": "slow [sandbox:overloaded]"}).encode()
    reply = venice.handle(request("POST", QUEUE, body), 0.0)
    assert reply.status == 429
    assert reply.headers["retry-after"] == seconds


def test_times_of_jobs_and_days_are_on_the_clients_clock(ask, dial):
    job = queued(ask)
    waiting = json.loads(ask("POST", RETRIEVE, job, now=6).text)
    assert waiting["average_execution_time"] == 18_000 / dial.speed
    assert waiting["execution_duration"] == 6_000 / dial.speed
    done = ask("POST", RETRIEVE, job, now=30)
    assert 10 <= float(done.headers["x-venice-inference-time"]) * dial.speed <= 20.5
    limits = json.loads(ask("GET", "/api_keys/rate_limits", now=30).text)["data"]
    midnight = "2027-01-16T00:00:00.000Z" if dial.speed == 1 else "2027-01-15T08:16:00.000Z"
    assert limits["nextEpochBegins"] == midnight


def test_the_clock_runs_so_many_times_faster():
    clock = Clock(600)
    began, first = time.monotonic(), clock.now()
    time.sleep(0.05)
    last, ended = clock.now(), time.monotonic()
    assert 600 * 0.05 <= last - first <= 600 * (ended - began)


def test_the_command_runs_at_the_speed_that_it_is_given():
    """A job of 900 vendor seconds is done in a second and a half of ours, and not sooner."""
    command = [sys.executable, "-m", "segue_sandbox", "--port", "0", "--speed", "600"]
    with subprocess.Popen(
        [*command, "--job-seconds", "900"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            address = server.stdout.readline().split()[0].partition("=")[2]
            with httpx.Client(base_url=address, headers={"authorization": "Bearer k"}) as client:
                waited, told = until_done(client)
        finally:
            server.terminate()
    assert told["average_execution_time"] == 1500
    assert 1.5 <= waited < 60


def until_done(client):
    body = {"model": "mmaudio-v2-text-to-audio", "prompt": "a door that falls shut"}
    began, told = time.monotonic(), None
    job = client.post(QUEUE, json={**body, "duration_seconds": 1}).json()
    job.pop("status")
    while (reply := client.post(RETRIEVE, json=job)).headers["content-type"] == "application/json":
        told = reply.json()
        time.sleep(0.05)
    return time.monotonic() - began, told


def request(method, path, body):
    from segue.testing.hush_vendor import Request

    return Request(method=method, path=path, headers={"authorization": "Bearer k"}, body=body)
