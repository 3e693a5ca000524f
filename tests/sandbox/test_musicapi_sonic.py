"""Sonic as MusicAPI's pages have it: what a create needs, how a song comes to be."""

from __future__ import annotations

import json

import pytest
from musicapi_caller import SONG, Caller

CUSTOM = {"custom_mode": True, "mv": "sonic-v5", "prompt": "[Verse]\nrain on the roof"}


@pytest.fixture
def caller():
    return Caller()


def states(body):
    return [clip["state"] for clip in body["data"]]


def test_a_submission_is_answered_with_exactly_two_keys(caller):
    body = json.loads(caller.post("/sonic/create", SONG).text)
    assert body.keys() == {"message", "task_id"}
    assert body["message"] == "success"


def test_a_mark_adds_the_code_of_the_older_schema(caller):
    body = json.loads(caller.post("/sonic/create", {**SONG, "title": "[sandbox:with-code]"}).text)
    assert body["code"] == 200


@pytest.mark.parametrize(
    "body",
    [
        {"mv": "sonic-v5", "gpt_description_prompt": "rain"},
        {"custom_mode": False, "gpt_description_prompt": "rain"},
        {"custom_mode": False, "mv": "sonic-v5", "prompt": "rain"},
        {"custom_mode": True, "mv": "sonic-v5", "gpt_description_prompt": "rain"},
        {"custom_mode": True, "mv": "sonic-v5", "prompt": "  "},
        {**SONG, "mv": "sonic-v4-5-all"},
        {**SONG, "mv": "chirp-v5"},
        {**SONG, "task_type": "make_music"},
        {**SONG, "title": "x" * 81},
        {**SONG, "gpt_description_prompt": "x" * 401},
        {**SONG, "tags": "x" * 1001},
        {**SONG, "negative_tags": "x" * 201},
        {**SONG, "style_weight": 1.01},
        {**SONG, "weirdness_constraint": -0.01},
        {**SONG, "make_instrumental": "true"},
        {**SONG, "custom_mode": "false"},
        {**SONG, "auto_lyrics": True},
        {**SONG, "vocal_gender": "x"},
        {**SONG, "mv": "sonic-v4", "vocal_gender": "f"},
        {**SONG, "mv": "sonic-v4", "tags": "x" * 201},
        {**SONG, "duration": 361},
        {**SONG, "webhook_url": "http://example.org/hook"},
        {**CUSTOM, "prompt": "x" * 5001},
        {**CUSTOM, "mv": "sonic-v3-5", "prompt": "x" * 3001},
        {"task_type": "extend_music", "mv": "sonic-v5"},
        {"task_type": "cover_music", "mv": "sonic-v5", "continue_clip_id": "none"},
        {"task_type": "concat_music"},
        {"task_type": "concat_music", "continue_clip_id": "none"},
        {"task_type": "persona_music", "custom_mode": True, "mv": "sonic-v5"},
        {**CUSTOM, "task_type": "persona_music", "persona_id": "none"},
        {"task_type": "remaster", "mv": "sonic-v4", "variation_category": "high"},
    ],
)
def test_a_create_that_breaks_a_rule_is_refused_and_costs_nothing(caller, body):
    assert caller.post("/sonic/create", body).status == 400
    assert caller.sums() == (0, 0)


@pytest.mark.parametrize(
    "body",
    [
        {**CUSTOM, "prompt": "x" * 5000, "tags": "x" * 1000, "title": "x" * 80},
        {**CUSTOM, "prompt": None, "lyrics": "[Verse]\nrain"},
        {**CUSTOM, "auto_lyrics": True, "duration": 60, "vocal_gender": "m"},
        {"custom_mode": True, "mv": "sonic-v5", "tags": "lofi", "make_instrumental": True},
        {**SONG, "use_suno_cdn": True, "a_field_of_tomorrow": 1},
        {**SONG, "style_weight": 0, "weirdness_constraint": 1, "vocal_gender": None},
    ],
)
def test_a_create_within_the_rules_is_taken(caller, body):
    assert caller.post("/sonic/create", body).status == 200
    assert caller.sums() == (15, 0)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sonic/create", {"custom_mode": True, "mv": "sonic-v5", "title": "Night Drive",
                           "prompt": "[Verse]\nCity lights...\n[Chorus]\n...",
                           "tags": "synthwave, retro"}),
        ("/sonic/create", {"task_type": "extend_music", "mv": "sonic-v5", "continue_at": 60.0,
                           "continue_clip_id": "CLIP"}),
        ("/sonic/stems/basic", {"clip_id": "CLIP"}),
        ("/producer/create", {"sound": "calm piano ambient", "length": 60}),
        ("/riffusion/create", {"prompt": "electronic dance music", "mv": "FUZZ-1.1 Pro"}),
        ("/studio/create", {"prompt": "upbeat jazz fusion", "lyrics_type": "instrumental",
                            "prompt_strength": 0.8, "clarity_strength": 0.7,
                            "lyrics_strength": 0.5, "generation_quality": 0.9,
                            "model_type": "studio130-v1.5", "config": {"mode": "regular"}}),
    ],
)  # fmt: skip
def test_what_the_vendors_own_examples_send_is_taken(caller, path, body):
    clip = caller.clips()[0]["clip_id"]
    filled = {name: clip if value == "CLIP" else value for name, value in body.items()}
    assert caller.post(path, filled).status == 200


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"text"'])
def test_a_body_that_is_no_object_is_refused(caller, raw):
    assert caller.post("/sonic/create", None, raw=raw).status == 400


def test_a_song_comes_to_be_as_was_observed(caller):
    task = caller.begun("/sonic/create", SONG)
    seen = []
    for _ in range(44):
        status, body = caller.seen("/sonic/task", task, 0.5)
        told = (status, body.get("type")) if "data" not in body else (status, *states(body))
        if told not in seen:
            seen.append(told)
    assert seen == [
        (202, "not_ready"),
        (200, "running", "pending"),
        (200, "running", "running"),
        (200, "succeeded", "running"),
        (200, "succeeded", "succeeded"),
    ]


def running(caller, task):
    """The first poll that tells of clips."""
    while "data" not in (answer := caller.seen("/sonic/task", task, 0.5)[1]):
        pass
    return answer


def test_an_address_that_is_there_early_is_an_interim_stream(caller):
    task = caller.begun("/sonic/create", SONG)
    first, second = running(caller, task)["data"]
    assert "/audiopipe/?item_id=" in first["audio_url"]
    assert first["duration"] is None
    assert second["audio_url"] is None
    done = caller.over("/sonic/task", task)[1]["data"][0]
    assert done["audio_url"].endswith(f"/cdn/{first['clip_id']}.mp3")


def test_running_clips_come_with_102_or_by_a_mark_with_200(caller):
    assert running(caller, caller.begun("/sonic/create", SONG))["code"] == 102
    body = {**SONG, "title": "[sandbox:code-200]"}
    assert running(caller, caller.begun("/sonic/create", body))["code"] == 200


def test_what_is_waited_for_may_be_told_in_other_forms(caller):
    task = caller.begun("/sonic/create", {**SONG, "title": "[sandbox:102]"})
    told = [caller.seen("/sonic/task", task, 1.0) for _ in range(4)]
    assert {(status, body.get("type"), body.get("code")) for status, body in told} == {
        (200, "not_ready", None),
        (200, None, 102),
    }


def test_a_poll_may_name_the_state_of_webhooks(caller):
    task = caller.begun("/sonic/create", {**SONG, "title": "[sandbox:streaming]"})
    assert states(running(caller, task))[0] == "streaming"


def test_a_finished_clip_has_the_documented_keys(caller):
    body = {**CUSTOM, "title": "Sunshine", "tags": "pop", "negative_tags": "metal",
            "style_weight": 0.5, "duration": 104.88}  # fmt: skip
    first, second = caller.clips(body)
    assert first["clip_id"] != second["clip_id"]
    assert first["created_at"].endswith("Z")
    del first["clip_id"], first["image_url"], first["audio_url"], first["created_at"]
    assert first == {
        "state": "succeeded",
        "title": "Sunshine",
        "tags": "pop",
        "lyrics": CUSTOM["prompt"],
        "video_url": None,
        "gpt_description_prompt": None,
        "duration": "104.88",
        "negative_tags": "metal",
        "style_weight": 0.5,
        "weirdness_constraint": None,
        "mv": "sonic-v5",
    }


@pytest.mark.parametrize("kind", ["failed", "timeout", "forbidden", "api_error", "bad_request"])
def test_a_failure_is_a_type_under_http_200_and_refunded(caller, kind):
    task = caller.begun("/sonic/create", {**SONG, "title": f"[sandbox:{kind}]"})
    status, body = caller.over("/sonic/task", task)
    assert (status, body["type"]) == (200, kind)
    assert body.keys() == {"type", "error"}
    assert caller.sums() == (15, 15)


def test_a_504_on_a_task_is_final(caller):
    task = caller.begun("/sonic/create", {**SONG, "title": "[sandbox:504]"})
    answers = [caller.over("/sonic/task", task) for _ in range(2)]
    words = "Task failed due to timeout. Credits were previously refunded."
    assert answers == [(504, {"error": words})] * 2
    assert caller.sums() == (15, 15)


def test_one_of_two_clips_may_fail_and_the_task_stays_charged(caller):
    first, second = caller.clips({**SONG, "title": "[sandbox:one-failed]"})
    assert (first["state"], second["state"]) == ("succeeded", "failed")
    assert second["audio_url"] is None
    assert second["error_message"]
    assert caller.sums() == (15, 0)


def test_all_clips_may_fail_and_the_credits_come_back(caller):
    task = caller.begun("/sonic/create", {**SONG, "title": "[sandbox:all-failed]"})
    status, body = caller.over("/sonic/task", task)
    assert (status, body["code"], states(body)) == (200, 200, ["failed", "failed"])
    assert caller.sums() == (15, 15)


def test_a_200_without_a_task_id_is_no_task(caller):
    reply = caller.post("/sonic/create", {**SONG, "title": "[sandbox:no-task-id]"})
    assert (reply.status, "task_id" in json.loads(reply.text)) == (200, False)
    assert caller.sums() == (0, 0)
