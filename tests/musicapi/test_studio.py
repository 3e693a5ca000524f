"""studio, fed by hand: its own envelope, its FAILURE and the reason for it."""

from __future__ import annotations

import pytest
from hypothesis import given

from segue import Extend, Generate, Source
from segue.errors import NotFound, ProtocolError, Rejected, SegueError, Unavailable
from segue.job import Snapshot, Status
from segue_musicapi.provider import MusicAPI

from .garbage import replies
from .known import NOT_READY, as_json, ended, fed, ticket

STUDIO = "studio130-v1.5"
ID = "1938c07e-0000-4000-8000-000000000000"
SONG = {
    "id": "6b02",
    "tags": ["jazz", "bossa nova"],
    "title": "Moonlit Caper ext v1.2.1",
    "artist": "someone",
    "lyrics": "[Verse]...",
    "finished": True,
    "song_path": "https://cdn.example.com/6b02.mp3",
    "image_path": "https://cdn.example.com/6b02.jpeg",
}
TASK = Generate(model=STUDIO, prompt="upbeat jazz fusion", instrumental=True)
TICKET = ticket("studio", "studio/create")


def answer(status, songs=(SONG,), progress="100%", **told):
    """The answer that MusicAPI's documents print, in some state."""
    job = {
        "task_id": ID,
        "notify_hook": "",
        "action": "studio-generate",
        "status": status,
        "fail_reason": "",
        "submit_time": 1732240123,
        "start_time": 1732240139,
        "finish_time": 1732240189,
        "progress": progress,
        "data": {"songs": list(songs)},
    }
    return {"code": "success", "message": "", "data": {**job, **told}}


def seen(told, status=200):
    return fed(MusicAPI().poll(TICKET), as_json(told, status))


def refused(task):
    return [problem.field for problem in MusicAPI().check(task, None)]


def test_every_field_that_must_be_there_is_sent():
    call = next(MusicAPI().submit(TASK))
    assert (call.method, call.url, call.spends) == ("POST", "/studio/create", True)
    assert call.json == {
        "prompt": "upbeat jazz fusion",
        "lyrics_type": "instrumental",
        "prompt_strength": 0.8,
        "clarity_strength": 0.7,
        "lyrics_strength": 0.5,
        "generation_quality": 0.9,
        "model_type": STUDIO,
        "config": {"mode": "regular"},
    }


@pytest.mark.parametrize(
    ("told", "body"),
    [
        ({}, {"lyrics_type": "generate"}),
        ({"lyrics": "[Verse] Oh"}, {"lyrics_type": "user", "lyrics": "[Verse] Oh"}),
        ({"style": "brass"}, {"prompt": "jazz, brass"}),
        ({"negative_style": "drums", "seed": 3}, {"negative_prompt": "drums", "seed": 3}),
        ({"model": "studio32-v1.5"}, {"model_type": "studio32-v1.5"}),
        ({"model": "studio"}, {"model_type": STUDIO}),
        ({"extra": {"musicapi": {"prompt_strength": 0.1}}}, {"prompt_strength": 0.1}),
        ({"extra": {"musicapi": {"song_section_start": 0.2}}}, {"song_section_start": 0.2}),
    ],
)
def test_what_is_asked_for_is_sent_in_studios_words(told, body):
    task = Generate(**{"model": STUDIO, "prompt": "jazz", **told})
    assert refused(task) == []
    assert next(MusicAPI().submit(task)).json.items() >= body.items()


@pytest.mark.parametrize(
    ("task", "field"),
    [
        (Generate(model=STUDIO, prompt="x", lyrics="l" * 1001), "lyrics"),
        (Generate(model=STUDIO, prompt="x", lyrics="l", instrumental=True), "lyrics"),
        (Generate(model=STUDIO, prompt="x", title="t"), "title"),
        (Extend(model=STUDIO, source=Source(track="x")), "type"),
        (
            Generate(model=STUDIO, prompt="x", seed=1, extra={"musicapi": {"seed": 2}}),
            "extra.musicapi.seed",
        ),
    ],
)
def test_what_studio_cannot_do_is_told_before_anything_is_sent(task, field):
    assert refused(task) == [field]


@pytest.mark.parametrize(
    "told",
    [
        {"code": "success", "data": ID},
        {"code": "200", "data": ID},
        {"code": 200, "data": {"task_id": ID}},
        {"code": "success", "data": ID, "message": "", "tomorrow": 1},
    ],
)
def test_the_id_is_the_data_itself(told):
    made = fed(MusicAPI().submit(TASK), as_json(told))
    assert made.id == ID
    assert next(MusicAPI().poll(made)).url == f"/studio/task/{ID}"


@pytest.mark.parametrize(
    "told",
    [
        {"code": "error", "message": "model is not available", "data": None},
        {"code": "error", "message": "", "data": "model is not available"},
        {"code": "no_channel", "message": "model is not available", "data": None},
        {"code": "400", "message": "model is not available", "data": ""},
    ],
)
def test_an_error_in_a_success_is_a_refusal_and_no_job_is_polled(told):
    error = ended(MusicAPI().submit(TASK), as_json(told))
    assert isinstance(error, Rejected)
    assert "model is not available" in str(error)


def test_a_fault_of_its_own_in_a_success_leaves_it_in_doubt():
    told = {"code": 500, "message": "internal", "data": None}
    assert isinstance(ended(MusicAPI().submit(TASK), as_json(told)), Unavailable)


def test_an_id_is_kept_whatever_else_an_unknown_code_may_mean():
    assert fed(MusicAPI().submit(TASK), as_json({"code": "accepted", "data": ID})).id == ID


@pytest.mark.parametrize(
    "told",
    [
        {"code": "success", "data": None},
        {"code": "success", "data": ""},
        {"data": True},
        {"data": [7]},
        {},
    ],
)
def test_a_success_without_an_id_leaves_it_in_doubt(told):
    assert isinstance(ended(MusicAPI().submit(TASK), as_json(told)), ProtocolError)


def test_a_song_that_is_done_has_its_file():
    snapshot = seen(answer("SUCCESS"))
    (track,) = snapshot.tracks
    assert (snapshot.status, snapshot.word) == (Status.SUCCEEDED, "SUCCESS")
    assert (track.id, track.title, track.url) == ("6b02", SONG["title"], SONG["song_path"])
    assert track.details["tags"] == ["jazz", "bossa nova"]
    (asset,) = fed(MusicAPI().download(TICKET, snapshot))
    assert (asset.containers, asset.source.keyed) == (("mp3",), False)


def test_a_failure_is_told_with_its_reason():
    snapshot = seen(answer("FAILURE", songs=(), fail_reason="the prompt was moderated"))
    assert snapshot.status is Status.FAILED
    assert snapshot.error.message == "the prompt was moderated"
    assert snapshot.error.refund


@pytest.mark.parametrize(
    ("told", "status", "progress"),
    [
        (answer("NOT_START", (), "0%"), Status.QUEUED, 0.0),
        (answer("SUBMITTED", (), "0%"), Status.QUEUED, 0.0),
        (answer("QUEUED", (), ""), Status.QUEUED, None),
        (answer("IN_PROGRESS", (), "50%"), Status.RUNNING, 0.5),
        (answer("IN_PROGRESS", (), "150%"), Status.RUNNING, 1.0),
        (answer("IN_PROGRESS", ({**SONG, "song_path": ""},), "70%"), Status.RUNNING, 0.7),
        (answer("IN_PROGRESS", (), None), Status.RUNNING, None),
        (answer("UNKNOWN", (), "0%"), Status.UNKNOWN, 0.0),
        (answer("DREAMING", (), "0%"), Status.UNKNOWN, 0.0),
        (answer("SUCCESS", ({**SONG, "song_path": ""},)), Status.RUNNING, 0.0),
        (answer("FAILURE", ()), Status.FAILED, None),
        (NOT_READY, Status.RUNNING, None),
        ({"type": "failed", "error": "no"}, Status.FAILED, None),
    ],
)
def test_each_word_says_how_the_job_stands(told, status, progress):
    snapshot = seen(told)
    assert (snapshot.status, snapshot.progress) == (status, progress)


def test_a_song_that_still_runs_offers_no_file():
    running = seen(answer("IN_PROGRESS"))
    assert [track.url for track in running.tracks] == [None]


def test_that_a_job_is_not_known_is_no_verdict_on_it():
    flow = MusicAPI().poll(TICKET)
    assert isinstance(ended(flow, as_json({"error": "task not found."}, 400)), NotFound)


@pytest.mark.parametrize("told", [{"code": "error", "data": None}, {"code": "success"}])
def test_an_answer_without_a_status_is_no_verdict(told):
    assert isinstance(ended(MusicAPI().poll(TICKET), as_json(told)), ProtocolError)


@given(reply=replies())
def test_garbage_ends_in_an_error_of_the_tree_or_an_answer(reply):
    for flow in (MusicAPI().poll(TICKET), MusicAPI().submit(TASK)):
        try:
            found = fed(flow, reply)
            if isinstance(found, Snapshot):
                fed(MusicAPI().download(TICKET, found))
        except SegueError as error:
            assert str(error)  # noqa: PT017 - either way is right
