"""riffusion, fed by hand: its two modes, its second song, and every task_type."""

from __future__ import annotations

import pytest
from hypothesis import given

from segue import Cover, Extend, Generate, Replace, Source
from segue.errors import Rejected, SegueError
from segue.job import Snapshot, Status
from segue_musicapi.other_tasks import (
    ReplaceUpload,
    SwapSound,
    SwapUploadSound,
    SwapUploadVocals,
    SwapVocals,
)
from segue_musicapi.provider import MusicAPI
from segue_musicapi.sonic_tasks import CoverUpload, ExtendUpload

from .garbage import replies
from .known import CLIP, NOT_READY, OTHER, SUBMITTED, as_json, ended, fed, ticket

FUZZ = "FUZZ-1.1 Pro"
OURS = Source(track=CLIP)
TICKET = ticket("riffusion", "riffusion/create/create_music")
SONG = {
    "clip_id": CLIP,
    "title": "Neon",
    "lyrics": "",
    "image_url": None,
    "audio_url": f"https://musicapi-cdn.b-cdn.net/riffusion/{CLIP}.m4a",
    "video_url": None,
    "created_at": "2025-06-01T00:00:00Z",
    "mv": FUZZ,
    "duration": 182.5,
    "timestamp": {},
    "state": "succeeded",
}
SECOND = {**SONG, "clip_id": OTHER}


def sent(task):
    return next(MusicAPI().submit(task))


def seen(answer, status=200):
    return fed(MusicAPI().poll(TICKET), as_json(answer, status))


def refused(task):
    return [problem.field for problem in MusicAPI().check(task, None)]


def done(*songs, **told):
    return {"code": 200, "message": "success", "data": list(songs), **told}


@pytest.mark.parametrize(
    ("task", "body"),
    [
        (
            Generate(model=FUZZ, prompt="electronic dance music"),
            {"custom_mode": False, "prompt": "electronic dance music"},
        ),
        (
            Generate(model=FUZZ, prompt="dance", instrumental=False),
            {"custom_mode": False, "prompt": "dance"},
        ),
        (
            Generate(model=FUZZ, prompt="dance", style="electronic", lyrics="[Verse] Oh"),
            {"custom_mode": True, "sound": "dance, electronic", "lyrics": "[Verse] Oh"},
        ),
        (
            Generate(model=FUZZ, prompt="dance", instrumental=True, title="Neon"),
            {"custom_mode": True, "sound": "dance", "make_instrumental": True, "title": "Neon"},
        ),
        (
            Extend(model=FUZZ, source=OURS, at=60.0, prompt="louder"),
            {
                "task_type": "extend_music",
                "continue_clip_id": CLIP,
                "continue_at": 60.0,
                "custom_mode": False,
                "prompt": "louder",
            },
        ),
        (
            ExtendUpload(model=FUZZ, source=OURS, at=0.1),
            {"task_type": "extend_upload_music", "continue_clip_id": CLIP, "continue_at": 0.1},
        ),
        (
            Cover(model=FUZZ, source=OURS, style="jazz"),
            {
                "task_type": "cover_music",
                "continue_clip_id": CLIP,
                "custom_mode": True,
                "sound": "jazz",
            },
        ),
        (
            CoverUpload(model=FUZZ, source=OURS),
            {"task_type": "cover_upload_music", "continue_clip_id": CLIP},
        ),
        (
            Replace(model=FUZZ, source=OURS, start=5, end=9),
            {
                "task_type": "replace_music",
                "continue_clip_id": CLIP,
                "replace_start_time": 5,
                "replace_end_time": 9,
            },
        ),
        (
            ReplaceUpload(model=FUZZ, source=OURS, start=0, end=9),
            {
                "task_type": "replace_upload_music",
                "continue_clip_id": CLIP,
                "replace_start_time": 0,
                "replace_end_time": 9,
            },
        ),
        (
            SwapSound(model=FUZZ, source=OURS, prompt="jazz"),
            {
                "task_type": "swap_music_sound",
                "continue_clip_id": CLIP,
                "custom_mode": True,
                "sound": "jazz",
            },
        ),
        (
            SwapUploadSound(model=FUZZ, source=OURS, prompt="jazz"),
            {
                "task_type": "swap_upload_music_sound",
                "continue_clip_id": CLIP,
                "custom_mode": True,
                "sound": "jazz",
            },
        ),
        (
            SwapVocals(model=FUZZ, source=OURS, lyrics="Oh", variation=0.5),
            {
                "task_type": "swap_music_vocals",
                "continue_clip_id": CLIP,
                "custom_mode": True,
                "lyrics": "Oh",
                "vocal_variation": 0.5,
            },
        ),
        (
            SwapUploadVocals(model=FUZZ, source=OURS, lyrics="Oh"),
            {
                "task_type": "swap_upload_music_vocals",
                "continue_clip_id": CLIP,
                "custom_mode": True,
                "lyrics": "Oh",
            },
        ),
    ],
)
def test_each_task_is_sent_in_riffusions_words(task, body):
    assert refused(task) == []
    call = sent(task)
    assert (call.method, call.url, call.spends) == ("POST", "/riffusion/create", True)
    assert call.json == {"task_type": "create_music", "mv": FUZZ, **body}


@pytest.mark.parametrize(
    ("model", "mv"),
    [("riffusion", FUZZ), (FUZZ, FUZZ), ("FUZZ-1.0", "FUZZ-1.0"), ("FUZZ-1.1", "FUZZ-1.1")],
)
def test_the_model_is_the_backends(model, mv):
    assert sent(Generate(model=model, prompt="x")).json["mv"] == mv


@pytest.mark.parametrize(
    ("task", "field"),
    [
        (Generate(model=FUZZ, prompt="p" * 201), "prompt"),
        (Generate(model=FUZZ, prompt="p" * 100, style="s" * 100), "prompt"),
        (Generate(model=FUZZ, prompt="p", lyrics="l" * 3001), "lyrics"),
        (Generate(model=FUZZ, prompt="p", title="t" * 81), "title"),
        (Generate(model=FUZZ, prompt="p", lyrics="l", instrumental=True), "lyrics"),
        (Generate(model=FUZZ, prompt="p", duration=30), "duration"),
        (Cover(model=FUZZ, source=Source(url="https://x.test/a.mp3")), "source.url"),
        (Cover(model=FUZZ, source=Source(track="x", ticket=ticket("sonic"))), "source.ticket"),
        (Replace(model=FUZZ, source=OURS, start=9, end=5), "end"),
        (
            Generate(model=FUZZ, prompt="p", extra={"musicapi": {"prompt": "q"}}),
            "extra.musicapi.prompt",
        ),
    ],
)
def test_what_riffusion_cannot_do_is_told_before_anything_is_sent(task, field):
    assert refused(task) == [field]


def test_a_webhook_is_refused_for_none_would_come():
    extra = {"musicapi": {"webhook_url": "https://x.test/hook"}}
    task = Generate(model=FUZZ, prompt="p", extra=extra)
    assert refused(task) == ["extra.musicapi.webhook_url"]


def test_a_job_is_looked_at_by_its_id():
    made = fed(MusicAPI().submit(Generate(model=FUZZ, prompt="x")), as_json(SUBMITTED))
    assert next(MusicAPI().poll(made)).url == f"/riffusion/task/{made.id}"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"code": 200, "message": "processing"}, Status.RUNNING),
        ({"code": 200, "message": "processing", "data": []}, Status.RUNNING),
        (done(SONG), Status.RUNNING),
        (done({**SONG, "state": None}), Status.RUNNING),
        (done(SONG, {**SECOND, "state": "running", "audio_url": None}), Status.RUNNING),
        (done(SONG, {**SECOND, "audio_url": None}), Status.RUNNING),
        (done({**SONG, "state": "failed"}), Status.RUNNING),
        (done(SONG, {**SECOND, "state": "dreaming"}), Status.UNKNOWN),
        (done(SONG, SECOND), Status.SUCCEEDED),
        (done({**SONG, "state": None}, {**SECOND, "state": None}), Status.SUCCEEDED),
        (done({**SONG, "state": "failed"}, {**SECOND, "state": "failed"}), Status.FAILED),
        (done(status="FAILED"), Status.FAILED),
        ({"type": "api_error", "error": "upstream"}, Status.FAILED),
        (NOT_READY, Status.RUNNING),
    ],
)
def test_a_job_is_done_with_its_second_song(answer, status):
    assert seen(answer).status is status


def test_processing_is_told_as_it_is_said():
    assert seen({"code": 200, "message": "processing", "data": []}).word == "processing"


def test_one_song_of_two_is_half_of_the_progress():
    assert seen(done(SONG)).progress == 0.5


def test_one_song_that_failed_makes_the_job_partial():
    snapshot = seen(done(SONG, {**SECOND, "state": "failed", "error_message": "moderated"}))
    assert (snapshot.status, snapshot.partial) == (Status.SUCCEEDED, True)
    assert snapshot.tracks[1].error.message == "moderated"
    (asset,) = fed(MusicAPI().download(TICKET, snapshot))
    assert (asset.track, asset.containers) == (CLIP, ("m4a",))


def test_that_the_family_is_gone_is_told_with_what_to_use():
    error = ended(
        MusicAPI().submit(Generate(model=FUZZ, prompt="x")), as_json({"error": "gone"}, 410)
    )
    assert type(error) is Rejected
    assert "retired by the vendor; use producer or sonic" in str(error)


@given(reply=replies())
def test_garbage_ends_in_an_error_of_the_tree_or_a_snapshot(reply):
    try:
        snapshot = fed(MusicAPI().poll(TICKET), reply)
        assert isinstance(snapshot, Snapshot)
        fed(MusicAPI().download(TICKET, snapshot))
    except SegueError as error:
        assert str(error)  # noqa: PT017 - either way is right
