"""What follows a song of sonic's: extensions, stems, voices, imports, questions, and prices."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from musicapi_caller import SONG, Caller, valid

URL = "https://example.org/recording.mp3"
CUSTOM = {"custom_mode": True, "mv": "sonic-v5", "prompt": "[Verse]\nrain on the roof"}


@pytest.fixture
def caller():
    return Caller()


def text(reply):
    """An error's words, in whichever envelope."""
    body = json.loads(reply.text)
    return reply.status, body.get("error") or body.get("message") or body.get("detail")


def running(caller, task):
    """The first poll that tells of clips."""
    while "data" not in (answer := caller.seen("/sonic/task", task, 0.5)[1]):
        pass
    return answer


def test_an_extension_goes_without_a_mode_and_its_concat_is_one_song(caller):
    clip = caller.clips()[0]["clip_id"]
    further = {"task_type": "extend_music", "mv": "sonic-v5", "continue_clip_id": clip}
    piece = caller.clips({**further, "continue_at": 30})[0]["clip_id"]
    concat = {"task_type": "concat_music", "continue_clip_id": piece}
    assert len(caller.clips(concat)) == 1
    assert caller.sums() == (15 + 15 + 2, 0)
    refused = caller.post("/sonic/create", {**concat, "continue_clip_id": clip})
    assert text(refused) == (400, "concat_music needs the clip_id of an extension.")


def test_what_is_for_uploads_only_is_refused_for_other_clips(caller):
    clip = caller.clips()[0]["clip_id"]
    body = {"task_type": "add_vocals", "mv": "sonic-v5", "prompt": "rain"}
    assert caller.post("/sonic/create", {**body, "continue_clip_id": clip}).status == 400
    upload = json.loads(caller.post("/sonic/upload", {"url": URL}).text)["clip_id"]
    assert len(caller.clips({**body, "continue_clip_id": upload})) == 2
    for kind in ("extend_upload_music", "cover_upload_music", "add_instrumental"):
        more = {**CUSTOM, "task_type": kind, "continue_clip_id": upload}
        assert len(caller.clips(more)) == 2


def test_a_clip_can_be_used_by_its_owner_once_it_is_there(caller):
    task = caller.begun("/sonic/create", SONG)
    clip = running(caller, task)["data"][0]["clip_id"]
    assert caller.post("/sonic/wav", {"clip_id": clip}).status == 404
    caller.now += 30
    assert caller.post("/sonic/wav", {"clip_id": clip}, key="other").status == 404
    assert caller.post("/sonic/wav", {"clip_id": clip}).status == 200


@pytest.mark.parametrize(("path", "count"), [("/sonic/stems/basic", 2), ("/sonic/stems/full", 12)])
def test_stems_are_clips_of_a_task(caller, path, count):
    made = caller.clips()[0]
    stems = caller.clips({"clip_id": made["clip_id"]}, path)
    assert len(stems) == count
    assert len({stem["title"] for stem in stems}) == count
    assert {stem["state"] for stem in stems} == {"succeeded"}


def test_a_voice_is_an_object_and_its_persona_can_sing(caller):
    reply = caller.post("/sonic/create-voice", {"audio_url": URL})
    answer = json.loads(reply.text)
    assert answer.keys() == {"message", "task_id", "warning"}
    status, body = caller.over("/sonic/task", answer["task_id"])
    assert (status, body["code"]) == (200, 200)
    assert body["data"].keys() == {"persona_id", "name"}
    song = {**CUSTOM, "task_type": "persona_music", "persona_id": body["data"]["persona_id"]}
    assert len(caller.clips(song)) == 2
    assert caller.post("/sonic/create", song, key="other").status == 400


def test_a_voice_that_failed_is_no_persona(caller):
    task = caller.begun("/sonic/create-voice", {"audio_url": f"{URL}?[sandbox:all-failed]"})
    assert caller.over("/sonic/task", task)[1]["type"] == "failed"
    assert caller.sums() == (4, 4)


@pytest.mark.parametrize(("path", "step"), [("upload-cover", "cover"), ("upload-extend", "extend")])
def test_two_steps_in_one_request_tell_of_both(caller, path, step):
    answer = json.loads(caller.post(f"/sonic/{path}", {"url": URL, **CUSTOM}).text)
    task = answer["task_id"]
    upload = answer["steps"]["upload"]["clip_id"]
    assert answer == {
        "code": 200,
        "message": "success",
        "task_id": task,
        "steps": {
            "upload": {"success": True, "clip_id": upload},
            step: {"success": True, "task_id": task},
        },
    }
    assert len(caller.over("/sonic/task", task)[1]["data"]) == 2
    assert caller.post("/sonic/bpm", {"clip_id": upload}).status == 200


@pytest.mark.parametrize(
    ("mark", "failed"), [("failed-upload", "upload"), ("failed-step", "cover")]
)
@pytest.mark.parametrize("quiet", [False, True])
def test_a_failed_step_is_told_with_an_error_status_or_without(caller, mark, failed, quiet):
    marks = f"[sandbox:{mark}]" + ("[sandbox:no-task-id]" if quiet else "")
    reply = caller.post("/sonic/upload-cover", {"url": URL, **CUSTOM, "title": marks})
    answer = json.loads(reply.text)
    assert reply.status == (200 if quiet else 400)
    assert "task_id" not in answer
    assert answer["failed_step"] == failed
    assert answer["steps"][failed]["success"] is False
    assert answer["steps"][failed]["error"]
    assert caller.sums() == (0, 0)


CHOP = {**CUSTOM, "chop_sample_start_s": 1, "chop_sample_end_s": 5, "make_instrumental": False}


def test_a_sample_has_exactly_one_source(caller):
    clip = caller.clips()[0]["clip_id"]
    assert caller.post("/sonic/sample", CHOP).status == 400
    both = {**CHOP, "url": URL, "sample_clip_id": clip}
    assert caller.post("/sonic/sample", both).status == 400
    backwards = {**CHOP, "sample_clip_id": clip, "chop_sample_end_s": 1}
    assert caller.post("/sonic/sample", backwards).status == 400
    answer = json.loads(caller.post("/sonic/sample", {**CHOP, "sample_clip_id": clip}).text)
    assert answer.keys() == {"message", "task_id"}
    answer = json.loads(caller.post("/sonic/sample", {**CHOP, "url": URL}).text)
    assert answer["steps"].keys() == {"upload", "sample"}


def test_an_auto_concat_makes_pairs_whose_full_song_comes_last(caller):
    clip = caller.clips()[0]["clip_id"]
    section = {"clip_id": clip, "mv": "sonic-v5", "infill_start_s": 1, "infill_end_s": 9}
    for path, body, name in [
        ("/sonic/replace-section", {**section, "auto_concat": True}, "replaced"),
        ("/sonic/upload-extend", {"url": URL, **CUSTOM, "auto_concat": True}, "extended"),
    ]:
        task = caller.begun(path, body)
        early = running(caller, task)["data"]
        assert [pair["full"] for pair in early] == [None, None]
        done = caller.over("/sonic/task", task)[1]["data"]
        assert all(pair.keys() == {name, "full"} for pair in done)
        assert all(pair["full"]["state"] == "succeeded" for pair in done)
    backwards = {**section, "infill_end_s": 1}
    assert caller.post("/sonic/replace-section", backwards).status == 400


def test_a_full_song_may_fail_though_its_piece_is_there(caller):
    body = {"url": URL, **CUSTOM, "auto_concat": True, "title": "[sandbox:one-failed]"}
    sound, half = caller.clips(body, "/sonic/upload-extend")
    assert (sound["extended"]["state"], sound["full"]["state"]) == ("succeeded", "succeeded")
    assert (half["extended"]["state"], half["full"]["state"]) == ("succeeded", "failed")
    assert caller.sums() == (15, 0)


def test_suno_is_an_alias(caller):
    task = caller.begun("/suno/create", SONG)
    assert caller.over("/suno/clip", task) == caller.over("/sonic/task", task)
    assert caller.sums() == (15, 0)


@pytest.mark.parametrize("path", ["/sonic/task", "/suno/clip", "/producer/task"])
def test_an_id_that_is_none_is_not_found(caller, path):
    assert text(caller.get(f"{path}/none")) == (404, "task not found.")
    assert text(caller.get(f"{path}/")) == (400, "missing task id.")
    task = caller.begun("/sonic/create", SONG)
    assert caller.get(f"{path}/{task}", key="other").status == 404


def test_lyrics_come_in_two_and_upstreams_timeout_is_not_charged(caller):
    assert text(caller.post("/sonic/lyrics", {"description": "[sandbox:504]"}))[0] == 504
    answer = json.loads(caller.post("/sonic/lyrics", {"description": "x" * 119}).text)
    assert [song.keys() for song in answer["results"]] == [{"title", "lyrics"}] * 2
    assert caller.post("/sonic/lyrics", {"description": "x" * 120}).status == 400
    (account,) = caller.vendor.ledger(caller.now).values()
    assert (account["charged"], account["lyrics_charged"]) == ("0", "10")


def test_words_are_aligned_and_paid_for_once(caller):
    clip = caller.clips(CUSTOM)[0]
    before = caller.sums()[0]
    for _ in range(2):
        answer = json.loads(caller.post("/sonic/aligned-lyrics", {"clip_id": clip["clip_id"]}).text)
    words = answer["data"]["alignment"]
    assert [item["word"].strip() for item in words] == ["rain", "on", "the", "roof"]
    assert words[0].keys() == {"word", "start_s", "end_s", "p_align", "success"}
    assert words[-1]["end_s"] == pytest.approx(float(clip["duration"]), abs=0.01)
    assert caller.sums()[0] - before == 1
    silent = caller.clips({**SONG, "make_instrumental": True})[0]["clip_id"]
    assert caller.post("/sonic/aligned-lyrics", {"clip_id": silent}).status == 404


def test_a_transcription_is_waited_for_by_asking_again_and_is_paid_for_once(caller):
    clip = {"clip_id": caller.clips()[0]["clip_id"]}
    before = caller.sums()[0]
    replies = [caller.post("/sonic/midi", clip) for _ in range(8)]
    assert [reply.status for reply in (replies[0], replies[-1])] == [202, 200]
    assert json.loads(replies[0].text)["type"] == "not_ready"
    data = json.loads(replies[-1].text)["data"]
    assert data["instruments"]
    assert caller.file(data["midi_url"]).body[:4] == b"MThd"
    assert caller.sums()[0] - before == 1


def test_queries_about_a_clip(caller):
    bodies = valid(caller)
    clip = bodies["/sonic/bpm"]["clip_id"]
    beats = json.loads(caller.post("/sonic/bpm", bodies["/sonic/bpm"]).text)["data"]
    assert beats["min_bpm"] < beats["avg_bpm"] < beats["max_bpm"]
    part = {"clip_id": clip, "vocal_start_s": 2, "vocal_end_s": 7}
    vox = json.loads(caller.post("/sonic/vox", part).text)["data"]
    assert (vox["source_clip_id"], vox["vocal_start_s"], vox["vocal_end_s"]) == (clip, 2, 7)
    tags = json.loads(caller.post("/sonic/upsample-tags", {"tags": "pop"}).text)["data"]
    assert tags["upsampled_tags"].startswith("pop, ")
    persona = json.loads(caller.post("/sonic/persona", bodies["/sonic/persona"]).text)
    song = {**CUSTOM, "task_type": "persona_music", "persona_id": persona["persona_id"]}
    assert caller.post("/sonic/create", song).status == 200
    wav = json.loads(caller.post("/sonic/wav", {"clip_id": clip}).text)
    assert wav.keys() == {"message", "data"}
    assert caller.file(wav["data"]["wav_url"]).body[:4] == b"RIFF"


def test_prices(caller):
    known = {
        "/sonic/create": 15, "/sonic/stems/basic": 15, "/sonic/stems/full": 75, "/sonic/wav": 2,
        "/sonic/create-voice": 4, "/sonic/bpm": 1, "/sonic/vox": 1, "/sonic/persona": 1,
        "/sonic/upsample-tags": 1, "/producer/create": 12, "/producer/download": 2,
        "/riffusion/create": 12, "/studio/create": 15, "/suno/create": 15,
    }  # fmt: skip
    bodies = valid(caller)
    for path, price in known.items():
        before = caller.sums()[0]
        assert caller.post(path, bodies[path]).status == 200
        assert caller.sums()[0] - before == Decimal(price), path
