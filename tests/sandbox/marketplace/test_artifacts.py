"""Where the music is: the API's own address, signed ones, how long, and for whom."""

from __future__ import annotations

import json
import random
from urllib.parse import urlsplit

import pytest

from segue.testing.hush_vendor import Request
from segue_sandbox.audio import blip
from segue_sandbox.clock import Dial
from segue_sandbox.marketplace import Marketplace


def path(url):
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def done(ask, marks="", now=30):
    job = ask.submit(marks)
    return ask.poll(job, now)


def test_the_poll_tells_the_true_size_of_a_real_file(ask):
    (result,) = done(ask)["results"]
    reply = ask("GET", path(result["url"]), now=31)
    assert (reply.status, reply.content_type) == (200, "audio/mpeg")
    assert len(reply.body) == result["bytes"] > 500
    assert reply.body == blip("", 60, "mp3")


def test_the_apis_own_address_needs_the_buyers_key(live):
    (result,) = done(live)["results"]
    statuses = [live("GET", path(result["url"]), now=31, key=key).status
                for key in ("inf_k", "inf_other", None)]  # fmt: skip
    assert statuses == [200, 404, 401]


def test_the_documented_way_has_both_addresses(documented):
    (result,) = done(documented)["results"]
    signed = documented("GET", path(result["url"]), key=None, now=31)
    own = documented("GET", result["download_url"], now=31)
    assert signed.body == own.body


def test_a_signed_address_expires_and_the_next_poll_gives_a_fresh_one(documented):
    job = documented.submit()
    first = documented.poll(job, 30)["results"][0]["url"]
    assert documented("GET", path(first), key=None, now=929).status == 200
    late = documented("GET", path(first), key=None, now=930)
    assert (late.status, late.content_type) == (403, "application/xml")
    assert "Request has expired" in late.text
    fresh = documented.poll(job, 930)["results"][0]["url"]
    assert fresh != first
    assert documented("GET", path(fresh), key=None, now=931).status == 200


@pytest.mark.parametrize("change", ["forged", "missing", "other index"])
def test_an_address_that_was_not_signed_opens_nothing(documented, change):
    url = path(done(documented)["results"][0]["url"])
    spoilt = {
        "forged": url[:-1] + ("0" if url[-1] != "0" else "1"),
        "missing": url.partition("?")[0],
        "other index": url.replace("/0.mp3", "/1.mp3"),
    }[change]
    assert documented("GET", spoilt, key=None, now=31).status == 403


def test_artifacts_are_kept_for_three_hours(ask, forms):
    job = ask.submit()
    over = 3 * 3600
    url = path(ask.poll(job, over)["results"][0]["url"])
    assert ask("GET", url, now=over).status == 200
    assert ask("GET", url, now=over + 25).status == 404
    assert ask("GET", f"/v1/media/artifacts/{job['id']}/0", now=over + 25).status == 404
    assert ask.poll(job, over + 25)["status"] == "succeeded"


def test_a_job_may_have_two_artifacts(ask):
    results = done(ask, "[sandbox:two-artifacts]")["results"]
    assert [result["artifact_index"] for result in results] == [0, 1]
    assert all(ask("GET", path(result["url"]), now=31).status == 200 for result in results)


@pytest.mark.parametrize("index", ["1", "-1", "x", "00"])
def test_there_is_no_other_artifact(ask, index):
    job = ask.submit()
    ask.poll(job, 30)
    assert ask("GET", f"/v1/media/artifacts/{job['id']}/{index}", now=31).status == 404


def test_nothing_is_there_before_the_end(ask):
    job = ask.submit()
    assert ask("GET", f"/v1/media/artifacts/{job['id']}/0", now=1).status == 404


def test_a_faster_vendor_tells_shorter_times():
    vendor = Marketplace(sound=blip, dial=Dial(60), forms="documented")
    headers = {"authorization": "Bearer inf_k"}
    body = b'{"model":"venice-ace-step-15","prompt":"warm lofi piano"}'
    asked = Request(method="POST", path="/v1/music/generations", headers=headers, body=body)
    job = json.loads(vendor.handle(asked, 0).text)
    assert job["expires_at"] - job["created"] == 15
    poll = Request(method="GET", path=job["poll_url"], headers=headers)
    url = json.loads(vendor.handle(poll, 60).text)["results"][0]["url"]
    assert "X-Amz-Expires=15&" in url


def test_the_same_seed_is_the_same_vendor():
    def run(seed):
        vendor = Marketplace(seed=seed, failing=0.5, sound=blip)
        rng, said = random.Random(1), []
        for at in range(40):
            body = b'{"model":"venice-ace-step-15","prompt":"warm lofi piano"}'
            headers = {"authorization": "Bearer inf_k"}
            request = Request(
                method="POST", path="/v1/music/generations", headers=headers, body=body
            )
            said.append(vendor.handle(request, at * rng.random()).text)
        return said, vendor.ledger(10_000)

    assert run(7) == run(7)
    states = [line["state"] for account in run(7)[1].values() for line in account["jobs"]]
    assert set(states) == {"succeeded", "failed"}
    assert run(7) != run(8)
