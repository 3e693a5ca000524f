"""suno, fed by hand: sonic by another path, and lyrics as a job."""

from __future__ import annotations

import io
from functools import partial

import pytest
from hypothesis import given

from segue import Cover, Extend, Generate, Source, Stems
from segue.errors import ContentPolicy, ProtocolError, SegueError
from segue.job import Snapshot, Status, Target
from segue_musicapi.other_tasks import MakeLyrics
from segue_musicapi.provider import MusicAPI
from segue_musicapi.sonic_tasks import Concat

from .garbage import replies
from .known import CLIP, DONE, FILE, ID, NOT_READY, SUBMITTED, as_json, ended, fed, ticket

SUNO = "suno/sonic-v5"
TASK = MakeLyrics(model="suno", prompt="a song about the sea")
MADE = {"code": 200, "data": {"task_id": ID}, "message": "ok"}
WRITTEN = {
    "code": 200,
    "data": {
        "status": "complete",
        "text": "[Verse]\nWaves",
        "title": "The Sea",
        "task_id": ID,
        "input": "a song about the sea",
        "metadata": {},
    },
    "message": "ok",
}
TICKET = ticket("suno", "suno/make-lyrics")


def seen(answer, status=200):
    return fed(MusicAPI().poll(TICKET), as_json(answer, status))


def refused(task):
    return [problem.field for problem in MusicAPI().check(task, None)]


@pytest.mark.parametrize(
    "task",
    [
        Generate(model=SUNO, prompt="lofi"),
        Generate(model=SUNO, prompt="lofi", lyrics="[Verse] Oh", title="Rain"),
        Extend(model=SUNO, source=Source(track=CLIP), at=60),
        Concat(model=SUNO, source=Source(track=CLIP)),
    ],
)
def test_suno_is_sonic_by_another_path(task):
    sonic = type(task)(**{**_fields(task), "model": "sonic-v5"})
    mine, theirs = next(MusicAPI().submit(task)), next(MusicAPI().submit(sonic))
    assert refused(task) == []
    assert (mine.url, theirs.url) == ("/suno/create", "/sonic/create")
    assert (mine.json, mine.spends) == (theirs.json, True)
    assert fed(MusicAPI().quote(task)) == fed(MusicAPI().quote(sonic))


def _fields(task):
    return {name: getattr(task, name) for name in task.__struct_fields__}


def test_a_song_is_polled_by_its_clip_and_read_as_sonics():
    made = fed(MusicAPI().submit(Generate(model=SUNO, prompt="lofi")), as_json(SUBMITTED))
    assert next(MusicAPI().poll(made)).url == f"/suno/clip/{ID}"
    snapshot = fed(MusicAPI().poll(made), as_json(DONE))
    assert snapshot == fed(MusicAPI().poll(ticket("sonic")), as_json(DONE))
    assert fed(MusicAPI().download(made, snapshot))[0].source.url == FILE


@pytest.mark.parametrize(
    ("task", "field"),
    [
        (Generate(model="suno/sonic-v9", prompt="x"), "model"),
        (Generate(model="suno", prompt="x"), "model"),
        (Stems(model=SUNO, source=Source(track=CLIP)), "type"),
        (Cover(model=SUNO, source=Source(url="https://x.test/a.mp3")), "source.url"),
        (
            MakeLyrics(model="suno", prompt="x", extra={"musicapi": {"prompt": "y"}}),
            "extra.musicapi.prompt",
        ),
    ],
)
def test_what_suno_cannot_do_is_told_before_anything_is_sent(task, field):
    assert refused(task) == [field]


def test_lyrics_are_a_job_that_is_looked_at_by_its_id():
    sent = next(MusicAPI().submit(TASK))
    assert (sent.url, sent.json, sent.spends) == (
        "/suno/make-lyrics",
        {"prompt": "a song about the sea"},
        True,
    )
    made = fed(MusicAPI().submit(TASK), as_json(MADE))
    assert made.id == ID
    assert next(MusicAPI().poll(made)).url == f"/suno/get-lyrics/{ID}"


def test_an_id_stays_one_segment_of_the_path():
    odd = ticket("suno", "suno/make-lyrics")
    odd = type(odd)(provider="musicapi", id="a/../../get-credits?x=1", state=odd.state)
    assert next(MusicAPI().poll(odd)).url == "/suno/get-lyrics/a%2F..%2F..%2Fget-credits%3Fx%3D1"


def test_lyrics_that_are_complete_are_a_text_to_save():
    snapshot = seen(WRITTEN)
    (track,) = snapshot.tracks
    assert (snapshot.status, snapshot.word) == (Status.SUCCEEDED, "complete")
    assert (track.title, track.lyrics) == ("The Sea", "[Verse]\nWaves")
    (asset,) = fed(MusicAPI().download(TICKET, snapshot))
    assert (asset.kind, asset.containers, asset.name) == ("lyrics", ("txt",), "lyrics")
    file = io.BytesIO()
    asset.source(Target(file=file, container="txt", report=lambda fraction: None))
    assert file.getvalue() == b"[Verse]\nWaves"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (NOT_READY, Status.RUNNING),
        ({"code": 200, "data": {"status": "running", "text": ""}}, Status.RUNNING),
        ({"code": 200, "data": {"status": "streaming", "text": "[Ver"}}, Status.RUNNING),
        ({"code": 200, "data": {"status": "dreaming"}}, Status.UNKNOWN),
        ({"code": 200, "data": {"text": "[Verse]"}}, Status.SUCCEEDED),
        ({"code": 200, "data": {"status": "failed"}, "message": "no"}, Status.FAILED),
        ({"type": "failed", "error": "no"}, Status.FAILED),
    ],
)
def test_only_complete_lyrics_are_done(answer, status):
    snapshot = seen(answer)
    assert snapshot.status is status
    assert bool(snapshot.tracks) is (status is Status.SUCCEEDED)


@pytest.mark.parametrize("data", [None, [], {}, {"title": "x"}])
def test_an_answer_without_a_status_is_no_verdict(data):
    flow = MusicAPI().poll(TICKET)
    assert isinstance(ended(flow, as_json({"code": 200, "data": data})), ProtocolError)


def test_a_moderated_brief_is_told_as_such():
    answer = as_json({"error": "The lyrics contain an artist name"}, 403)
    assert isinstance(ended(MusicAPI().submit(TASK), answer), ContentPolicy)


@given(reply=replies())
def test_garbage_ends_in_an_error_of_the_tree_or_an_answer(reply):
    song = ticket("suno", "sonic/create/create_music")
    for ask in (partial(MusicAPI().poll, TICKET), partial(MusicAPI().poll, song)):
        try:
            snapshot = fed(ask(), reply)
            assert isinstance(snapshot, Snapshot)
            fed(MusicAPI().download(TICKET, snapshot))
        except SegueError as error:
            assert str(error)  # noqa: PT017 - either way is right
