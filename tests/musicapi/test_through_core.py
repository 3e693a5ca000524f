"""MusicAPI through core, over HTTP, on both drivers: a whole job, its faults, and its silence."""

from __future__ import annotations

import json
import time

import pytest
from toy_vendor import WAV, Answer

import segue
from segue.errors import (
    AuthenticationFailed,
    ContentPolicy,
    InsufficientFunds,
    InvalidTask,
    JobFailed,
    SpendingRefused,
    SubmissionUnknown,
    Unsupported,
    WaitTimeout,
)
from segue.provider import Cadence
from segue_musicapi import CreateVoice, MusicAPI

from .known import CLIP, ID, INTERIM, NOT_READY, OTHER, SUBMITTED, song, songs
from .test_refusals import POOR, UNFIT
from .test_sonic_polls import TIMEOUT

TASK = segue.Generate(prompt="uplifting synthwave with female vocals")
POLL = f"/sonic/task/{ID}"


def says(body: object, status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, body=json.dumps(body).encode(), headers=headers)


class Hasty(MusicAPI):
    """MusicAPI for those who cannot wait."""

    cadence = Cadence(first=0.001, growth=1.2, cap=0.01)


@pytest.fixture
def hasty(vendor):
    """A vendor whose job goes through everything that was seen live, files on its own host."""
    first = song(audio_url=f"{vendor.url}/{CLIP}.wav")
    second = song(clip_id=OTHER, title="Another", audio_url=f"{vendor.url}/{OTHER}.wav")
    vendor.says("/sonic/create", says(SUBMITTED))
    vendor.says(
        POLL,
        says(NOT_READY, 202),
        says(songs(song("running", audio_url=INTERIM), song("pending"))),
        says(songs(first, song("running", clip_id=OTHER))),
        says(songs(first, second)),
    )
    for clip in (CLIP, OTHER):
        vendor.says(f"/{clip}.wav", Answer(body=WAV, kind="audio/wav"))
    return vendor


@pytest.fixture
def client(hasty, face, monkeypatch):
    """A client of `musicapi/sonic-v5`, made as a user makes it."""
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Hasty)
    return face.client("musicapi/sonic-v5")


def test_a_whole_job_brings_both_songs_home(client, face, vendor, tmp_path):
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path)
    assert [saved.path.read_bytes() for saved in delivery.tracks] == [WAV, WAV]
    assert [saved.track.id for saved in delivery.tracks] == [CLIP, OTHER]
    assert len(vendor.asked("/sonic/create")) == 1
    assert len(vendor.asked(POLL)) == 4


def test_the_key_goes_to_musicapi_and_not_with_the_files(client, face, vendor, tmp_path):
    face.do(client.generate_and_wait, TASK, to=tmp_path)
    keyed = {r.path for r in vendor.requests if "authorization" in r.headers}
    assert keyed == {"/sonic/create", POLL}
    assert vendor.requests[0].headers["authorization"] == "Bearer musicapi-key-1234"


def test_what_is_wrong_is_told_before_anything_is_sent(client, face, vendor):
    """p10: no local validation."""
    with pytest.raises(InvalidTask, match="400 characters"):
        face.do(client.submit, segue.Generate(prompt="p" * 401))
    with pytest.raises(Unsupported, match="duration"):
        face.do(client.submit, segue.Generate(prompt="p", duration=60))
    assert vendor.requests == []


def test_a_price_over_the_limit_sends_nothing(client, face, vendor):
    with pytest.raises(SpendingRefused, match="15 credits"):
        face.do(client.submit, TASK, max_cost="14 credits")
    with pytest.raises(SpendingRefused, match="paid in credits"):
        face.do(client.submit, TASK, max_cost="0.50 USD")
    assert vendor.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        Answer(silent=True),
        says({"error": "Internal Server Error."}, 500),
        says({"message": "bad gateway"}, 502),
        says({"message": "Endpoint request timed out"}, 504),
        Answer(body=b"<html>log in</html>", kind="text/html"),
        says({"message": "success"}),
    ],
)
def test_a_paid_request_whose_answer_tells_nothing_is_not_sent_again(client, face, vendor, fault):
    """p01, p05: four jobs were accepted for one song; a paid id was lost."""
    vendor.says("/sonic/create", fault)
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, TASK)
    assert len(vendor.asked("/sonic/create")) == 1


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"error": POOR}, 403, InsufficientFunds),
        ({"error": UNFIT[0]}, 403, ContentPolicy),
        ({"error": "Authorization header is missing."}, 401, AuthenticationFailed),
    ],
)
def test_a_refusal_is_a_refusal(client, face, vendor, body, status, kind):
    """p09: moderation was taken for a want of credits."""
    vendor.says("/sonic/create", says(body, status))
    with pytest.raises(kind):
        face.do(client.submit, TASK)


def test_what_passes_does_not_end_the_wait(client, face, vendor, tmp_path):
    done = vendor.scripts[POLL][-1]
    vendor.says(
        POLL,
        says({"error": "Internal Server Error."}, 500),
        Answer(silent=True),
        Answer(body=b"<html>log in</html>", kind="text/html"),
        says({"error": "slow down"}, 429),
        says({"message": "Endpoint request timed out"}, 504),
        says(songs(song("polishing"))),
        done,
    )
    assert len(face.do(client.generate_and_wait, TASK, to=tmp_path).paths) == 2


def test_a_job_of_which_one_song_failed_is_a_partial_success(client, face, vendor, tmp_path):
    """p04: one of two failed songs was returned without a word."""
    first = song(audio_url=f"{vendor.url}/{CLIP}.wav")
    vendor.says(POLL, says(songs(first, song("failed", clip_id=OTHER))))
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path)
    assert delivery.snapshot.partial
    assert len(delivery.tracks) == 1


def test_a_final_504_is_asked_for_once(client, face, vendor):
    """p08: a final 504 fetched four times, in 7.2 s."""
    vendor.says(POLL, says({"error": TIMEOUT}, 504))
    job = face.do(client.submit, TASK)
    with pytest.raises(JobFailed, match="previously refunded") as caught:
        face.do(job.wait)
    assert len(vendor.asked(POLL)) == 1
    assert caught.value.ticket == job.ticket


@pytest.mark.parametrize("answer", [Answer(delay=0.05, body=b'{"code":102}'), Answer(silent=True)])
def test_a_wait_keeps_its_time_and_its_error_has_the_ticket(client, face, vendor, answer):
    """p08: a budget of 5 s gave up after 0.05 s, one of 0.5 s after 11 s, without the id."""
    vendor.says(POLL, answer)
    job = face.do(client.submit, TASK)
    begun = time.monotonic()
    with pytest.raises(WaitTimeout) as caught:
        face.do(job.wait, timeout=0.3)
    assert 0.3 <= time.monotonic() - begun < 8
    assert caught.value.ticket.id == ID


def test_a_voice_is_a_job_without_files(client, face, vendor, tmp_path):
    """p07: no way to wait for a voice, and its result could not be read."""
    vendor.says("/sonic/create-voice", says({**SUBMITTED, "warning": "kept for a month"}))
    vendor.says(POLL, says({"code": 200, "data": {"persona_id": "p-1", "name": "Ann"}}))
    task = CreateVoice(source=segue.Source(url="https://example.com/ann.mp3"))
    delivery = face.do(client.generate_and_wait, task, to=tmp_path)
    assert (delivery.files, delivery.snapshot.tracks[0].id) == ((), "p-1")
    assert any("kept for a month" in note for note in delivery.snapshot.notes)


def test_an_upload_needs_no_poll(client, face, vendor, tmp_path):
    vendor.says("/sonic/upload", says({"code": 200, "message": "success", "clip_id": CLIP}))
    task = segue.Upload(source=segue.Source(url="https://example.com/a.mp3"))
    delivery = face.do(client.generate_and_wait, task, to=tmp_path)
    assert delivery.snapshot.tracks[0].id == CLIP
    assert len(vendor.requests) == 1


def test_a_job_cannot_be_cancelled(client, face, vendor):
    job = face.do(client.submit, TASK)
    with pytest.raises(Unsupported, match="stays billed"):
        face.do(job.cancel)


def test_the_balance_is_credits(client, face, vendor):
    vendor.says("/get-credits", says({"credits": 50, "extra_credits": 5}))
    assert [str(money) for money in face.do(client.balance)] == ["55 credits"]
