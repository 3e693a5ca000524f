"""What Venice's model accepts, refuses, charges and gives back."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

ACE = {"model": "ace-step-15", "prompt": "warm lofi piano in the rain"}
MINIMAX = {"model": "minimax-music-v25", "prompt": "a song about the sea"}


def queued(ask, body=ACE, **how):
    reply = ask("POST", "/audio/queue", body, **how)
    assert reply.status == 200, reply.text
    return {key: value for key, value in json.loads(reply.text).items() if key != "status"}


def error(reply):
    return reply.status, json.loads(reply.text)["error"]


def sums(venice, now=1000.0):
    (account,) = venice.ledger(now).values()
    return Decimal(account["charged"]), Decimal(account["refunded"])


@pytest.mark.parametrize(
    ("body", "price"),
    [
        ({"model": "elevenlabs-music"}, 0.69),
        ({"model": "elevenlabs-music", "duration_seconds": "61"}, 1.38),
        ({"model": "ace-step-15", "duration_seconds": 210}, 0.08),
        ({"model": "lyria-3-pro"}, 0.1),
        ({"model": "mmaudio-v2-text-to-audio"}, 0.01),
        ({"model": "seed-audio-1-0"}, 0.35),
        ({"model": "elevenlabs-tts-v3", "character_count": 100}, 0.02),
    ],
)
def test_a_quote_needs_no_key_and_is_rounded_up_to_the_cent(ask, body, price):
    assert json.loads(ask("POST", "/audio/quote", body, key=None).text) == {"quote": price}


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({**ACE, "model": "nope"}, 404, "Specified model not found: nope"),
        ({**ACE, "model": "ACE-step-15"}, 404, "Specified model not found: ACE-step-15"),
        ({**ACE, "prompt": "short"}, 400, "prompt must be at least 10 characters"),
        ({**ACE, "prompt": "x" * 513}, 400, "prompt must be at most 512 characters"),
        ({**ACE, "force_instrumental": False}, 400, "This model does not support force_instrumental"),  # noqa: E501 - Venice's own words
        ({**ACE, "loop": False}, 400, "This model does not support loop"),
        ({**ACE, "duration_seconds": 61}, 400, "duration_seconds must be one of: 60, 90, 120, 150, 180, 210"),  # noqa: E501 - Venice's own words
        ({**MINIMAX, "duration_seconds": 60}, 400, "This model does not support duration_seconds"),
        (MINIMAX, 400, "lyrics_prompt must be at least 10 characters unless force_instrumental or lyrics_optimizer is true"),  # noqa: E501 - Venice's own words
        ({**ACE, "voice": "Aria"}, 400, "This model does not support voice"),
        ({**ACE, "language_code": "en"}, 400, "This model does not support language_code"),
        ({**ACE, "prompt": "cruel music [sandbox:refused]"}, 422, "Your prompt violates the content policy of Venice.ai or the model provider"),  # noqa: E501 - Venice's own words
    ],
)  # fmt: skip
def test_the_queue_refuses_and_charges_nothing(ask, venice, body, status, text):
    assert error(ask("POST", "/audio/queue", body)) == (status, text)
    assert sums(venice) == (0, 0)


def test_one_key_too_many_is_refused_in_the_shape_of_zod(ask):
    message = "Unrecognized key(s) in object: 'seed'"
    reply = ask("POST", "/audio/queue", {**ACE, "seed": 1})
    issue = {"code": "unrecognized_keys", "keys": ["seed"], "path": [], "message": message}
    assert json.loads(reply.text) == {
        "error": "Invalid request parameters",
        "details": {"_errors": [message]},
        "issues": [issue],
    }


def test_issues_of_a_union_are_nested(ask):
    answer = json.loads(ask("POST", "/audio/queue", {**ACE, "duration_seconds": True}).text)
    assert answer["issues"][0]["code"] == "invalid_union"
    assert len(answer["issues"][0]["unionErrors"]) == 2
    assert len(answer["details"]["duration_seconds"]["_errors"]) == 2


@pytest.mark.parametrize(
    ("key", "status", "text"),
    [
        ("bad-key", 401, "Authentication failed"),
        ("poor-key", 402, "Insufficient USD or Diem balance to complete request. Visit https://venice.ai/settings/api to add credits."),  # noqa: E501 - Venice's own words
        (None, 402, "Authentication required"),
        ("private-1", 403, "This API key may only use private models"),
    ],
)  # fmt: skip
def test_keys_that_may_not(ask, key, status, text):
    assert error(ask("POST", "/audio/queue", ACE, key=key)) == (status, text)


def test_a_job_goes_from_processing_to_audio_that_can_be_fetched_again(ask, venice):
    job = queued(ask)
    waiting = json.loads(ask("POST", "/audio/retrieve", job, now=2).text)
    assert waiting == {
        "status": "PROCESSING",
        "average_execution_time": 18000,
        "execution_duration": 2000,
    }
    first, again = (ask("POST", "/audio/retrieve", job, now=now) for now in (30, 40))
    assert first.body == again.body
    assert first.headers["content-type"] == "audio/flac"
    assert first.headers["x-venice-model-id"] == "ace-step-15"
    assert sums(venice) == (Decimal("0.03"), 0)


def test_delete_media_on_completion_is_one_shot(ask):
    job = queued(ask)
    last = {**job, "delete_media_on_completion": True}
    assert ask("POST", "/audio/retrieve", last, now=30).status == 200
    assert error(ask("POST", "/audio/retrieve", job, now=30)) == (
        404,
        "Media could not be found. Request may be invalid, expired, or deleted.",
    )


def test_complete_deletes_but_never_cancels(ask, venice):
    job = queued(ask)
    assert ask("POST", "/audio/complete", job, now=1).body == b'{"success":true}'
    assert ask("POST", "/audio/retrieve", job, now=30).headers["content-type"] == "audio/flac"
    assert ask("POST", "/audio/complete", job, now=31).body == b'{"success":true}'
    assert ask("POST", "/audio/complete", job, now=32).body == b'{"success":true}'
    assert ask("POST", "/audio/retrieve", job, now=33).status == 404
    assert sums(venice) == (Decimal("0.03"), 0)


def test_complete_may_fail_and_be_repeated(ask):
    job = queued(ask, {**ACE, "prompt": "slow piano [sandbox:stuck]"})
    answers = [ask("POST", "/audio/complete", job, now=30).body for _ in range(2)]
    assert answers == [b'{"success":false}', b'{"success":true}']


@pytest.mark.parametrize("path", ["/audio/retrieve", "/audio/complete"])
def test_an_id_of_somebody_else_is_no_id(ask, path):
    job = queued(ask)
    assert error(ask("POST", path, job, key="other")) == (400, "Request ID is invalid.")


@pytest.mark.parametrize(
    ("ending", "status"), [("violation", 422), ("invalid", 400), ("capacity", 503)]
)
def test_a_failure_is_told_by_retrieve_and_refunded(ask, venice, ending, status):
    job = queued(ask, {**ACE, "prompt": f"loud piano [sandbox:{ending}]"})
    assert sums(venice, 1) == (Decimal("0.03"), 0)
    assert ask("POST", "/audio/retrieve", job, now=30).status == status
    assert ask("POST", "/audio/retrieve", job, now=31).status == status
    assert sums(venice) == (Decimal("0.03"), Decimal("0.03"))


def test_seed_audio_settles_on_its_length(ask, venice):
    queued(ask, {"model": "seed-audio-1-0", "prompt": "x" * 150})
    assert sums(venice) == (Decimal("0.35"), Decimal("0.32"))


def test_diem_of_another_day_does_not_come_back(ask, venice):
    queued(ask, {**ACE, "prompt": "loud piano [sandbox:invalid]"}, key="diem-1")
    assert sums(venice, 200_000) == (Decimal("0.03"), Decimal("0.03"))
    late = venice._session.dial.next_day(200_000) - 5  # it fails on the next day
    queued(ask, {**ACE, "prompt": "loud piano [sandbox:invalid]"}, key="diem-1", now=late)
    assert sums(venice, 400_000) == (Decimal("0.06"), Decimal("0.03"))


@pytest.mark.parametrize(("path", "most"), [("/audio/queue", 40), ("/audio/retrieve", 120)])
def test_the_limits_of_a_minute(ask, path, most):
    body = ACE if path == "/audio/queue" else queued(ask, now=0)
    began = 100.0
    seen = [ask("POST", path, body, now=began + n / 100) for n in range(most + 1)]
    assert {reply.status for reply in seen[:-1]} == {200}
    assert error(seen[-1]) == (429, "Rate limit exceeded")
    assert seen[-1].headers["x-ratelimit-remaining-requests"] == "0"
    assert seen[-1].headers["x-ratelimit-reset-requests"] == str(1_800_000_160_000)
    assert ask("POST", path, body, now=began + 61).status == 200


def test_too_many_failures_close_the_bucket_and_early_tries_keep_it_closed(ask):
    bad = {"model": "ace-step-15", "queue_id": "?"}
    for _ in range(51):
        assert ask("POST", "/audio/complete", bad).status == 400
    closed = ask("POST", "/audio/complete", bad, now=20)
    assert closed.status == 429
    assert "Too many failed attempts (> 50)" in closed.text
    assert closed.headers["x-ratelimit-resets"] == str(1_800_000_050_000)
    assert ask("POST", "/audio/complete", bad, now=40).status == 429
    assert ask("POST", "/audio/complete", {**bad, "model": "other"}, now=40).status == 400
    assert ask("POST", "/audio/complete", bad, now=71).status == 400
