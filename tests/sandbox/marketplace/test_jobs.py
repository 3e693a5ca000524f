"""A job's life: queued, taken or not, over; who may see it; what it costs."""

from __future__ import annotations

import json
import re

import pytest
from marketplace_samples import SUBMITTED, SUCCEEDED

PATH = "/v1/music/generations"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
ULID = r"[0-9A-HJKMNP-TV-Z]{26}"


def shape(value):
    """A JSON value with its names in their order, and the kinds of its values only."""
    if isinstance(value, dict):
        return [(name, shape(inner)) for name, inner in value.items()]
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def test_the_documented_answer_to_a_submission_is_the_sample_to_the_letter(documented):
    job, sample = documented.submit(), json.loads(SUBMITTED)
    assert shape(job) == shape(sample)
    fixed = ("object", "kind", "status")
    assert {name: job[name] for name in fixed} == {name: sample[name] for name in fixed}
    assert job["expires_at"] - job["created"] == sample["expires_at"] - sample["created"]
    assert re.fullmatch(UUID, job["id"])
    assert job["poll_url"] == job["cancel_url"] == f"{PATH}/{job['id']}"
    assert job["job_token"].startswith("mjt_")
    assert int(job["max_cost_usdc"]) * 10 == int(job["estimated_cost_usdc"]) * 11


def test_the_documented_answer_to_the_last_poll_is_the_sample_to_the_letter(documented):
    job, sample = documented.submit(), json.loads(SUCCEEDED)
    seen = documented.poll(job, 30)
    assert shape(seen) == shape(sample)
    (result,) = seen["results"]
    told = sample["results"][0]["url"].replace("job-id", job["id"]).split("?")
    address, _, query = result["url"].partition("?")
    assert address == told[0]
    assert {part for part in told[1].split("&") if "…" not in part} <= set(query.split("&"))
    assert re.search(r"&X-Amz-Signature=[0-9a-f]{64}$", query)
    assert result["download_url"] == f"/v1/media/artifacts/{job['id']}/0"
    assert (result["content_type"], result["duration_seconds"]) == ("audio/mpeg", 60)
    assert seen["usage"]["settlement_status"] == "confirmed"
    assert seen["usage"]["buyer_cost_usdc"] == seen["usage"]["seller_cost_usdc"]


def test_the_live_answer_has_a_ulid_and_absolute_addresses(live):
    job = live.submit()
    assert list(job) == list(json.loads(SUBMITTED))
    assert re.fullmatch(ULID, job["id"])
    address = f"https://api.surplusintelligence.ai{PATH}/{job['id']}"
    assert job["poll_url"] == job["cancel_url"] == address


def test_in_the_sandbox_addresses_lead_into_the_sandbox(live):
    host = {"host": "127.0.0.1:8931"}
    job = live.submit(headers=host)
    assert job["poll_url"] == f"http://127.0.0.1:8931/marketplace{PATH}/{job['id']}"
    (result,) = live.poll(job, 30, headers=host)["results"]
    within = f"/v1/media/artifacts/{job['id']}/0"
    assert result["url"] == f"http://127.0.0.1:8931/marketplace{within}"
    assert set(result) == {"artifact_index", "url", "content_type", "bytes"}


def test_pending_is_202_by_the_page_and_200_as_it_was_seen(ask, forms):
    job = ask.submit()
    pending, over = (ask("GET", f"{PATH}/{job['id']}", now=now).status for now in (1, 30))
    assert (pending, over) == ((200, 200) if forms == "live" else (202, 200))


def test_a_job_is_queued_then_running_then_succeeded(live):
    job = live.submit()
    queued, running = live.poll(job, 1), live.poll(job, 8)
    assert (queued["status"], running["status"]) == ("queued", "running")
    assert {name: queued[name] for name in list(queued)[-4:]} == {
        "served_by": "unknown",
        "provider_family": "unknown",
        "marketplace_status": "unknown",
        "marketplace_attempts": 0,
    }
    assert {name: running[name] for name in list(running)[-4:]} == {
        "served_by": "api.venice.ai",
        "provider_family": "venice",
        "marketplace_status": "submitted",
        "marketplace_attempts": 1,
    }
    assert live.poll(job, 30)["status"] == "succeeded"


def test_a_second_seller_is_asked_when_the_first_declines_and_is_paid_his_price(live):
    job = live.submit("[sandbox:second-seller]")
    tries = [live.poll(job, now)["marketplace_attempts"] for now in (0, 4, 9)]
    assert tries == [0, 1, 2]
    assert live.poll(job, 4)["status"] == "queued"
    assert (job["estimated_cost_usdc"], job["max_cost_usdc"]) == ("18000", "19800")
    assert live.poll(job, 30)["usage"]["buyer_cost_usdc"] == "19500"
    assert live.charges() == [19500]


def test_no_seller_takes_the_job_and_nothing_is_charged(ask, forms):
    job = ask.submit("[sandbox:no-seller]")
    seen = ask.poll(job, 30)
    assert seen["status"] == "failed"
    assert seen["error"] == {
        "type": "provider_unavailable",
        "message": "No provider could accept this job right now. Please retry.",
    }
    if forms == "live":
        assert (seen["served_by"], seen["marketplace_attempts"]) == ("unknown", 2)
    assert ask.charges() == []


def test_a_seller_who_fails_is_named_and_not_paid(ask, forms):
    job = ask.submit("[sandbox:seller-fails]")
    assert ask.poll(job, 8)["status"] == "running"
    seen = ask.poll(job, 30)
    assert (seen["status"], seen["error"]) == ("failed", {"type": "provider_error"})
    assert seen.get("served_by") == ("api.venice.ai" if forms == "live" else None)
    assert ask.charges() == []


@pytest.mark.parametrize(("mark", "word"), [("nobody", "queued"), ("late", "running")])
def test_what_is_not_over_in_a_quarter_of_an_hour_expires(ask, mark, word):
    job = ask.submit(f"[sandbox:{mark}]")
    assert ask.poll(job, 899)["status"] == word
    assert ask.poll(job, 901)["status"] == "expired"
    assert ask.charges() == []


def test_a_seller_may_answer_after_the_submission_that_no_offer_qualifies(ask):
    job = ask.submit("[sandbox:filtered-later]")
    assert ask.poll(job, 30)["error"]["type"] == "minimum_discount_not_met"


def test_a_word_that_no_table_knows_is_not_the_end(ask):
    job = ask.submit("[sandbox:odd-word]")
    assert [ask.poll(job, now)["status"] for now in (8, 30)] == ["submitted", "succeeded"]


def test_a_song_is_paid_once_when_it_has_succeeded_however_often_it_is_polled(ask):
    job = ask.submit()
    assert ask.charges(1) == []
    for now in (30, 31, 5000, 90_000):
        assert ask.poll(job, now)["status"] == "succeeded"
    assert ask.charges() == [18000]


def test_it_is_paid_even_if_nobody_looks(ask):
    ask.submit()
    assert ask.charges() == [18000]


@pytest.mark.parametrize("now", [1, 8])
def test_a_job_that_is_not_over_can_be_cancelled_and_costs_nothing(ask, now):
    job = ask.submit()
    status, seen = ask.cancel(job, now)
    assert (status, seen["status"]) == (200, "canceled")
    assert ask.cancel(job, now + 1)[1]["status"] == "canceled"
    assert ask.poll(job, 30)["status"] == "canceled"
    assert ask.charges() == []


@pytest.mark.parametrize(
    ("mark", "word"), [("", "succeeded"), ("no-seller", "failed"), ("nobody", "expired")]
)
def test_what_is_over_stays_what_it_is_when_cancelled(ask, mark, word):
    job = ask.submit(f"[sandbox:{mark}]" if mark else "")
    before = ask.poll(job, 1000)["status"]
    status, seen = ask.cancel(job, 1000)
    assert (status, before, seen["status"]) == (200, word, word)
    assert len(ask.charges()) == (word == "succeeded")


def test_a_cancel_may_be_refused_when_the_job_is_over(ask):
    job = ask.submit("[sandbox:cancel-409]")
    status, seen = ask.cancel(job, 30)
    assert (status, seen["error"]["type"]) == (409, "invalid_request_error")


def test_a_cancel_may_be_taken_note_of_and_change_nothing(ask):
    job = ask.submit("[sandbox:unstoppable]")
    status, seen = ask.cancel(job, 8)
    assert (status, seen["status"]) == (202, "running")
    assert ask.poll(job, 30)["status"] == "succeeded"
    assert ask.charges() == [18000]


def test_a_cancelled_job_may_be_charged_for(ask):
    job = ask.submit("[sandbox:cancel-billed]")
    ask.cancel(job, 8)
    assert ask.charges() == [18000]


def test_the_token_polls_its_own_job_without_a_key(ask):
    job, other = ask.submit(), ask.submit()
    token = {"x-job-token": job["job_token"]}
    assert ask.poll(job, 30, key=None, headers=token)["status"] == "succeeded"
    for job_id in (other["id"], "nope"):
        assert ask("GET", f"{PATH}/{job_id}", key=None, headers=token).status == 401


def test_a_key_or_a_token_is_enough(ask):
    job = ask.submit()
    token, wrong = {"x-job-token": job["job_token"]}, {"x-job-token": "mjt_0"}
    assert ask.poll(job, 30, key="bad-key", headers=token)["status"] == "succeeded"
    assert ask.poll(job, 30, headers=wrong)["status"] == "succeeded"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_job_of_somebody_else_is_not_found(ask, method):
    job = ask.submit()
    reply = ask(method, f"{PATH}/{job['id']}", key="inf_other", now=1)
    assert (reply.status, reply.text) == (404, '{"error":{"code":"not_found"}}')


def test_the_token_opens_nothing_else(ask):
    job = ask.submit()
    token = {"x-job-token": job["job_token"]}
    for method, path in (("DELETE", f"{PATH}/{job['id']}"), ("GET", "/v1/buyer/me")):
        assert ask(method, path, key=None, headers=token).status == 401


@pytest.mark.parametrize("body", [None, {"model": "venice-ace-step-15", "prompt": "x" * 20}])
def test_one_idempotency_key_is_one_job(ask, body):
    key = {"idempotency-key": "a-1"}
    more = {"more": body} if body else {}
    first, again = (ask.submit(now=now, headers=key, **more) for now in (0, 30))
    assert first == again
    assert ask.submit(headers={"idempotency-key": "a-2"})["id"] != first["id"]
    assert ask.submit(headers=key, key="inf_other")["id"] != first["id"]
    assert len(ask.charges()) == 3


def test_the_order_of_the_fields_makes_no_other_body(ask):
    body = {"prompt": "x" * 20, "model": "venice-ace-step-15"}
    key = {"idempotency-key": "a-1"}
    ids = {
        json.loads(ask("POST", PATH, dict(fields), headers=key).text)["id"]
        for fields in (body.items(), reversed(body.items()))
    }
    assert len(ids) == 1


def test_another_body_under_the_same_key_is_refused_and_not_submitted(ask):
    ask.submit(headers={"idempotency-key": "a-1"})
    body = {"model": "venice-ace-step-15", "prompt": "something else"}
    reply = ask("POST", PATH, body, headers={"idempotency-key": "a-1"})
    assert (reply.status, json.loads(reply.text)["error"]["type"]) == (409, "invalid_request_error")
    assert len(ask.charges()) == 1


def test_a_refused_submission_leaves_its_key_free(ask):
    key = {"idempotency-key": "a-1"}
    bad = {"model": "venice-lyria-3-pro", "prompt": "x" * 20}
    assert ask("POST", PATH, bad, headers=key).status == 404
    ask.submit(headers=key)
    assert len(ask.charges()) == 1


def test_a_key_is_forgotten_after_a_day(ask):
    key = {"idempotency-key": "a-1"}
    first, late = (ask.submit(now=now, headers=key) for now in (0, 86_401))
    assert first["id"] != late["id"]
