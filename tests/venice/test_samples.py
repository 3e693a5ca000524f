"""The samples that Venice's documents print, to the letter, as bytes on the wire.

From `veniceai/api-docs` (swagger 20260821.193530, the guide of music and sound effects) and
`veniceai/skills` (audio-music, errors, api-keys; 2026-10). Where a page leaves a value out with
dots, an empty one stands here.
"""

from __future__ import annotations

import json

import msgspec
import pytest

from segue import Generate
from segue.errors import (
    AuthenticationFailed,
    ContentPolicy,
    InsufficientFunds,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from segue.flow import Reply
from segue.job import Snapshot, Status, Ticket
from segue.money import Money
from segue_venice import Venice
from segue_venice.catalogue import models as read_models
from segue_venice.refusals import refused

from .known import DOC_ROW, catalogue, ended, fed

ORDER = """{"model":"elevenlabs-music",
 "prompt":"Warm cinematic strings with a gentle piano melody, hopeful and spacious",
 "duration_seconds":30,"force_instrumental":true}"""
QUEUED = (
    '{"model":"elevenlabs-music","queue_id":"123e4567-e89b-12d3-a456-426614174000",'
    '"status":"QUEUED"}'
)
QUEUED_BEFORE = (
    '{ "model": "elevenlabs-music", "queue_id": "123e4567-e89b-12d3-a456-426614174000" }'
)
PROCESSING = '{"status":"PROCESSING","average_execution_time":20000,"execution_duration":5200}'
LIMITS = """{"data":{"accessPermitted":true,"apiTier":{"id":"paid","isCharged":true},
 "balances":{"USD":50.23,"DIEM":100.023,"BUNDLED_CREDITS":25},"keyExpiration":null,
 "nextEpochBegins":"2026-04-21T00:00:00.000Z",
 "rateLimits":[{"apiModelId":"zai-org-glm-5-1","rateLimits":[{"type":"RPM","amount":100}]}]}}"""
POLICY = (
    '{"error":"Your prompt violates the content policy of Venice.ai or the model provider",'
    '"suggested_prompt":"A cinematic instrumental track inspired by stormy weather and dramatic'
    ' tension."}'
)
SCHEMA = """{"error":"Invalid request parameters",
 "details":{"_errors":[],"field":{"_errors":["Field is required"]}},
 "issues":[{"code":"invalid_union","unionErrors":[],"path":["type"],"message":"Invalid input"}]}"""
SHORT = (
    '{"error":"Insufficient USD or Diem balance to complete request.'
    ' Visit https://venice.ai/settings/api to add credits."}'
)
WALLET = """{"error":"Payment required","code":"PAYMENT_REQUIRED","reason":"insufficient_balance",
 "currentBalanceUsd":0.01,"minimumBalanceUsd":0.1,"topUpInstructions":{},"siwxChallenge":{}}"""
KEYLESS = """{"x402Version":2,"error":"Authentication required","resource":{},"accepts":[],
 "extensions":{},"authOptions":{}}"""
GONE = '{"error":"Media could not be found. Request may be invalid, expired, or deleted."}'
BUDGET = (
    '{"error":"Too many failed attempts (> 50) resulting in a non-success status code.'
    ' Please wait 30 seconds and try again."}'
)
SUPPORT = (
    '{"error":"Invalid request parameters. For assistance, please reach out to support@venice.ai'
    ' and reference request ID: abc"}'
)
PRICES = {
    '{"generation":{"usd":0.18,"diem":0.18}}': "0.18 USD a track",
    '{"per_second":{"usd":0.0028750000000000004,"diem":0.0028750000000000004}}': (
        "0.002875 USD a second"
    ),
    '{"per_thousand_characters":{"usd":0.11500000000000002,"diem":0.11500000000000002}}': (
        "0.115 USD per 1,000 characters"
    ),
    '{"durations":{"60":{"usd":0.69,"diem":0.69,"min_seconds":3,"max_seconds":60},'
    '"120":{"usd":1.38,"diem":1.38,"min_seconds":61,"max_seconds":120}}}': (
        "0.69 to 1.38 USD by length, up to 120 s"
    ),
}

TASK = Generate(
    model="elevenlabs-music",
    prompt="Warm cinematic strings with a gentle piano melody, hopeful and spacious",
    duration=30,
    instrumental=True,
)
ID = "123e4567-e89b-12d3-a456-426614174000"
TICKET = Ticket(provider="venice", id=ID, state={"model": "elevenlabs-music"})


def wired(text: str, status: int = 200) -> Reply:
    return Reply(status=status, headers={"content-type": "application/json"}, body=text.encode())


def test_the_guides_order_is_what_is_sent(venice):
    assert msgspec.json.decode(msgspec.json.encode(next(venice.submit(TASK)).json)) == json.loads(
        ORDER
    )


@pytest.mark.parametrize("answer", [QUEUED, QUEUED_BEFORE])
def test_an_order_is_taken_with_and_without_a_status(venice, answer):
    ticket = fed(venice.submit(TASK), wired(answer))
    assert (ticket.id, ticket.state) == (ID, {"model": "elevenlabs-music"})


def test_a_running_job_tells_how_long_such_jobs_take(venice):
    assert fed(venice.poll(TICKET), wired(PROCESSING)) == Snapshot(
        status=Status.RUNNING, word="PROCESSING", progress=0.26, expected=20.0
    )


@pytest.mark.parametrize("price", ["0.75", "0.48", "0.69"])
def test_a_quote_is_in_dollars(venice, models, price):
    quote = fed(venice.quote(TASK), wired(f'{{"quote": {price}}}'))
    assert str(quote.cost) == f"{price} USD"


def test_a_cleanup_has_worked_or_can_be_tried_again(venice):
    assert fed(venice.release(TICKET), wired('{"success": true}')) is None
    assert isinstance(ended(venice.release(TICKET), wired('{"success": false}')), Unavailable)


def test_a_keys_balances_are_read_past_all_that_stands_beside_them(venice):
    told = [Money.parse(text) for text in ("50.23 USD", "100.023 diem", "25 credits")]
    assert fed(venice.balance(), wired(LIMITS)) == told


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (400, SCHEMA, Rejected, "type: Invalid input"),
        (400, '{"error":"This model does not support duration_seconds"}', Rejected, "segue models"),
        (400, '{"error":"model is required"}', Rejected, "model is required"),
        (400, '{"error":"Request ID is invalid."}', NotFound, "never issued this id"),
        (400, SUPPORT, Rejected, "request ID: abc"),
        (401, '{"error":"Authentication failed"}', AuthenticationFailed, "VENICE_API_KEY"),
        (401, '{"error":"Admin API key required"}', AuthenticationFailed, "ADMIN"),
        (402, SHORT, InsufficientFunds, "add credits"),
        (402, WALLET, InsufficientFunds, "top up the wallet"),
        (402, KEYLESS, AuthenticationFailed, "set VENICE_API_KEY"),
        (404, GONE, NotFound, "expired"),
        (422, POLICY, ContentPolicy, "stormy weather"),
        (429, '{"error":"Rate limit exceeded"}', RateLimited, "wait"),
        (429, BUDGET, RateLimited, "wait"),
        (500, '{"error":"Inference processing failed"}', Unavailable, "try again later"),
        (503, '{"error":"The model is at capacity. Please try again later."}', Unavailable, "cap"),
    ],
)
def test_each_printed_error_is_one_class_and_says_what_to_do(status, body, kind, says):
    error = refused(wired(body, status))
    assert type(error) is kind
    assert says in str(error)


def test_a_prompt_that_would_do_is_kept_whenever_it_is_told(venice):
    error = ended(venice.submit(TASK), wired(POLICY, 422))
    failure = fed(venice.poll(TICKET), wired(POLICY, 422)).error
    suggested = "A cinematic instrumental track inspired by stormy weather and dramatic tension."
    assert (error.suggested_prompt, failure.suggested_prompt) == (suggested, suggested)


@pytest.mark.parametrize(("pricing", "words"), PRICES.items())
def test_each_shape_of_a_price_is_told_without_the_noise_of_floats(pricing, words):
    row = f'{{"data":[{{"id":"m","type":"music","model_spec":{{"pricing":{pricing}}}}}]}}'
    (model,) = read_models(wired(row))
    assert model.price == words


def test_of_the_printed_row_the_options_beat_the_tiers_of_its_price():
    (model,) = read_models(catalogue([DOC_ROW]))
    task = Generate(model="ace-step-15", prompt=TASK.prompt)
    wrong, right = (msgspec.structs.replace(task, duration=length) for length in (61, 90))
    assert Venice().check(right, [model]) == []
    (problem,) = Venice().check(wrong, [model])
    assert (problem.field, problem.value) == ("duration", 61)
