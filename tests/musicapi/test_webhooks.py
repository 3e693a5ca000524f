"""Webhooks as they arrive: verified, told apart, and read as a poll would be."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.job import Snapshot, Status
from segue_musicapi.provider import MusicAPI
from segue_musicapi.webhooks import Event, Unverified, received, signature

from .known import CLIP, DONE, FILE, ID, INTERIM, OTHER, as_json, fed, song, songs, ticket
from .test_producer import DONE as PRODUCED

SECRET = "a-webhook-secret"
NOW = datetime(2025, 10, 12, 13, 13, 12, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))


def headers(body: bytes, stamp: str = STAMP, secret: str = SECRET, **told: str) -> dict[str, str]:
    """Headers as the webhook guide prints them, signed by the recipe that it gives."""
    signed = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": "evt_1",
        "X-Webhook-Id": "evt_1",
        "X-Webhook-Event": "song.completed",
        "X-Webhook-Timestamp": stamp,
        "X-Webhook-Signature": f"sha256={signed}",
        **{f"X-Webhook-{name}": value for name, value in told.items()},
    }


def payload(answer, platform="suno", **told) -> bytes:
    return json.dumps({"task_id": ID, "platform": platform, **answer, **told}).encode()


def got(answer, name="song.completed", **told) -> Event:
    body = payload(answer, **told)
    event = received(headers(body, Event=name), body, secret=SECRET, now=NOW)
    assert event is not None
    return event


def why(head: dict[str, str], body: bytes, now: datetime = NOW, secret: str = SECRET) -> str:
    with pytest.raises(Unverified) as caught:
        received(head, body, secret=secret, now=now)
    return str(caught.value)


def test_an_event_tells_its_job_and_what_a_poll_would_have_seen():
    event = got(DONE)
    assert (event.id, event.name, event.job, event.platform) == (
        "evt_1",
        "song.completed",
        ID,
        "suno",
    )
    assert event.snapshot == fed(MusicAPI().poll(ticket()), as_json(DONE))
    assert event.snapshot.tracks[0].url == FILE


def test_a_known_signature_is_computed_to_the_letter():
    """What `printf '1.{}' | openssl dgst -sha256 -hmac secret` prints."""
    assert signature("secret", "1", b"{}") == (
        "sha256=1122767b193110cfec322b6f199b599edbf608ed087f2d27afb0b97d99523908"
    )


def test_headers_may_come_in_any_case():
    body = payload(DONE)
    small = {name.lower(): value for name, value in headers(body).items()}
    assert received(small, body, secret=SECRET, now=NOW) is not None


def test_a_body_that_was_changed_is_forged():
    body = payload(DONE)
    assert "signature" in why(headers(body), body.replace(b"succeeded", b"failed"))


def test_another_secret_is_forged():
    body = payload(DONE)
    assert "webhook_secret" in why(headers(body, secret="default"), body)


@pytest.mark.parametrize("secret", ["", "x"])
def test_without_the_secret_nothing_is_verified(secret):
    body = payload(DONE)
    with pytest.raises(Unverified):
        received(headers(body), body, secret=secret, now=NOW)


def test_an_empty_secret_verifies_nothing_even_if_it_signed():
    body = payload(DONE)
    assert "no webhook_secret" in why(headers(body, secret=""), body, secret="")


@pytest.mark.parametrize(
    "missing", ["X-Webhook-Signature", "X-Webhook-Timestamp"], ids=["signature", "timestamp"]
)
def test_what_is_not_signed_is_not_taken(missing):
    body = payload(DONE)
    head = headers(body)
    del head[missing]
    why(head, body)


def test_the_older_signature_without_a_time_is_not_taken():
    body = payload(DONE)
    head = headers(body)
    del head["X-Webhook-Signature"]
    head["X-Signature"] = hmac.digest(SECRET.encode(), body, "sha256").hex()
    why(head, body)


def test_another_time_than_was_signed_is_forged():
    body = payload(DONE)
    later = NOW + timedelta(hours=1)
    moved = {**headers(body), "X-Webhook-Timestamp": str(int(later.timestamp()))}
    assert "signature" in why(moved, body, now=later)


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_an_old_one_sent_again_is_not_taken(seconds):
    body = payload(DONE)
    assert "300 s" in why(headers(body), body, now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_differ_a_little(seconds):
    body = payload(DONE)
    now = NOW + timedelta(seconds=seconds)
    assert received(headers(body), body, secret=SECRET, now=now) is not None


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "١٢٣", "9" * 400, " 1760274792"])
def test_a_time_that_is_none_is_not_taken_even_if_it_was_signed(stamp):
    body = payload(DONE)
    assert "within" in why(headers(body, stamp=stamp), body)


def test_an_event_that_was_seen_is_told_as_none():
    body = payload(DONE)
    assert received(headers(body), body, secret=SECRET, now=NOW, seen={"evt_1"}) is None
    assert received(headers(body), body, secret=SECRET, now=NOW, seen={"evt_2"}) is not None


def test_a_forged_event_is_not_taken_for_one_that_was_seen():
    body = payload(DONE)
    with pytest.raises(Unverified):
        received(headers(body, secret="x"), body, secret=SECRET, now=NOW, seen={"evt_1"})


def test_an_event_without_an_id_is_told_apart_by_its_body():
    body, other = payload(DONE), payload(songs(song("failed")))
    ids = []
    for content in (body, body, other):
        head = headers(content)
        del head["X-Webhook-Id"], head["Idempotency-Key"]
        ids.append(received(head, content, secret=SECRET, now=NOW).id)
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("answer", "platform", "status"),
    [
        (songs(song(), song("failed", clip_id=OTHER)), "suno", Status.SUCCEEDED),
        (songs(song("failed"), song("failed", clip_id=OTHER)), "suno", Status.FAILED),
        (songs(song("streaming", audio_url=INTERIM)), "suno", Status.RUNNING),
        (songs(song(), song("running", clip_id=OTHER)), "sonic", Status.RUNNING),
        ({"type": "failed", "error": "no"}, "suno", Status.FAILED),
        (PRODUCED, "producer", Status.SUCCEEDED),
        (PRODUCED, None, Status.SUCCEEDED),
        ({**PRODUCED, "status": "FAILED", "data": None}, "producer", Status.FAILED),
        (DONE, None, Status.SUCCEEDED),
        (DONE, "nuro", Status.UNKNOWN),
        ({}, "suno", Status.UNKNOWN),
        ({"code": 200, "data": "?"}, "suno", Status.UNKNOWN),
    ],
)
def test_the_same_rules_hold_as_for_a_poll(answer, platform, status):
    assert got(answer, platform=platform).snapshot.status is status


def test_an_interim_stream_is_never_a_file():
    event = got(songs(song("streaming", audio_url=INTERIM)), name="song.streaming")
    assert [track.url for track in event.snapshot.tracks] == [None]


def test_the_events_name_is_not_signed_and_changes_no_verdict():
    assert got(DONE, name="song.failed").snapshot.status is Status.SUCCEEDED


def test_an_event_that_tells_nothing_asks_for_a_poll():
    event = got({}, name="song.failed")
    assert event.snapshot.word == "song.failed"
    assert "poll" in event.snapshot.notes[0]


def test_a_ticket_that_is_at_hand_says_what_the_job_is():
    upload = ticket("producer", "producer/upload")
    body = payload({"code": 200, "clip_id": CLIP}, platform=None)
    event = received(headers(body), body, secret=SECRET, now=NOW, tickets={ID: upload})
    assert (event.snapshot.status, event.snapshot.tracks[0].id) == (Status.SUCCEEDED, CLIP)


def test_no_secret_is_in_any_error_or_event():
    body = payload(DONE)
    assert SECRET not in why(headers(body, secret="x"), body)
    assert SECRET not in repr(got(DONE))


@given(body=st.binary(max_size=60) | st.just(b"[" * 100_000))
def test_a_body_of_garbage_that_was_signed_is_unknown(body):
    event = received(headers(body), body, secret=SECRET, now=NOW)
    assert isinstance(event.snapshot, Snapshot)
    assert not event.snapshot.status.terminal


@given(
    head=st.dictionaries(
        st.sampled_from([*headers(b"")]), st.text() | st.just("sha256=é"), max_size=6
    ),
    body=st.binary(max_size=20),
)
def test_garbage_for_headers_is_never_taken(head, body):
    with pytest.raises(Unverified):
        received(head, body, secret=SECRET, now=NOW)
