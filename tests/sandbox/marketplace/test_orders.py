"""What a submission may say, and every way in which it is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segue.testing.hush_vendor import Request
from segue_sandbox.audio import blip
from segue_sandbox.marketplace import Marketplace

PATH = "/v1/music/generations"
ACE = {"model": "venice-ace-step-15", "prompt": "warm lofi piano in the rain"}
EVERYTHING = {
    "model": "venice-ace-step-15",
    "prompt": "warm lofi piano in the rain",
    "duration_seconds": 60,
    "lyrics_prompt": "[verse] rain on the roof",
    "force_instrumental": False,
    "voice": "",
    "language_code": "",
    "webhook_url": "https://example.com/hook",
    "metadata": {"mine": [1, 2]},
}


def error(reply):
    return reply.status, json.loads(reply.text)["error"]


def invalid(message, code="invalid_request_error"):
    return {"type": "invalid_request_error", "code": code, "message": message}


def test_every_documented_field_is_taken(ask):
    assert ask("POST", PATH, EVERYTHING).status == 202


def test_null_is_nothing_said(ask):
    assert ask("POST", PATH, {**ACE, "voice": None, "duration_seconds": None}).status == 202


def test_the_old_name_of_ace_step_still_works(ask):
    job = ask.submit(more={"model": "venice-music-gen"})
    assert job["estimated_cost_usdc"] == "18000"


@pytest.mark.parametrize(("seconds", "estimate"), [(None, "18000"), (60, "18000"), (210, "48000")])
def test_the_estimate_is_the_cheapest_sellers_price_for_that_length(ask, seconds, estimate):
    more = {} if seconds is None else {"duration_seconds": seconds}
    job = ask.submit(more=more)
    assert job["estimated_cost_usdc"] == estimate
    assert ask.poll(job, 30)["usage"]["buyer_cost_usdc"] == estimate


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompt": "x" * 2001}, "prompt must be shorter than or equal to 2000 characters."),
        ({"lyrics_prompt": "x" * 5001}, "lyrics_prompt must be shorter than or equal to 5000 characters."),  # noqa: E501 - one case a line
        ({"prompt": ""}, "prompt should not be empty."),
        ({"model": None}, "model should not be empty."),
        ({"prompt": 5}, "prompt must be a string."),
        ({"duration_seconds": "60"}, "duration_seconds must be an integer number."),
        ({"duration_seconds": True}, "duration_seconds must be an integer number."),
        ({"duration_seconds": 0}, "duration_seconds must be a positive number."),
        ({"force_instrumental": "yes"}, "force_instrumental must be a boolean value."),
        ({"metadata": []}, "metadata must be an object."),
        ({"seed": 1}, "property seed should not exist."),
        ({"duration_seconds": 61}, "Unsupported duration_seconds '61' for model 'venice-ace-step-15'. Supported: 60, 90, 120, 150, 180, 210."),  # noqa: E501 - the same
        ({"model": "venice-elevenlabs-music", "duration_seconds": 601}, "Unsupported duration_seconds '601' for model 'venice-elevenlabs-music'. Supported: 3 to 600."),  # noqa: E501 - the same
        ({"model": "venice-minimax-music-v26", "duration_seconds": 60}, "Unsupported duration_seconds '60' for model 'venice-minimax-music-v26'."),  # noqa: E501 - the same
    ],
)  # fmt: skip
def test_a_value_that_is_wrong_is_refused(ask, change, message):
    assert error(ask("POST", PATH, {**ACE, **change})) == (400, invalid(message))
    assert ask.charges() == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b'"x"'])
def test_a_body_that_is_no_object_is_refused(ask, raw):
    expected = invalid("The body must be a JSON object.")
    assert error(ask("POST", PATH, raw=raw)) == (400, expected)


@pytest.mark.parametrize(
    ("option", "value"),
    [("force_instrumental", True), ("voice", "Aria"), ("language_code", "en")],
)
def test_an_option_that_the_model_is_known_not_to_have_is_refused(ask, option, value):
    told = f"Model 'venice-ace-step-15' does not support {option}."
    reply = ask("POST", PATH, {**ACE, option: value})
    assert error(reply) == (400, invalid(told, "model_capability_unsupported"))


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "short"},
        {"prompt": "x" * 513},
        {"model": "venice-minimax-music-v26"},
        {"model": "venice-elevenlabs-tts-v3", "voice": "Nobody"},
    ],
)
def test_what_only_venice_would_refuse_fails_with_the_seller(ask, change):
    job = ask.submit(more=change)
    assert ask.poll(job, 30)["error"] == {"type": "provider_error"}
    assert ask.charges() == []


def test_an_unknown_model_is_told_without_a_code(ask):
    told = "nope is not a valid model ID. Unusual bug? Email support@surplusintelligence.ai"
    reply = ask("POST", PATH, {**ACE, "model": "nope"})
    assert error(reply) == (400, {"type": "invalid_request_error", "message": told})


def test_a_listed_model_without_sellers_is_no_model_and_minutes_later_it_is(ask):
    order = {"model": "venice-sonilo-v1-1-music", "prompt": "warm lofi piano"}
    status, told = error(ask("POST", PATH, order, now=0))
    assert (status, "code" in told) == (400, False)
    assert "is not a valid model ID" in told["message"]
    assert ask("POST", PATH, order, now=301).status == 202


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("venice-lyria-3-pro", 404, "no_sellers_for_model"),
        ("venice-elevenlabs-tts-v4", 503, "no_healthy_sellers"),
    ],
)
def test_models_that_nobody_can_serve(ask, model, status, code):
    found, told = error(ask("POST", PATH, {**ACE, "model": model}))
    assert (found, told["code"]) == (status, code)


@pytest.mark.parametrize(
    ("mark", "status", "code"),
    [
        ("request_rejected", 400, "request_rejected"),
        ("unsupported_provider", 400, "unsupported_provider"),
        ("model_capability_unsupported", 400, "model_capability_unsupported"),
        ("model_does_not_support_images", 400, "model_does_not_support_images"),
        ("no_sellers_for_model", 404, "no_sellers_for_model"),
        ("no_healthy_sellers", 503, "no_healthy_sellers"),
        ("insufficient_balance", 402, "insufficient_balance"),
        ("not-a-model", 400, None),
    ],
)
def test_a_mark_in_the_prompt_asks_for_a_refusal(ask, mark, status, code):
    body = {**ACE, "prompt": f"warm lofi piano [sandbox:{mark}]"}
    found, told = error(ask("POST", PATH, body))
    assert (found, told.get("code")) == (status, code)
    assert ask.charges() == []


def test_a_relayed_refusal_is_a_string_or_stands_at_the_top(ask):
    bodies = [
        json.loads(ask("POST", PATH, {**ACE, "prompt": f"piano [sandbox:relayed-{kind}]"}).text)
        for kind in ("text", "object")
    ]
    assert isinstance(bodies[0]["error"], str)
    assert set(bodies[1]) == {"code", "message"}


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (None, 401, "invalid_api_key"),
        ("bad-key", 401, "invalid_api_key"),
        ("inf_bad-key", 401, "invalid_api_key"),
        ("si_seller_1", 401, "invalid_api_key"),
        ("inf_poor-key", 402, "insufficient_balance"),
        ("inf_unapproved-1", 402, "insufficient_balance"),
    ],
)
def test_keys_that_may_not(ask, key, status, code):
    found, told = error(ask("POST", PATH, ACE, key=key))
    assert (found, told["code"]) == (status, code)


def test_the_edge_refuses_with_a_page(ask):
    reply = ask("POST", PATH, ACE, key="inf_fenced-1")
    assert (reply.status, reply.content_type) == (403, "text/html")


def test_open_jobs_count_against_what_may_be_spent(ask):
    dear = {"model": "venice-elevenlabs-music", "duration_seconds": 600, "prompt": "x" * 20}
    replies = [ask("POST", PATH, dear).status for _ in range(22)]
    assert replies == [202] * 21 + [402]  # 21 of at most 4.554 USDC each fit into 100
    assert ask("POST", PATH, dear, now=30).status == 202
    assert len(ask.charges()) == 22


def test_a_key_says_in_which_forms_it_is_answered(ask):
    live, page = (ask.submit(key=f"inf_{forms}-1") for forms in ("live", "documented"))
    assert live["poll_url"].startswith("https://")
    assert page["poll_url"].startswith("/v1/")


@pytest.mark.parametrize(
    ("key", "method", "most"),
    [("inf_k", "GET", 600), ("inf_busy-1", "GET", 5), ("inf_busy-1", "POST", 5)],
)
def test_the_limits_of_a_minute_are_told_in_both_headers(ask, key, method, most):
    path, body = (PATH, ACE) if method == "POST" else ("/v1/buyer/me", None)
    replies = [ask(method, path, body, key=key, now=n / 1000) for n in range(most + 1)]
    assert {reply.status for reply in replies[:-1]} == {202 if method == "POST" else 200}
    last = replies[-1]
    assert (last.status, last.headers["retry-after"]) == (429, "60")
    assert last.headers["x-ratelimit-reset"] == "1800000060"
    assert ask(method, path, body, key=key, now=61).status < 300


def test_live_answers_name_the_request_and_the_limits(live):
    reply = live("GET", "/v1/buyer/me")
    assert reply.headers["x-request-id"].startswith("req_")
    assert reply.headers["x-ratelimit-remaining"] == "599"


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/audio/speech"])
def test_what_answers_at_once_offers_to_be_paid_by_wallet(ask, path):
    reply = ask("POST", path, {}, key=None)
    assert error(reply)[0] == 402
    assert error(reply)[1]["code"] == "x402_payment_required"
    assert "payment-required" in reply.headers
    assert ask("POST", path, {}).status == 404


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500, 502, 503])
def test_there_is_something_to_say_with_every_status(ask, status):
    reply = ask.vendor.refusal(status)
    assert reply.status == status
    assert reply.body


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100)
@given(
    fields=some.dictionaries(some.sampled_from([*EVERYTHING, "seed"]), JSON),
    path=some.sampled_from([PATH, "/min30" + PATH, "/min200" + PATH]),
    forms=some.sampled_from(["live", "documented"]),
)
def test_whatever_is_sent_is_answered_and_a_refusal_charges_nothing(fields, path, forms):
    vendor = Marketplace(sound=blip, forms=forms)
    headers = {"authorization": "Bearer inf_k"}
    body = json.dumps({**ACE, **fields}).encode()
    reply = vendor.handle(Request(method="POST", path=path, headers=headers, body=body), 0)
    assert reply.status in {202, 400, 404, 503}
    ledger = vendor.ledger(1000).values()
    jobs = [line for account in ledger for line in account["jobs"]]
    assert len(jobs) == (reply.status == 202)
