"""The job protocol at Venice, fed by hand with the answers that its documents print."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue import Generate
from segue.errors import (
    ConnectionLost,
    ContentPolicy,
    NotFound,
    ProtocolError,
    SegueError,
    SubmissionUnknown,
    Unavailable,
)
from segue.flow import Call, Reply
from segue.job import Snapshot, Status, Ticket, Track
from segue.money import Money
from segue_venice import Venice

from .known import ROWS, as_json, catalogue, ended, fed
from .test_refusals import POLICY, SUGGESTION

ID = "123e4567-e89b-12d3-a456-426614174000"
QUEUED = {"model": "elevenlabs-music", "queue_id": ID, "status": "QUEUED"}
TASK = Generate(
    model="elevenlabs-music",
    prompt="Warm cinematic strings with a gentle piano melody, hopeful and spacious",
    duration=30,
    instrumental=True,
)
TICKET = Ticket(provider="venice", id=ID, job="a1", state={"model": "elevenlabs-music"})
FIND = {"model": "elevenlabs-music", "queue_id": ID}


def test_the_documents_request_is_sent_to_the_letter(venice):
    sent = next(venice.submit(TASK))
    assert (sent.method, sent.url, sent.spends) == ("POST", "/audio/queue", True)
    assert sent.json == {
        "model": "elevenlabs-music",
        "prompt": "Warm cinematic strings with a gentle piano melody, hopeful and spacious",
        "duration_seconds": 30,
        "force_instrumental": True,
    }
    assert isinstance(sent.json["duration_seconds"], int)


def test_all_ten_fields_can_be_sent(venice):
    task = Generate(
        model="m",
        prompt="p",
        lyrics="l",
        duration=60,
        instrumental=True,
        loop=True,
        voice="Aria",
        language="en",
        speed=1.0,
        extra={"venice": {"lyrics_optimizer": False}},
    )
    assert next(venice.submit(task)).json == {
        "model": "m",
        "prompt": "p",
        "lyrics_prompt": "l",
        "duration_seconds": 60,
        "force_instrumental": True,
        "lyrics_optimizer": False,
        "loop": True,
        "voice": "Aria",
        "language_code": "en",
        "speed": 1.0,
    }


@pytest.mark.parametrize("answer", [QUEUED, {"model": "elevenlabs-music", "queue_id": ID}])
def test_a_ticket_holds_what_every_later_call_needs(venice, answer):
    ticket = fed(venice.submit(TASK), as_json(answer))
    assert (ticket.id, ticket.model, ticket.state) == (
        ID,
        "elevenlabs-music",
        {"model": "elevenlabs-music"},
    )
    assert Ticket.from_json(ticket.to_json()) == ticket


def test_the_model_that_venice_echoes_is_used_from_then_on(venice):
    ticket = fed(venice.submit(TASK), as_json({"model": "renamed", "queue_id": ID}))
    assert next(venice.poll(ticket)).json["model"] == "renamed"


def test_a_refused_prompt_comes_with_one_that_would_do(venice):
    error = ended(venice.submit(TASK), as_json(POLICY, 422))
    assert isinstance(error, ContentPolicy)
    assert error.suggested_prompt == SUGGESTION


def test_a_capacity_refusal_is_venices_verdict(venice):
    body = {"error": "The model is at capacity. Please try again later."}
    assert type(ended(venice.submit(TASK), as_json(body, 503))) is Unavailable
    assert 503 in next(venice.submit(TASK)).final


def test_a_503_of_a_proxy_leaves_the_submission_unknown(venice):
    page = Reply(status=503, headers={"content-type": "text/html"}, body=b"<html>")
    assert isinstance(ended(venice.submit(TASK), page), SubmissionUnknown)


@pytest.mark.parametrize("answer", [{}, {"model": "m"}, {"queue_id": ""}, {"queue_id": None}])
def test_an_answer_without_an_id_is_no_refusal(venice, answer):
    assert isinstance(ended(venice.submit(TASK), as_json(answer)), ProtocolError)


def test_a_poll_deletes_nothing(venice):
    sent = next(venice.poll(TICKET))
    assert (sent.url, sent.spends) == ("/audio/retrieve", False)
    assert sent.json == {**FIND, "delete_media_on_completion": False}


def test_the_download_is_the_poll_again(venice):
    track = Track(id="1", status=Status.SUCCEEDED, details={"container": "flac"})
    seen = Snapshot(status=Status.SUCCEEDED, tracks=(track,))
    (asset,) = fed(venice.download(TICKET, seen))
    assert (asset.kind, asset.containers) == ("track", ("flac",))
    assert isinstance(asset.source, Call)
    assert asset.source.json == next(venice.poll(TICKET)).json


def test_a_url_is_downloaded_if_venice_ever_tells_one(venice):
    track = Track(id="1", status=Status.SUCCEEDED, url="https://cdn.example/a.mp3?sig=s")
    (asset,) = fed(venice.download(TICKET, Snapshot(status=Status.SUCCEEDED, tracks=(track,))))
    assert (asset.source.method, asset.source.url) == ("GET", track.url)
    assert "sig=s" not in repr(asset)


def test_release_deletes_venices_copy(venice):
    sent = next(venice.release(TICKET))
    assert (sent.url, sent.json, sent.spends) == ("/audio/complete", FIND, False)
    assert fed(venice.release(TICKET), as_json({"success": True})) is None


def test_a_release_that_did_nothing_can_be_tried_again(venice):
    error = ended(venice.release(TICKET), as_json({"success": False}))
    assert isinstance(error, Unavailable)
    assert "again later" in str(error)


def test_cancelling_is_not_pretended(venice):
    assert not venice.capabilities.cancel
    assert "stays billed" in venice.capabilities.cannot_cancel


def test_the_catalogue_tells_music_from_what_is_not(venice):
    models = fed(venice.models(), catalogue())
    kinds = {model.id: model.kind for model in models}
    assert kinds["elevenlabs-voice-changer"] == "voice-changer"
    assert {id_ for id_, kind in kinds.items() if kind == "sound-effect"} == {
        "elevenlabs-sound-effects-v2",
        "sonilo-v1-1-sound-effects",
        "mmaudio-v2-text-to-audio",
    }
    assert {id_ for id_, kind in kinds.items() if kind == "speech"} == {
        "elevenlabs-tts-v3",
        "seed-audio-1-0",
    }
    assert sum(kind == "music" for kind in kinds.values()) == 8


def test_a_row_tells_its_price_and_capabilities(venice):
    (model,) = fed(venice.models(), catalogue(ROWS[:1]))
    assert (model.name, model.price) == (
        "ACE-Step 1.5",
        "0.03 to 0.08 USD by length, up to 210 s",
    )
    assert model.details["duration_options"] == [60, 90, 120, 150, 180, 210]
    assert model.details["prompt_character_limit"] == 512


@pytest.mark.parametrize("odd", [7, {"id": 7}, {"id": "x", "model_spec": {"voices": 3}}, None])
def test_an_odd_row_spoils_no_other(venice, odd):
    models = fed(venice.models(), as_json({"data": [odd, ROWS[1]]}))
    assert [model.id for model in models] == ["elevenlabs-music"]


def test_a_model_that_is_offline_is_not_available(venice):
    row = {"id": "x", "type": "music", "model_spec": {"offline": True}}
    assert [model.available for model in fed(venice.models(), catalogue([row]))] == [False]


@pytest.mark.parametrize(
    ("told", "cost"),
    [(0.69, "0.69"), (0.75, "0.75"), (0.0345, "0.04"), (0.18000000000000002, "0.18"), (0, "0")],
)
def test_a_quote_is_rounded_up_to_the_cent_as_venice_bills(venice, models, told, cost):
    quote = fed(venice.quote(TASK), as_json({"quote": told}))
    assert quote.cost == Money(amount=Decimal(cost), unit="USD")


def test_a_quote_asks_for_what_would_be_queued(venice, models):
    sent = next(venice.quote(TASK))
    assert (sent.url, sent.keyed) == ("/audio/quote", False)
    assert sent.json == {"model": "elevenlabs-music", "duration_seconds": 30}


def test_a_model_billed_by_length_is_quoted_by_its_characters(venice, models):
    task = Generate(model="elevenlabs-tts-v3", prompt="Hello there.")
    assert next(venice.quote(task)).json == {"model": "elevenlabs-tts-v3", "character_count": 12}


def test_a_quote_learns_the_catalogue_first_and_does_without_it(venice):
    flow = venice.quote(TASK)
    assert next(flow).url == "/models"
    assert flow.throw(ConnectionLost("gone")).url == "/audio/quote"


def test_a_model_that_reserves_its_longest_has_a_maximum(venice, models):
    task = Generate(model="seed-audio-1-0", prompt="a story, read aloud")
    quote = fed(venice.quote(task), as_json({"quote": 0.1}))
    assert quote.estimate
    assert quote.ceiling == Money.parse("0.35 USD")


def test_a_hidden_model_is_quoted_with_the_key(venice, models):
    flow = venice.quote(TASK)
    next(flow)
    again = flow.send(as_json({"error": "Specified model not found: x"}, 404))
    assert again.keyed
    lost = flow.throw
    with pytest.raises(NotFound):
        lost(ConnectionLost("no key"))


def test_a_price_that_a_proxy_hides_is_not_asked_for_with_the_key(venice, models):
    flow = venice.quote(TASK)
    next(flow)
    page = Reply(status=404, headers={"content-type": "text/html"}, body=b"<html>no</html>")
    with pytest.raises(ProtocolError):
        flow.send(page)


def test_the_balance_is_what_this_key_may_spend(venice):
    body = {
        "data": {
            "accessPermitted": True,
            "apiTier": {"id": "paid", "isCharged": True},
            "balances": {"USD": 50.23, "DIEM": 100.023, "BUNDLED_CREDITS": 25},
            "keyExpiration": None,
            "nextEpochBegins": "2026-04-21T00:00:00.000Z",
            "rateLimits": [],
        }
    }
    assert next(venice.balance()).url == "/api_keys/rate_limits"
    told = fed(venice.balance(), as_json(body))
    assert told == [
        Money.parse("50.23 USD"),
        Money.parse("100.023 diem"),
        Money.parse("25 credits"),
    ]


def test_a_balance_that_is_not_told_is_not_zero(venice):
    assert fed(venice.balance(), as_json({"data": {"balances": {"USD": None}}})) == []


def test_no_secret_is_in_any_repr(venice, models):
    for flow in (venice.submit(TASK), venice.poll(TICKET), venice.release(TICKET)):
        assert "Bearer" not in repr(next(flow))


@given(status=st.integers(100, 599), body=st.binary(max_size=60))
def test_garbage_ends_in_an_error_of_the_tree_or_a_plain_answer(status, body):
    reply = Reply(status=status, headers={"content-type": "application/json"}, body=body)
    venice = Venice()
    for flow in (venice.submit(TASK), venice.release(TICKET), venice.models(), venice.balance()):
        try:
            fed(flow, reply)
        except SegueError as error:
            assert str(error)  # noqa: PT017 - either way is right
