"""Mistakes that are easily made with this vendor, and that MusicAPI's own SDK 0.1.0 makes: one
test or more for each, with the mistake's number (p01 to p11) first in its docstring. What only
shows over HTTP, with retries and a clock, is in `test_through_core.py`."""

from __future__ import annotations

import inspect

import pytest

import segue_musicapi
from segue import AsyncClient, Client, Extend, Generate, Source
from segue._pace import retry_policy as policy
from segue.errors import (
    ConnectionLost,
    ContentPolicy,
    InsufficientFunds,
    ProtocolError,
    Rejected,
)
from segue.flow import Reply
from segue.job import Status, Ticket
from segue_musicapi import queries
from segue_musicapi.provider import FAMILIES

from .known import (
    CLIP,
    DONE,
    FILE,
    ID,
    INTERIM,
    NOT_READY,
    PAGE,
    SUBMITTED,
    as_json,
    ended,
    fed,
    song,
    songs,
    ticket,
)
from .test_refusals import POOR, UNFIT

TASKS = {
    "sonic": Generate(model="sonic-v5", prompt="p"),
    "producer": Generate(model="producer", prompt="p"),
    "studio": Generate(model="studio130-v1.5", prompt="p"),
    "riffusion": Generate(model="FUZZ-1.1 Pro", prompt="p"),
    "suno": Generate(model="suno/sonic-v5", prompt="p"),
}
EVERY = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def looks(musicapi, body, family="sonic", status=200, **told):
    return fed(musicapi.poll(ticket(family, **told)), as_json(body, status))


@EVERY
@pytest.mark.parametrize("fault", [502, 504, 500, "read timeout", "reset"])
def test_a_paid_request_is_never_sent_twice(musicapi, task, fault):
    """p01: POST sent again on 5xx, timeout and reset: four jobs and 60 credits for one song."""
    sent = next(musicapi.submit(task))
    assert sent.spends
    assert (sent.idempotency, sent.uncharged) == (None, frozenset())
    outcome = Reply(status=fault) if isinstance(fault, int) else ConnectionLost(fault)
    assert policy.again(sent, outcome, 1) is None


def test_a_studio_failure_is_seen_and_its_reason_is_kept(musicapi):
    """p02: studio FAILURE polled until the time was up, and `fail_reason` dropped."""
    data = {"task_id": ID, "status": "FAILURE", "fail_reason": "no voice", "progress": "100%"}
    told = looks(musicapi, {"code": "success", "message": "", "data": data}, "studio")
    assert (told.status, told.error.message) == (Status.FAILED, "no voice")


def test_a_studio_submission_without_an_id_is_no_job(musicapi):
    """p02: `{"code":"error","data":null}` led to polls of `/studio/task/None`."""
    answer = as_json({"code": "error", "data": None, "message": "no"})
    assert isinstance(ended(musicapi.submit(TASKS["studio"]), answer), Rejected)
    answer = as_json({"code": "success", "data": None})
    assert isinstance(ended(musicapi.submit(TASKS["studio"]), answer), ProtocolError)


@pytest.mark.parametrize("code", [200, 102, None])
def test_songs_decide_and_the_code_does_not(musicapi, code):
    """p03: HTTP 200 with code 200 taken for the end, with a running and a pending song."""
    body = songs(song("running", audio_url=INTERIM), song("pending"), code=code)
    told = looks(musicapi, body)
    assert told.status is Status.RUNNING
    assert fed(musicapi.download(ticket(), told)) == []


def test_riffusion_is_done_with_its_second_song(musicapi):
    """p03: riffusion's interim `processing` taken for a result without songs."""
    processing = {"code": 200, "message": "processing", "data": []}
    assert looks(musicapi, processing, "riffusion").status is Status.RUNNING
    assert looks(musicapi, songs(song()), "riffusion").status is Status.RUNNING
    assert looks(musicapi, DONE, "riffusion").status is Status.SUCCEEDED


def test_producers_status_is_read(musicapi):
    """p03: producer RUNNING taken for a result without songs."""
    running = {"code": 200, "status": "RUNNING", "message": "ok", "data": []}
    assert looks(musicapi, running, "producer").status is Status.RUNNING


def test_songs_that_failed_are_not_returned_as_success(musicapi):
    """p04: two failed songs returned as a result; one of two without a word."""
    assert looks(musicapi, songs(song("failed"), song("failed"))).status is Status.FAILED
    assert looks(musicapi, songs(song(), song("failed"))).partial


def test_a_producer_failure_is_a_failure(musicapi):
    """p04: producer `status: FAILED` returned as a result."""
    body = {"code": 200, "status": "FAILED", "message": "failed, refunded", "data": []}
    told = looks(musicapi, body, "producer")
    assert (told.status, told.error.message) == (Status.FAILED, "failed, refunded")


@EVERY
def test_a_new_key_in_an_answer_harms_nothing(musicapi, task):
    """p05: any key that the SDK did not know raised a TypeError, and the paid id was lost."""
    body = {**SUBMITTED, "code": 200, "queue_position": 3, "trace": {"x": []}}
    if task.model.startswith("studio"):
        body = {"code": "success", "data": ID, "trace": 1}
    assert fed(musicapi.submit(task), as_json(body)).id == ID


@EVERY
def test_a_page_instead_of_an_answer_leaves_the_submission_in_doubt(musicapi, task):
    """p05: an HTML page with status 200 raised a TypeError."""
    assert isinstance(ended(musicapi.submit(task), PAGE), ProtocolError)


def test_new_keys_harm_no_query_either(musicapi):
    """p05: the same for uploads, credits and WAV addresses."""
    wav = {"code": 200, "message": "success", "data": {"wav_url": FILE, "size": 7}, "new": 1}
    assert fed(musicapi.ask(queries.Wav(clip=CLIP)), as_json(wav)) == FILE
    upload = {"code": 200, "clip_id": CLIP, "message": "success", "duration": 12.5}
    asked = queries.SonicUpload(url="https://example.com/a.mp3")
    assert fed(musicapi.ask(asked), as_json(upload)) == CLIP
    left = as_json({"credits": 50, "extra_credits": 0, "plan": "pro"})
    assert fed(musicapi.balance(), left)[0].amount == 50


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("status", "body"), [(202, NOT_READY), (200, NOT_READY)])
def test_not_ready_means_running_in_every_family(musicapi, family, status, body):
    """p06: 202 was handled in four methods only."""
    told = looks(musicapi, body, family, status, operation=f"{family}/create")
    assert told.status is Status.RUNNING


def test_midi_and_lyrics_that_are_not_ready_are_waited_for(musicapi):
    """p06: 202 of `midi` and of `get-lyrics` raised a TypeError."""
    flow = musicapi.ask(queries.Midi(clip=CLIP, every=0.0))
    midi = {"code": 200, "data": {"midi_url": "https://x.example/a.mid", "instruments": []}}
    assert fed(flow, as_json(NOT_READY, 202), None, as_json(midi)).url.endswith("a.mid")
    asked = musicapi.ask(queries.GetLyrics(task=ID))
    assert fed(asked, as_json(NOT_READY, 202)).status == "not_ready"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["failed", "timeout", "forbidden", "api_error"])
def test_a_single_look_at_a_failed_job_tells_its_failure(musicapi, family, kind):
    """p06: `get_task` of a failed job raised `KeyError: 'code'`."""
    told = looks(musicapi, {"type": kind, "error": "no"}, family, operation=f"{family}/create")
    assert (told.status, told.error.code) == (Status.FAILED, kind)


def test_voices_pairs_and_lengths_can_be_read(musicapi):
    """p07: a voice's object and auto_concat's pairs could not be read, and a duration is text."""
    voice = {"code": 200, "data": {"persona_id": "p-1", "name": "Ann"}}
    assert looks(musicapi, voice).tracks[0].id == "p-1"
    pair = songs({"extended": song(), "full": song(clip_id="whole")})
    assert looks(musicapi, pair).tracks[0].id == "whole"
    assert looks(musicapi, DONE).tracks[0].duration / 60 == pytest.approx(1.748)


def test_every_task_can_be_waited_for():
    """p07: no way to wait for voice, sample, upload_cover, upload_extend, make_lyrics, upload."""
    waited = {kind.__name__ for kind in segue_musicapi.MusicAPI.capabilities.tasks}
    assert {"CreateVoice", "Sample", "Cover", "Extend", "MakeLyrics", "Upload"} <= waited
    source = Source(url="https://example.com/a.mp3")
    fetched = Extend(model="sonic-v5", at=1, prompt="p", source=source)
    assert next(segue_musicapi.MusicAPI().submit(fetched)).url == "/sonic/upload-extend"


def test_a_final_504_is_asked_for_once(musicapi):
    """p08: a final 504 fetched four times."""
    look = next(musicapi.poll(ticket()))
    assert policy.again(look, Reply(status=504), 1) is None
    assert policy.again(look, Reply(status=502), 1) is not None


def test_moderation_is_no_want_of_credits(musicapi):
    """p09: a moderation 403 with `is_credit_error: True`."""
    kinds = [
        type(ended(musicapi.submit(TASKS["sonic"]), as_json({"error": text}, 403)))
        for text in (POOR, *UNFIT)
    ]
    assert kinds == [InsufficientFunds, *[ContentPolicy] * len(UNFIT)]


def test_the_vendors_code_and_its_reason_are_told(musicapi):
    """p09: `{code:'invalid_mv'}` became 'http_error', `{detail}` "failed with status 400"."""
    answer = as_json({"code": "invalid_mv", "message": "bad mv"}, 400)
    error = ended(musicapi.submit(TASKS["sonic"]), answer)
    assert (error.code, "bad mv" in str(error)) == ("invalid_mv", True)
    answer = as_json({"detail": "audio too short", "failed_step": "upload"}, 400)
    assert "audio too short" in str(ended(musicapi.submit(TASKS["sonic"]), answer))


def test_both_clients_have_the_same_methods_and_await_one_of_them():
    """p10: 44 methods and no coroutine."""
    public = [name for name in vars(Client) if not name.startswith("_") and name != "close"]
    assert set(public) <= set(dir(AsyncClient))
    assert inspect.iscoroutinefunction(AsyncClient.submit)


def test_the_key_is_read_from_the_environment(musicapi):
    """p10: the README's MUSICAPI_KEY raised a TypeError."""
    assert musicapi.key.env == "MUSICAPI_KEY"


def test_fields_that_nobody_knew_can_be_sent(musicapi):
    """p10: `duration`, `use_suno_cdn` and producer's `strength` could not be sent."""
    extra = {"musicapi": {"duration": 60, "use_suno_cdn": False, "strength": 0.5}}
    for task in TASKS.values():
        sent = next(musicapi.submit(Generate(model=task.model, prompt="p", extra=extra)))
        assert {**sent.json, **extra["musicapi"]} == sent.json


def test_what_is_wrong_is_told_before_anything_is_sent(musicapi):
    """p10: no local validation: `{}` was sent."""
    assert musicapi.check(Generate(prompt="p"), None) != []
    assert musicapi.check(Extend(model="sonic-v5", source=Source()), None) != []


@pytest.mark.parametrize(
    ("id_", "segment"),
    [
        ("a/../../get-credits?x=1", "a%2F..%2F..%2Fget-credits%3Fx%3D1"),
        ("..", "%2E%2E"),
        ("a b#c", "a%20b%23c"),
    ],
)
@pytest.mark.parametrize("family", FAMILIES)
def test_an_id_is_one_segment_of_the_path(musicapi, family, id_, segment):
    """p10: `get_task('a/../../get-credits?x=1')` requested `/sonic/get-credits?x=1`."""
    state = {"family": family, "operation": f"{family}/create"}
    sent = next(musicapi.poll(Ticket(provider="musicapi", id=id_, state=state)))
    assert sent.url.rpartition("/")[2] == segment


def test_polls_come_every_15_to_25_seconds(musicapi):
    """p10: a poll every 5 seconds, where 15 to 25 are recommended."""
    assert musicapi.cadence.first * 0.9 >= 15
    assert musicapi.cadence.cap <= 25


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "body",
    [{"type": "bad_request", "error": "no"}, {"code": 500, "message": "no"}, {"code": "500"}],
)
def test_any_failure_ends_the_wait(musicapi, family, body):
    """p11: `type: bad_request` and `{code:500}` polled until the time was up."""
    told = looks(musicapi, body, family, operation=f"{family}/create")
    assert told.status is Status.FAILED
