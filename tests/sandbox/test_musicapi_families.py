"""Producer, riffusion, studio, suno's lyrics, nuro: each with words and states of its own."""

from __future__ import annotations

import json

import pytest
from musicapi_caller import SONG, STUDIO, Caller

URL = "https://example.org/recording.mp3"
PIECE = {"sound": "calm piano"}


@pytest.fixture
def caller():
    return Caller()


def sequence(caller, path, task, word):
    """What polls answer, each once, in order."""
    seen = []
    for _ in range(50):
        status, body = caller.seen(path, task, 0.5)
        told = (status, word(body))
        if told not in seen:
            seen.append(told)
    return seen


def test_a_piece_of_producer_has_a_status(caller):
    task = caller.begun("/producer/create", PIECE)
    words = sequence(caller, "/producer/task", task, lambda body: body.get("status"))
    assert words == [(202, None), (200, "PENDING"), (200, "RUNNING"), (200, "SUCCESS")]
    (clip,) = caller.over("/producer/task", task)[1]["data"]
    assert clip["audio_url"].endswith(".m4a")
    assert clip["wav_url"].endswith(".wav")
    assert (clip["state"], clip["duration"], clip["sound"]) == ("succeeded", 30, "calm piano")
    assert caller.sums() == (12, 0)


@pytest.mark.parametrize("mark", ["status-failed", "all-failed"])
def test_a_piece_may_fail_by_its_status(caller, mark):
    task = caller.begun("/producer/create", {"sound": f"[sandbox:{mark}]"})
    status, body = caller.over("/producer/task", task)
    assert (status, body["status"], body["data"]) == (200, "FAILED", [])
    assert "refunded" in body["message"]
    assert caller.sums() == (12, 12)


def test_a_piece_may_fail_by_its_type(caller):
    task = caller.begun("/producer/create", {"sound": "[sandbox:failed]"})
    assert caller.over("/producer/task", task)[1]["type"] == "failed"
    assert caller.sums() == (12, 12)


@pytest.mark.parametrize("kind", ["music_variation", "swap_music_vocals", "swap_music_sound"])
def test_retired_types_are_gone(caller, kind):
    assert caller.post("/producer/create", {"task_type": kind, **PIECE}).status == 410
    assert caller.sums() == (0, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "no sound"},
        {"task_type": "remix", **PIECE},
        {**PIECE, "length": 241},
        {**PIECE, "length": 0},
        {"task_type": "extend_music", "starts_at": 1},
        {"task_type": "extend_music", "clip_id": "CLIP"},
        {"task_type": "replace_music", "clip_id": "CLIP", "starts_at": 1},
        {"task_type": "replace_music", "clip_id": "CLIP", "starts_at": 2, "ends_at": 1},
        {"task_type": "cover_music", "clip_id": "none"},
        {"task_type": "cover_music", "clip_id": "CLIP", "strength": 1.5},
    ],
)
def test_producer_refuses_what_breaks_a_rule(caller, body):
    clip = piece(caller)["clip_id"]
    before = caller.sums()
    body = json.loads(json.dumps(body).replace("CLIP", clip))
    assert caller.post("/producer/create", body).status == 400
    assert caller.sums() == before


def piece(caller, body=PIECE):
    (clip,) = caller.over("/producer/task", caller.begun("/producer/create", body))[1]["data"]
    return clip


def test_other_pieces_are_made_out_of_one(caller):
    clip = piece(caller)["clip_id"]
    for body, seconds in [
        ({"task_type": "extend_music", "clip_id": clip, "starts_at": 9}, 60),
        ({"task_type": "extend_music", "clip_id": clip, "starts": 9, "length": 20}, 20),
        ({"task_type": "replace_music", "clip_id": clip, "starts_at": 9, "ends_at": 12}, 30),
        ({"task_type": "cover_music", "clip_id": clip, "cover_strength": 0.5}, 30),
    ]:
        assert piece(caller, body)["duration"] == seconds


def test_a_recording_is_imported_and_downloaded_as_tasks(caller):
    task = caller.begun("/producer/upload", {"audio_url": URL})
    (clip,) = caller.over("/producer/task", task)[1]["data"]
    asked = {"clip_id": clip["clip_id"], "format": "wav"}
    task = caller.begun("/producer/download", asked)
    (file,) = caller.over("/producer/task", task)[1]["data"]
    assert file.keys() == {"audio_url"}
    assert caller.file(file["audio_url"]).content_type == "audio/wav"
    assert caller.sums() == (2, 0)
    refused = caller.post("/producer/download", {**asked, "extra": "[sandbox:502]"})
    assert refused.status == 502
    assert caller.sums() == (2, 0)


def test_riffusion_is_not_over_with_one_song(caller):
    task = caller.begun("/riffusion/create", {"prompt": "dance"})
    words = sequence(
        caller,
        "/riffusion/task",
        task,
        lambda body: (body.get("message"), len(body.get("data", ()))),
    )
    assert words == [
        (202, (None, 0)),
        (200, ("processing", 0)),
        (200, ("processing", 1)),
        (200, ("success", 2)),
    ]
    song = caller.over("/riffusion/task", task)[1]["data"][0]
    assert isinstance(song["duration"], float)
    assert (song["mv"], song["video_url"], song["timestamp"]) == ("FUZZ-1.1 Pro", None, {})
    assert caller.sums() == (12, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"custom_mode": False, "lyrics": "rain"},
        {"custom_mode": True, "prompt": "rain"},
        {"prompt": "x" * 201},
        {"sound": "x" * 201},
        {"lyrics": "x" * 3001},
        {"prompt": "rain", "mv": "FUZZ-2.0"},
        {"prompt": "rain", "vocal_variation": 2},
        {"task_type": "extend_music"},
        {"task_type": "extend_music", "continue_clip_id": "none"},
    ],
)
def test_riffusion_refuses_what_breaks_a_rule(caller, body):
    assert caller.post("/riffusion/create", body).status == 400
    assert caller.sums() == (0, 0)


def test_riffusion_goes_on_from_a_recording(caller):
    answer = json.loads(caller.post("/riffusion/upload", {"url": URL}).text)
    assert answer.keys() == {"code", "message", "clip_id"}
    body = {"task_type": "extend_upload_music", "continue_clip_id": answer["clip_id"]}
    task = caller.begun("/riffusion/create", {**body, "webhook_url": "https://example.org"})
    assert len(caller.over("/riffusion/task", task)[1]["data"]) == 2
    assert caller.vendor.deliveries(caller.now) == []


def test_studio_answers_in_an_envelope_of_its_own(caller):
    answer = json.loads(caller.post("/studio/create", STUDIO).text)
    assert answer.keys() == {"code", "data"}
    task = answer["data"]
    words = sequence(caller, "/studio/task", task, lambda body: body["data"]["status"])
    statuses = ["NOT_START", "SUBMITTED", "QUEUED", "IN_PROGRESS", "SUCCESS"]
    assert words == [(200, status) for status in statuses]
    body = caller.over("/studio/task", task)[1]
    assert (body["code"], body["message"], body["data"]["progress"]) == ("success", "", "100%")
    song = body["data"]["data"]["songs"][0]
    assert (song["tags"], song["finished"]) == (["jazz", "bossa nova"], True)
    assert song["song_path"].endswith(".mp3")
    assert caller.sums() == (15, 0)


def test_studios_songs_have_no_path_until_they_are_there(caller):
    task = caller.begun("/studio/create", STUDIO)
    while not (songs := caller.seen("/studio/task", task, 1.0)[1]["data"]["data"]["songs"]):
        pass
    assert [song["song_path"] for song in songs] == ["", ""]


def test_a_song_of_studios_that_failed_is_left_out(caller):
    task = caller.begun("/studio/create", {**STUDIO, "prompt": "[sandbox:one-failed]"})
    data = caller.over("/studio/task", task)[1]["data"]
    assert (data["status"], len(data["data"]["songs"])) == ("SUCCESS", 1)
    assert caller.sums() == (15, 0)


@pytest.mark.parametrize("mark", ["failed", "timeout", "all-failed"])
def test_studio_says_failure_and_why_under_http_200(caller, mark):
    task = caller.begun("/studio/create", {**STUDIO, "prompt": f"[sandbox:{mark}]"})
    status, body = caller.over("/studio/task", task)
    assert (status, body["code"], body["data"]["status"]) == (200, "success", "FAILURE")
    assert body["data"]["fail_reason"]
    assert caller.sums() == (15, 15)


def test_studio_may_answer_without_a_task(caller):
    reply = caller.post("/studio/create", {**STUDIO, "prompt": "[sandbox:no-task-id]"})
    assert json.loads(reply.text) == {"code": "error", "data": None}
    assert caller.sums() == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"lyrics_type": "user"},
        {"lyrics_type": "sung"},
        {"model_type": "studio9"},
        {"config": "regular"},
        {"lyrics": "x" * 1001},
    ],
)
def test_studio_refuses_what_breaks_a_rule(caller, change):
    assert caller.post("/studio/create", {**STUDIO, **change}).status == 400


@pytest.mark.parametrize("path", ["/studio/task", "/riffusion/task", "/suno/get-lyrics"])
def test_an_id_that_is_none_is_a_bad_request(caller, path):
    assert caller.get(f"{path}/none").status == 400
    task = caller.begun("/sonic/create", SONG)
    assert caller.get(f"{path}/{task}").status == 400


def test_lyrics_are_made_as_a_task(caller):
    reply = json.loads(caller.post("/suno/make-lyrics", {"prompt": "rain"}).text)
    assert (reply["code"], reply["message"], reply["data"].keys()) == (200, "ok", {"task_id"})
    task = reply["data"]["task_id"]
    words = sequence(caller, "/suno/get-lyrics", task, lambda body: body["data"]["status"])
    assert words == [(200, "running"), (200, "complete")]
    data = caller.over("/suno/get-lyrics", task)[1]["data"]
    assert data.keys() == {"status", "text", "title", "task_id", "input", "metadata"}
    assert (data["input"], data["metadata"]) == ("rain", {})
    assert caller.get(f"/sonic/task/{task}").status == 404


def test_lyrics_that_failed_give_their_credits_back(caller):
    task = caller.begun("/suno/make-lyrics", {"prompt": "[sandbox:failed]"})
    assert caller.over("/suno/get-lyrics", task)[1]["type"] == "failed"
    (account,) = caller.vendor.ledger(caller.now).values()
    assert (account["charged"], account["lyrics_charged"]) == ("0", "10")
    assert account["jobs"][0]["refunded"] == "10"


def test_a_share_link_tells_of_a_song(caller):
    song = json.loads(caller.post("/suno/get-song", {"share_link": "https://suno.com/s/a"}).text)
    assert caller.file(song["audio_url"]).content_type == "audio/mpeg"
    assert caller.file(song["cover_image"]).content_type == "image/png"
    assert caller.post("/suno/get-song", {"share_link": "a"}).status == 400


def test_nuro_is_gone(caller):
    assert caller.post("/nuro/create", {"type": "vocal"}).status == 410
    assert caller.get("/nuro/task/1").status == 410


@pytest.mark.parametrize("path", ["/sonic/batch", "/sonic", "/sonic/task", "/health"])
def test_what_is_no_operation_is_not_found(caller, path):
    assert caller.post(path, {}).status == 404
    assert caller.ask("DELETE", f"/api/v1{path}").status == 404
