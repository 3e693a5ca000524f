"""producer, fed by hand: what it is sent, and what its answers say of a job."""

from __future__ import annotations

import pytest
from hypothesis import given
from msgspec import structs

from segue import Cover, Extend, Generate, Replace, Source, Upload
from segue.errors import (
    InsufficientFunds,
    ProtocolError,
    Rejected,
    SegueError,
    SubmissionUnknown,
)
from segue.flow import Reply
from segue.job import Snapshot, Status
from segue_musicapi.other_tasks import Download, ReplaceUpload
from segue_musicapi.provider import MusicAPI
from segue_musicapi.sonic_tasks import ExtendUpload

from .garbage import replies
from .known import ID, NOT_READY, PAGE, SUBMITTED, as_json, ended, fed, ticket

CLIP = "ac78601b-0000-4000-8000-000000000000"
M4A = f"https://musicapi-cdn.b-cdn.net/producer/{CLIP}.m4a"
WAV = f"https://musicapi-cdn.b-cdn.net/producer/{CLIP}-wav.wav"
SONG = {
    "clip_id": CLIP,
    "title": "Back to You",
    "sound": None,
    "lyrics": "[Verse]...",
    "audio_url": M4A,
    "wav_url": WAV,
    "image_url": "https://musicapi-cdn.b-cdn.net/image.jpeg",
}
"""The song of a documented answer."""

DONE = {"code": 200, "status": "SUCCESS", "message": "success", "data": [SONG]}
OURS = Source(track=CLIP)
TASK = Generate(model="producer", prompt="calm piano ambient", duration=60)
TICKET = ticket("producer", "producer/create/create_music")


def sent(task):
    return next(MusicAPI().submit(task))


def seen(answer, status=200, job=TICKET):
    return fed(MusicAPI().poll(job), as_json(answer, status))


def refused(task):
    return [problem.field for problem in MusicAPI().check(task, None)]


@pytest.mark.parametrize(
    ("task", "path", "body"),
    [
        (
            TASK,
            "/producer/create",
            {"task_type": "create_music", "sound": "calm piano ambient", "length": 60},
        ),
        (
            Generate(
                model="producer",
                prompt="a waltz",
                style="strings",
                instrumental=True,
                title="Dusk",
                bpm=90.0,
                seed=7,
            ),
            "/producer/create",
            {
                "task_type": "create_music",
                "sound": "a waltz, strings, instrumental, no vocals",
                "title": "Dusk",
                "bpm": 90,
                "seed": 7,
            },
        ),
        (
            Generate(model="producer", prompt="folk", lyrics="[Verse] Home"),
            "/producer/create",
            {"task_type": "create_music", "sound": "folk", "lyrics": "[Verse] Home"},
        ),
        (
            Extend(model="producer", source=OURS, at=29.5, prompt="add a solo", duration=40),
            "/producer/create",
            {
                "task_type": "extend_music",
                "clip_id": CLIP,
                "starts_at": 29.5,
                "instruction": "add a solo",
                "length": 40,
            },
        ),
        (
            ExtendUpload(model="producer", source=OURS, at=0.1),
            "/producer/create",
            {"task_type": "extend_upload_music", "clip_id": CLIP, "starts_at": 0.1},
        ),
        (
            Replace(model="producer", source=OURS, start=5, end=9, prompt="softer", style="jazz"),
            "/producer/create",
            {
                "task_type": "replace_music",
                "clip_id": CLIP,
                "starts_at": 5,
                "ends_at": 9,
                "instruction": "softer",
                "sound": "jazz",
            },
        ),
        (
            ReplaceUpload(model="producer", source=OURS, start=5, end=9),
            "/producer/create",
            {"task_type": "replace_upload_music", "clip_id": CLIP, "starts_at": 5, "ends_at": 9},
        ),
        (
            Cover(
                model="producer",
                source=OURS,
                prompt="as jazz",
                extra={"musicapi": {"strength": 0.7}},
            ),
            "/producer/create",
            {"task_type": "cover_music", "clip_id": CLIP, "sound": "as jazz", "strength": 0.7},
        ),
        (
            Upload(model="producer", source=Source(url="https://example.com/a.mp3")),
            "/producer/upload",
            {"audio_url": "https://example.com/a.mp3"},
        ),
        (
            Download(model="producer", source=OURS, container="wav"),
            "/producer/download",
            {"clip_id": CLIP, "format": "wav"},
        ),
    ],
)
def test_each_task_is_sent_in_producers_words(task, path, body):
    assert refused(task) == []
    call = sent(task)
    assert (call.method, call.url, call.spends) == ("POST", path, True)
    assert call.json == body


def test_extra_names_a_task_type_that_no_class_has():
    call = sent(Generate(model="producer", prompt="x", extra={"musicapi": {"task_type": "new"}}))
    assert call.json["task_type"] == "new"


@pytest.mark.parametrize(
    "task",
    [TASK, Upload(model="producer", source=Source(url="https://x.test/a")), Download(source=OURS)],
)
def test_each_request_takes_a_webhook(task):
    extra = {"webhook_url": "https://x.test/hook", "webhook_secret": "s"}
    asked = structs.replace(task, extra={"musicapi": extra})
    assert refused(asked) == []
    assert sent(asked).json.items() >= extra.items()


@pytest.mark.parametrize(
    ("task", "field"),
    [
        (Generate(model="producer", prompt="x", duration=241), "duration"),
        (Generate(model="producer", prompt="x", duration=0.5), "duration"),
        (Generate(model="producer", prompt="x", title="t" * 81), "title"),
        (Generate(model="producer", prompt="x", lyrics="l", instrumental=True), "lyrics"),
        (Generate(model="producer", prompt="x", voice="v"), "voice"),
        (Cover(model="producer", source=OURS, closeness=0.5), "closeness"),
        (Extend(model="producer", source=OURS), "at"),
        (Extend(model="producer", source=Source(url="https://x.test/a.mp3"), at=1), "source.url"),
        (Extend(model="producer", source=Source(), at=1), "source.track"),
        (
            Extend(model="producer", source=Source(track="x", ticket=ticket("sonic")), at=1),
            "source.ticket",
        ),
        (Replace(model="producer", source=OURS, start=9, end=9), "end"),
        (Upload(model="producer", source=OURS), "source.url"),
        (
            Generate(model="producer", prompt="x", bpm=90, extra={"musicapi": {"bpm": 80}}),
            "extra.musicapi.bpm",
        ),
    ],
)
def test_what_producer_cannot_do_is_told_before_anything_is_sent(task, field):
    assert refused(task) == [field]


@pytest.mark.parametrize(
    "answer",
    [SUBMITTED, {"code": 200, **SUBMITTED}, {**SUBMITTED, "tomorrow": {"new": []}}],
)
def test_a_ticket_is_had_with_or_without_a_code(answer):
    made = fed(MusicAPI().submit(TASK), as_json(answer))
    assert (made.id, made.state["operation"]) == (ID, "producer/create/create_music")
    assert next(MusicAPI().poll(made)).url == f"/producer/task/{ID}"


@pytest.mark.parametrize("answer", [as_json({"message": "success"}), PAGE, as_json([])])
def test_a_success_without_an_id_is_no_refusal(answer):
    assert isinstance(ended(MusicAPI().submit(TASK), answer), ProtocolError)


def test_what_is_retired_is_told_with_what_to_use():
    task = Cover(model="producer", source=OURS)
    answer = {"error": "task_type cover_music is not supported by the upstream model platform"}
    error = ended(MusicAPI().submit(task), as_json(answer, 410))
    assert type(error) is Rejected
    assert "retired by the vendor; use Extend or Replace" in str(error)


def test_a_502_of_a_download_is_a_verdict_in_musicapis_words_only():
    task = Download(model="producer", source=OURS)
    assert sent(task).final == {502}
    told = ended(MusicAPI().submit(task), as_json({"error": "no job id"}, 502))
    page = Reply(status=502, headers={"content-type": "text/html"}, body=b"<html>")
    assert type(told) is Rejected
    assert isinstance(ended(MusicAPI().submit(task), page), SubmissionUnknown)
    assert sent(TASK).final == frozenset()


def test_want_of_credits_is_told_as_such():
    error = ended(MusicAPI().submit(TASK), as_json({"error": "Insufficient credits"}, 403))
    assert isinstance(error, InsufficientFunds)


def test_a_song_is_an_m4a_file_and_its_wav_is_told():
    snapshot = seen(DONE)
    (track,) = snapshot.tracks
    assert (snapshot.status, snapshot.word) == (Status.SUCCEEDED, "SUCCESS")
    assert (track.id, track.title, track.url) == (CLIP, "Back to You", M4A)
    assert track.details["wav_url"] == WAV
    (asset,) = fed(MusicAPI().download(TICKET, snapshot))
    assert (asset.kind, asset.containers, asset.source.url) == ("track", ("m4a",), M4A)
    assert not asset.source.keyed


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({**DONE, "status": "PENDING", "data": []}, Status.QUEUED),
        ({**DONE, "status": "RUNNING", "data": []}, Status.RUNNING),
        ({**DONE, "status": "RUNNING"}, Status.RUNNING),
        ({**DONE, "status": "DREAMING"}, Status.UNKNOWN),
        ({**DONE, "status": "SUCCESS", "data": []}, Status.RUNNING),
        ({"code": 200, "message": "success", "data": []}, Status.RUNNING),
        ({"code": 200, "data": [{**SONG, "audio_url": None, "wav_url": None}]}, Status.RUNNING),
        ({"code": 200, "data": [{**SONG, "state": "running"}]}, Status.RUNNING),
        ({"code": 200, "data": [SONG]}, Status.SUCCEEDED),
        ({"code": 200, "status": 200, "data": [SONG]}, Status.SUCCEEDED),
        ({"code": 200, "data": [{**SONG, "audio_url": None}]}, Status.SUCCEEDED),
        (NOT_READY, Status.RUNNING),
        ({"code": 102, "message": "wait"}, Status.RUNNING),
    ],
)
def test_the_status_is_read_before_the_code(answer, status):
    assert seen(answer).status is status


def test_an_address_counts_only_once_the_job_is_done():
    running = seen({**DONE, "status": "RUNNING"})
    assert [(track.status, track.url) for track in running.tracks] == [(Status.RUNNING, None)]


def test_a_202_runs_whatever_it_says():
    assert seen(NOT_READY, 202).status is Status.RUNNING
    assert seen({}, 202).status is Status.RUNNING


@pytest.mark.parametrize(
    "answer",
    [
        {**DONE, "status": "FAILED", "data": None, "message": "Upstream. Credits refunded."},
        {**DONE, "status": "FAILED", "data": [], "message": "Upstream. Credits refunded."},
        {"type": "failed", "error": "Upstream. Credits refunded."},
        {"type": "timeout", "message": "Upstream. Credits refunded."},
        {"type": "bad_request", "error": "Upstream. Credits refunded."},
        {"type": "failed", "error": "Upstream. Credits refunded.", "data": []},
        {"code": 500, "message": "Upstream. Credits refunded."},
        {"code": 500, "message": "Upstream. Credits refunded.", "data": []},
    ],
)
def test_a_failure_is_told_with_its_reason_and_what_is_said_of_the_money(answer):
    snapshot = seen(answer)
    assert snapshot.status is Status.FAILED
    assert snapshot.error.message == "Upstream. Credits refunded."
    assert snapshot.error.refund == "MusicAPI says: Upstream. Credits refunded."


def test_a_504_of_a_poll_is_final_in_musicapis_words_only():
    message = "Task failed due to timeout. Credits were previously refunded."
    assert 504 in next(MusicAPI().poll(TICKET)).final
    assert seen({"message": message}, 504).status is Status.FAILED
    page = Reply(status=504, headers={"content-type": "text/html"}, body=b"<html>")
    assert isinstance(ended(MusicAPI().poll(TICKET), page), SegueError)


def test_one_of_two_songs_that_failed_makes_the_job_partial():
    broken = {**SONG, "clip_id": "b", "state": "failed", "audio_url": None}
    snapshot = seen({**DONE, "data": [SONG, broken]})
    assert (snapshot.status, snapshot.partial) == (Status.SUCCEEDED, True)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 200, "status": "SUCCESS", "data": [{"clip_id": CLIP}]},
        {"code": 200, "status": "SUCCESS", "data": [{"clip_id": CLIP, "audio_url": M4A}]},
        {"code": 200, "data": [{"clip_id": CLIP}], "message": "success"},
        {"code": 200, "data": {"clip_id": CLIP}, "message": "success"},
        {"code": 200, "clip_id": CLIP, "message": "success"},
    ],
)
def test_an_upload_ends_with_a_clip_and_without_a_file(answer):
    job = ticket("producer", "producer/upload")
    snapshot = seen(answer, job=job)
    assert (snapshot.status, snapshot.tracks[0].id) == (Status.SUCCEEDED, CLIP)
    assert fed(MusicAPI().download(job, snapshot)) == []


def test_a_download_ends_with_a_file():
    job = ticket("producer", "producer/download")
    snapshot = seen({"code": 200, "data": [{"audio_url": WAV}], "message": "success"}, job=job)
    (asset,) = fed(MusicAPI().download(job, snapshot))
    assert (asset.containers, asset.source.url) == (("wav",), WAV)


@given(reply=replies())
def test_garbage_ends_in_an_error_of_the_tree_or_a_snapshot(reply):
    for operation in ("producer/create/create_music", "producer/upload", "producer/download"):
        job = ticket("producer", operation)
        try:
            snapshot = fed(MusicAPI().poll(job), reply)
            assert isinstance(snapshot, Snapshot)
            fed(MusicAPI().download(job, snapshot))
        except SegueError as error:
            assert str(error)  # noqa: PT017 - either way is right
