"""Each refusal that Venice documents can be had from the sandbox, and costs nothing."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from segue_sandbox.audio import blip

ACE = {"model": "ace-step-15", "prompt": "warm lofi piano in the rain"}
QUEUE, RETRIEVE, COMPLETE = "/audio/queue", "/audio/retrieve", "/audio/complete"
SPEECH, FORMS = "/audio/speech", ("POST /audio/transcriptions", "POST /audio/voices")
FENCED = (
    "This API key is restricted to configured IP addresses, "
    "and this request's source IP is not allowed"
)
PLENTY = {"model": "tts-kokoro", "input": "hello there"}
SUGGESTION = "A cinematic instrumental track inspired by stormy weather and dramatic tension."
POLICY = "Your prompt violates the content policy of Venice.ai or the model provider"
AT_CAPACITY = "The model is at capacity. Please try again later."


def told(reply):
    return reply.status, json.loads(reply.text)["error"]


def queued(ask, body=ACE, **how):
    answer = json.loads(ask("POST", QUEUE, body, **how).text)
    return {name: answer[name] for name in ("model", "queue_id")}


def sums(venice, now=1000.0):
    accounts = venice.ledger(now).values()
    return [
        sum((Decimal(account[name]) for account in accounts), Decimal(0))
        for name in ("charged", "refunded")
    ]


@pytest.mark.parametrize(
    ("key", "body", "status", "text"),
    [
        ("limited-1", ACE, 402, "API key USD spend limit exceeded. "),
        ("fenced-1", ACE, 403, FENCED),
        ("private-1", ACE, 403, "This API key may only use private models"),
        ("k", {**ACE, "model": "sandbox-pro"}, 401, "This model is only available to Pro users"),
        ("k", {**ACE, "model": "sandbox-retired"}, 404, "Specified model not found: sandbox-retired has been deprecated. Please use ace-step-15"),  # noqa: E501 - Venice's own words
        ("k", {**ACE, "model": "sandbox-offline"}, 503, "The model is temporarily offline"),
        ("k", {**ACE, "prompt": "slow [sandbox:overloaded]"}, 429, "The model is currently overloaded."),  # noqa: E501 - Venice's own words
        ("k", {**ACE, "prompt": "slow [sandbox:full]"}, 503, AT_CAPACITY),
        ("k", {**ACE, "prompt": "slow [sandbox:broken]"}, 500, "Inference processing failed"),
    ],
)  # fmt: skip
def test_the_queue_refuses_and_charges_nothing(ask, venice, key, body, status, text):
    reply = ask("POST", QUEUE, body, key=key)
    assert reply.status == status
    assert told(reply)[1].startswith(text)
    assert sums(venice) == [0, 0]


def test_a_limit_is_named_in_the_currency_that_would_have_paid(venice, ask):
    ask("GET", "/api_keys/rate_limits", key="diem-1")
    account = venice._session.accounts["diem-1"]
    account.limit = Decimal("0.02")
    assert told(ask("POST", QUEUE, ACE, key="diem-1"))[1].startswith("API key DIEM spend limit")
    account.limit = Decimal("0.03")
    assert ask("POST", QUEUE, ACE, key="diem-1").status == 200
    assert account.limit == 0


def test_a_limited_key_is_told_that_it_may_spend_nothing(ask):
    limits = json.loads(ask("GET", "/api_keys/rate_limits", key="limited-1").text)["data"]
    assert limits["balances"] == {"USD": 0, "DIEM": 0, "BUNDLED_CREDITS": 0}
    assert ask("POST", RETRIEVE, {}, key="limited-1").headers["x-venice-balance-usd"] == "0"


def test_a_private_key_may_use_what_is_private(ask):
    assert ask("POST", SPEECH, PLENTY, key="private-1").status == 200
    assert ask("POST", SPEECH, {**PLENTY, "model": "tts-xai-v1"}, key="private-1").status == 403


def test_an_admin_key_reads_bills_and_pays_like_any_other(ask, venice):
    queued(ask, key="admin-1")
    bill = json.loads(ask("GET", "/billing/balance", key="admin-1").text)
    assert bill["balances"]["usd"] == 99.97
    assert bill["consumptionCurrency"] == "USD"
    assert sums(venice) == [Decimal("0.03"), 0]


def test_a_fenced_key_may_do_nothing_at_all(ask):
    for path in (QUEUE, RETRIEVE, COMPLETE, SPEECH):
        assert told(ask("POST", path, {}, key="fenced-1")) == (403, FENCED)
    assert ask("GET", "/models?type=music", key="fenced-1").status == 200


@pytest.mark.parametrize("path", [QUEUE, RETRIEVE, COMPLETE, SPEECH, "/audio/voices"])
def test_without_any_key_payment_by_wallet_is_offered(ask, path):
    reply = ask("POST", path, ACE, key=None)
    body = json.loads(reply.text)
    assert reply.status == 402
    assert body["x402Version"] == 2
    assert body["resource"]["url"] == f"https://api.venice.ai/api/v1{path}"
    assert set(body["authOptions"]) == {"apiKey", "x402Wallet"}


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  "])
def test_a_header_that_is_no_key_is_401(ask, header):
    reply = ask("POST", QUEUE, ACE, key=None, headers={"authorization": header})
    assert told(reply) == (401, "Authentication failed")


def test_json_above_35_mb_is_too_large(ask, venice):
    most = json.dumps(ACE).encode().ljust(35_000_000)
    assert ask("POST", QUEUE, raw=most).status == 200
    reply = ask("POST", QUEUE, raw=most + b" ")
    assert reply.status == 413
    assert json.loads(reply.text)["code"] == "PAYLOAD_TOO_LARGE"
    assert sums(venice) == [Decimal("0.03"), 0]


@pytest.mark.parametrize("path", FORMS)
def test_a_file_above_25_mb_is_too_large(send, venice, path):
    fields = {"model": "stt-xai-v1"} if path == FORMS[0] else {}
    wav = blip("", 1, "wav")
    whole, more = (wav.ljust(size, b"\0") for size in (25 << 20, (25 << 20) + 1))
    assert send(path, fields, whole).status == 200
    charged = sums(venice)
    reply = send(path, fields, more)
    assert told(reply) == (413, "File exceeds the maximum allowed size of 25 MB.")
    assert sums(venice) == charged


@pytest.mark.parametrize(
    ("marks", "status", "text"),
    [
        ("[sandbox:violation]", 422, POLICY),
        ("[sandbox:invalid]", 400, "The provider could not work with this request"),
        ("[sandbox:upstream]", 400, "Invalid request parameters. For assistance, please reach out to support@venice.ai and reference request ID: "),  # noqa: E501 - Venice's own words
        ("[sandbox:capacity]", 503, AT_CAPACITY),
        ("[sandbox:failed]", 500, "Inference processing failed"),
    ],
)  # fmt: skip
def test_a_job_fails_in_venices_words_and_is_refunded(ask, venice, marks, status, text):
    job = queued(ask, {**ACE, "prompt": f"loud piano {marks}"})
    for now in (30, 40):
        reply = ask("POST", RETRIEVE, job, now=now)
        assert reply.status == status
        assert told(reply)[1].startswith(text)
    assert sums(venice) == [Decimal("0.03"), Decimal("0.03")]


@pytest.mark.parametrize(("more", "suggested"), [("", SUGGESTION), ("[sandbox:unsuggested]", None)])
@pytest.mark.parametrize("mark", ["refused", "violation"])
def test_a_prompt_is_suggested_or_not(ask, mark, more, suggested):
    body = {**ACE, "prompt": f"cruel music [sandbox:{mark}] {more}"}
    reply = ask("POST", QUEUE, body)
    if mark == "violation":
        job = {name: json.loads(reply.text)[name] for name in ("model", "queue_id")}
        reply = ask("POST", RETRIEVE, job, now=30)
    assert json.loads(reply.text).get("suggested_prompt") == suggested


def test_complete_on_an_unfinished_job_deletes_nothing(ask, venice):
    job = queued(ask)
    assert ask("POST", COMPLETE, job, now=1).body == b'{"success":true}'
    assert ask("POST", RETRIEVE, job, now=30).headers["content-type"] == "audio/flac"
    assert sums(venice) == [Decimal("0.03"), 0]


def test_complete_on_a_released_or_expired_job_succeeds_again(ask):
    released, expired = queued(ask), queued(ask)
    answers = [ask("POST", COMPLETE, released, now=now).body for now in (30, 31)]
    answers.append(ask("POST", COMPLETE, expired, now=200_000).body)
    assert set(answers) == {b'{"success":true}'}
    assert ask("POST", RETRIEVE, expired, now=200_000).status == 404


@pytest.mark.parametrize("path", [RETRIEVE, COMPLETE])
def test_a_foreign_id_a_wrong_model_and_no_id_are_the_same(ask, path):
    job = queued(ask)
    strange = ({**job, "model": "lyria-3-pro"}, {**job, "queue_id": "123e4567"})
    replies = [ask("POST", path, one, now=30) for one in strange]
    replies.append(ask("POST", path, job, key="another", now=30))
    assert {told(reply) for reply in replies} == {(400, "Request ID is invalid.")}
    assert ask("POST", RETRIEVE, job, now=30).status == 200


def test_the_old_bills_are_gone_for_everybody(ask):
    for key in ("k", "admin-1", None):
        assert ask("GET", "/billing/usage", key=key).status == 410


def test_audio_that_has_no_length_is_422(send, venice):
    empty = blip("", 1, "wav")[:40] + bytes(4)  # a head without samples
    assert send(FORMS[0], {"model": "stt-xai-v1"}, empty).status == 422
    assert sums(venice) == [0, 0]


def test_every_answer_tells_the_version_and_every_keyed_one_the_balance(ask):
    job = queued(ask, key="diem-1")
    answers = {
        "queue": ask("POST", QUEUE, ACE, key="diem-1"),
        "retrieve": ask("POST", RETRIEVE, job, key="diem-1", now=30),
        "refusal": ask("POST", RETRIEVE, {}, key="diem-1"),
        "models": ask("GET", "/models", key=None),
        "no key": ask("POST", QUEUE, ACE, key=None),
    }
    versions = {reply.headers["x-venice-version"] for reply in answers.values()}
    assert versions == {"20260821.193530"}
    assert answers["queue"].headers["x-venice-balance-usd"] == "100"
    assert answers["queue"].headers["x-venice-balance-diem"] == "9.97"  # before this request
    assert answers["refusal"].headers["x-venice-balance-diem"] == "9.94"
    assert "x-venice-balance-usd" not in answers["models"].headers


def test_a_track_tells_what_made_it(ask):
    job = queued(ask, {"model": "seed-audio-1-0", "prompt": "x" * 150})
    headers = ask("POST", RETRIEVE, job, now=30).headers
    assert headers["x-venice-audio-format"] == "mp3"
    assert headers["x-venice-model-id"] == "seed-audio-1-0"
    assert headers["x-venice-model-name"] == "Seed Audio 1.0"
    assert headers["x-venice-audio-duration"] == "10"
    assert 10 <= float(headers["x-venice-inference-time"]) <= 20
