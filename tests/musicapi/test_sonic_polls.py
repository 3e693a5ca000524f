"""What each answer of `/sonic/task/ID` says of a job."""

from __future__ import annotations

import json
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import (
    AuthenticationFailed,
    InsufficientFunds,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    SegueError,
    Unavailable,
)
from segue.flow import Reply
from segue.job import Snapshot, Status
from segue_musicapi import MusicAPI

from .known import (
    CLIP,
    DONE,
    FILE,
    ID,
    INTERIM,
    NOT_READY,
    OTHER,
    PAGE,
    as_json,
    ended,
    fed,
    song,
    songs,
    ticket,
)

TIMEOUT = "Task failed due to timeout. Credits were previously refunded."


def seen(musicapi, body, status=200, **told) -> Snapshot:
    return fed(musicapi.poll(ticket(**told)), as_json(body, status))


def test_a_poll_is_a_free_get_with_the_id_as_one_segment(musicapi):
    sent = next(musicapi.poll(ticket()))
    assert (sent.method, sent.url, sent.spends) == ("GET", f"/sonic/task/{ID}", False)
    assert 504 in sent.final


RUNNING = [
    (202, NOT_READY),
    (202, {}),
    (200, NOT_READY),
    (200, {"code": 102, "message": "x"}),
    (200, {"code": "102"}),
    (200, {"status": 102, "message": "x"}),
    (200, {"type": "running"}),
    (200, songs()),
    (200, songs(song("running"), song("running"))),
    (200, songs(song("running", audio_url=INTERIM), song("pending"))),
    (200, songs(song(), song("running", audio_url=INTERIM))),
    (200, songs(song("streaming", audio_url=INTERIM))),
    (200, songs(song("running"), code=102)),
    (200, songs(song(audio_url=INTERIM), song())),
    (200, songs(song(audio_url=None))),
]


@pytest.mark.parametrize(("status", "body"), RUNNING)
def test_these_jobs_still_run(musicapi, status, body):
    told = seen(musicapi, body, status)
    assert told.status is Status.RUNNING
    assert all(track.url != INTERIM for track in told.tracks)


def test_what_nobody_knows_is_kept_as_far_as_json_can_hold_it(musicapi):
    deep = {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}}}
    odd = song(tags="la " * 9000, plays=2**80, likes=[7, -(2**80)], deep=deep)
    told = seen(musicapi, songs(odd))
    details = told.tracks[0].details
    assert details["tags"] == ("la " * 9000)[:4000]
    assert "plays" not in details
    assert details["likes"] == [7, None]
    assert len(msgspec.json.encode(told)) < 10_000


def test_songs_that_all_wait_are_queued(musicapi):
    assert seen(musicapi, songs(song("pending"), song("pending"))).status is Status.QUEUED


def test_a_state_that_no_table_knows_is_waited_on_and_kept(musicapi):
    told = seen(musicapi, songs(song(), song("polishing")))
    assert told.status is Status.UNKNOWN
    assert "polishing" in told.word


def test_progress_is_the_share_of_songs_that_are_done(musicapi):
    assert seen(musicapi, songs(song("running"), song("running"))).progress == 0.0
    assert seen(musicapi, songs(song(), song("running"))).progress == 0.5
    assert seen(musicapi, DONE).progress == 1.0


def test_a_finished_song_is_read_to_the_letter(musicapi):
    told = seen(musicapi, songs(song()))
    (track,) = told.tracks
    assert told.status is Status.SUCCEEDED
    assert (track.id, track.title, track.url) == (CLIP, "Sunshine in My Pocket", FILE)
    assert track.lyrics == "[Verse]..."
    assert track.details["mv"] == "chirp-v5"
    assert track.details["image_url"] == "https://cdn2.suno.ai/image_30264033.jpeg"


@pytest.mark.parametrize("code", [102, 500, None, "soon"])
def test_songs_that_are_done_are_done_whatever_the_code_says(musicapi, code):
    assert seen(musicapi, songs(song(), song(), code=code)).status is Status.SUCCEEDED


def test_a_field_that_is_new_tomorrow_is_kept(musicapi):
    told = seen(musicapi, songs(song(mood={"valence": 0.3}), remaining_credits=12, trace="x"))
    assert told.tracks[0].details["mood"] == {"valence": 0.3}


@pytest.mark.parametrize(
    ("told", "duration"),
    [("104.88", 104.88), (104.88, 104.88), (104, 104.0), (None, None), ("long", None), (-1, None)],
)
def test_a_duration_is_seconds_however_it_is_written(musicapi, told, duration):
    assert seen(musicapi, songs(song(duration=told))).tracks[0].duration == duration


ODD = [
    None,
    "soon",
    7,
    [],
    {},
    song(clip_id=[], title={}, lyrics=7, audio_url=False, duration=[1], state="succeeded"),
    {**song(), "state": {"is": "odd"}},
    song(duration="nan", error_message={"message": 7}, plays=2**80),
    {"extended": "soon", "full": 7},
    {"replaced": None, "full": None},
]


@pytest.mark.parametrize("odd", ODD)
def test_a_song_reads_the_same_beside_an_odd_one(musicapi, odd):
    (alone,) = seen(musicapi, songs(song())).tracks
    before, *_ = seen(musicapi, songs(song(), odd)).tracks
    *_, after = seen(musicapi, songs(odd, song())).tracks
    assert before == after == alone


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("HTTPS://CDN1.suno.ai/a.mp3", True),
        ("http://cdn.example/audiopipe.mp3", True),
        ("https://audiopipes.example/a.mp3", True),
        ("HTTPS://AudioPipe.suno.ai/?item_id=1", False),
        ("http\u017f://cdn1.suno.ai/a.mp3", False),
        ("ftp://cdn1.suno.ai/a.mp3", False),
        (" https://cdn1.suno.ai/a.mp3", False),
        (5, False),
    ],
)
def test_a_songs_file_is_an_address_of_the_web_and_no_interim_stream(musicapi, url, kept):
    (track,) = seen(musicapi, songs(song(audio_url=url))).tracks
    assert track.url == (url if kept else None)
    assert track.status is (Status.SUCCEEDED if kept else Status.RUNNING)


STANDS = ("succeeded", "failed", "running", "pending", "polishing")


@pytest.mark.parametrize("stands", [*product(STANDS, repeat=1), *product(STANDS, repeat=2)])
def test_a_job_stands_as_its_songs_do(musicapi, stands):
    told = seen(musicapi, songs(*map(song, stands)))
    assert told.status is _job(set(stands))
    assert told.word == ", ".join(dict.fromkeys(stands))
    done = stands.count("succeeded") / len(stands)
    assert told.progress == (1.0 if told.status is Status.SUCCEEDED else done)
    assert bool(told.notes) is told.partial
    assert (told.error is not None) is (told.status is Status.FAILED)


def _job(stands: set[str]) -> Status:
    if "polishing" in stands:
        return Status.UNKNOWN
    if stands == {"pending"}:
        return Status.QUEUED
    if stands & {"pending", "running"}:
        return Status.RUNNING
    return Status.SUCCEEDED if "succeeded" in stands else Status.FAILED


def test_one_song_of_two_that_failed_leaves_a_partial_success(musicapi):
    told = seen(musicapi, songs(song(), song("failed", clip_id=OTHER, error_message="no luck")))
    assert (told.status, told.partial) == (Status.SUCCEEDED, True)
    assert told.tracks[1].error.message == "no luck"
    assert "1 of 2 songs failed: no luck" in told.notes
    assert [a.track for a in fed(musicapi.download(ticket(), told))] == [CLIP]


def test_a_job_of_which_all_songs_failed_has_failed(musicapi):
    told = seen(musicapi, songs(song("failed", error_message="no luck"), song("failed")))
    assert (told.status, told.error.message) == (Status.FAILED, "no luck")
    assert "does not prove" in told.error.refund


@pytest.mark.parametrize("kind", ["failed", "timeout", "forbidden", "api_error", "bad_request"])
@pytest.mark.parametrize("key", ["error", "message"])
def test_a_type_that_is_not_not_ready_is_a_failure(musicapi, kind, key):
    told = seen(musicapi, {"type": kind, key: "the reason"})
    assert (told.status, told.word) == (Status.FAILED, kind)
    assert (told.error.message, told.error.code) == ("the reason", kind)
    assert told.error.charged is None


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, {"type": "exploded", "error": "a new kind of failure"}, "a new kind"),
        (200, {"type": "failed", "error": "no", "data": []}, "no"),
        (200, {"code": 500, "message": "Internal"}, "Internal"),
        (200, {"code": "500", "error": "Internal"}, "Internal"),
        (200, {"code": 400, "error": {"message": "nested"}}, "nested"),
        (400, {"type": "bad_request", "error": "bad words"}, "bad words"),
        (504, {"error": TIMEOUT}, TIMEOUT),
        (504, {"code": 504, "message": TIMEOUT}, TIMEOUT),
        (504, {"detail": TIMEOUT}, TIMEOUT),
        (403, {"error": "The lyrics contain inappropriate content: 'x'."}, "inappropriate"),
        (200, {"code": 403, "message": "The song description needs moderation review."}, "review"),
    ],
)
def test_these_are_verdicts_on_the_job(musicapi, status, body, reason):
    told = seen(musicapi, body, status)
    assert told.status is Status.FAILED
    assert reason in told.error.message


def test_a_refund_is_said_by_the_vendor(musicapi):
    told = seen(musicapi, {"error": TIMEOUT}, 504)
    assert told.error.refund == f"MusicAPI says: {TIMEOUT}"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "task not found."}, NotFound),
        (400, {"error": "missing task id."}, NotFound),
        (404, {"message": "Task not found"}, NotFound),
        (400, {"type": "bad_request", "error": "task not found."}, NotFound),
        (404, {}, NotFound),
        (200, {"code": 404, "message": "task not found."}, NotFound),
        (200, {"type": "failed", "error": "task not found."}, NotFound),
        (400, {"error": "no"}, Rejected),
        (401, {"error": "Authorization header is missing."}, AuthenticationFailed),
        (200, {"code": 401, "message": "Invalid authorization format."}, AuthenticationFailed),
        (402, {"error": "no credits"}, InsufficientFunds),
        (403, {"error": "You do not have an active subscription."}, InsufficientFunds),
        (429, {"error": "slow down"}, RateLimited),
        (200, {"code": 429, "message": "slow down"}, RateLimited),
        (500, {"error": "Internal Server Error."}, Unavailable),
        (502, {"message": "bad gateway"}, Unavailable),
        (504, {"message": "Endpoint request timed out"}, Unavailable),
        (200, {}, ProtocolError),
        (200, [], ProtocolError),
        (200, {"code": 200, "message": "success"}, ProtocolError),
        (200, {"code": 200, "data": "soon"}, ProtocolError),
        (200, {"code": 200, "data": {"x": 1}}, ProtocolError),
        (302, {"error": "elsewhere"}, ProtocolError),
    ],
)
def test_these_are_no_verdict_on_the_job(musicapi, status, body, kind):
    error = ended(musicapi.poll(ticket()), as_json(body, status))
    assert type(error) is kind


@pytest.mark.parametrize("status", [200, 400, 404, 504])
def test_a_proxys_page_judges_no_job(musicapi, status):
    page = Reply(status=status, headers=PAGE.headers, body=PAGE.body)
    assert isinstance(ended(musicapi.poll(ticket()), page), ProtocolError | Unavailable)


def test_a_voice_is_an_object_and_its_id_is_what_generate_takes(musicapi):
    body = {"code": 200, "data": {"persona_id": "p-1", "name": "Ann"}}
    told = seen(musicapi, body, operation="sonic/create-voice")
    (track,) = told.tracks
    assert (told.status, track.id, track.title) == (Status.SUCCEEDED, "p-1", "Ann")
    assert "p-1" in told.notes[0]
    assert fed(musicapi.download(ticket(operation="sonic/create-voice"), told)) == []


def test_a_voice_may_be_told_at_the_top(musicapi):
    told = seen(musicapi, {"code": 200, "persona_id": "p-1", "message": "success"})
    assert told.tracks[0].id == "p-1"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"status": "running"}, Status.RUNNING),
        ({"state": "pending"}, Status.QUEUED),
        ({"status": "failed", "error": "too short"}, Status.FAILED),
        (song(), Status.SUCCEEDED),
        (song("running"), Status.RUNNING),
    ],
)
def test_an_object_is_read_as_far_as_it_tells(musicapi, data, status):
    assert seen(musicapi, {"code": 200, "data": data}).status is status


@pytest.mark.parametrize("part", ["extended", "replaced"])
def test_a_pair_is_waited_for_until_its_songs_are_joined(musicapi, part):
    whole = song(clip_id="whole", audio_url="https://cdn.example/whole.mp3")
    joining = seen(musicapi, songs({part: song(), "full": None}, {part: song(), "full": None}))
    assert joining.status is Status.RUNNING
    joined = seen(musicapi, songs({part: song(), "full": whole}))
    assert (joined.status, joined.tracks[0].id) == (Status.SUCCEEDED, "whole")
    assert joined.tracks[0].details["part"] == CLIP
    failed = seen(musicapi, songs({part: song("failed"), "full": None}))
    assert failed.status is Status.FAILED


STEMS = [
    songs(song(title="Vocals"), song(title="Drums")),
    {"code": 200, "data": [{"title": "Vocals", "audio_url": FILE}, {"audio_url": FILE}]},
    {"code": 200, "data": {"vocals": FILE, "drums": FILE}},
    {"code": 200, "data": {"vocals": {"audio_url": FILE}, "drums": {"audio_url": FILE}}},
    {"code": 200, "data": {"stems": [song(title="Vocals"), song(title="Drums")]}},
]


@pytest.mark.parametrize("body", STEMS)
def test_stems_are_saved_as_stems_whatever_their_form(musicapi, body):
    """Their form is not documented; one live answer held 24 files."""
    told = seen(musicapi, body, operation="sonic/stems/full")
    assert told.status is Status.SUCCEEDED
    assets = fed(musicapi.download(ticket(operation="sonic/stems/full"), told))
    assert [asset.kind for asset in assets] == ["stem", "stem"]


def test_a_download_carries_no_key_and_goes_to_any_host(musicapi):
    told = seen(musicapi, songs(song(), song(audio_url="https://cdn.musicapi.ai/x/y.wav?s=1")))
    first, second = fed(musicapi.download(ticket(model="sonic-v5"), told))
    assert (first.source.method, first.source.url, first.source.keyed) == ("GET", FILE, False)
    assert (first.kind, first.containers, second.containers) == ("track", ("mp3",), ("wav",))
    assert first.name == "Sunshine in My Pocket"


def test_a_warning_of_the_submission_is_told_with_every_look(musicapi):
    state = {"warning": "voices are deleted after 30 days"}
    told = seen(musicapi, NOT_READY, 202, state=state)
    assert told.notes == ("MusicAPI warns: voices are deleted after 30 days",)


def test_an_upload_has_ended_when_it_was_accepted(musicapi):
    done = fed(musicapi.poll(ticket(operation="sonic/upload", state={"settled": True})))
    assert (done.status, done.tracks[0].id) == (Status.SUCCEEDED, ID)
    assert fed(musicapi.download(ticket(operation="sonic/upload"), done)) == []


WORDS = st.none() | st.text(max_size=6) | st.floats() | st.integers() | st.booleans()
KEYS = st.sampled_from(
    [
        *("code", "type", "status", "error", "message", "data", "task_id", "failed_step", "steps"),
        *("clip_id", "state", "audio_url", "duration", "persona_id", "full", "extended", "title"),
    ]
)
STATES = st.sampled_from(["pending", "running", "succeeded", "failed", "streaming", "not_ready"])
URLS = st.sampled_from([FILE, INTERIM, "ftp://x", "https://[", ""])
JSON = st.recursive(
    WORDS | STATES | URLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=16,
)
BODIES = JSON.map(lambda told: json.dumps(told).encode()) | st.binary(max_size=40) | st.none()
STATUSES = st.sampled_from([200, 200, 202, 204, 302, 400, 401, 402, 403, 404, 410, 429, 500, 504])
OPERATIONS = st.sampled_from(["sonic/create/create_music", "sonic/stems/full", "", "sonic/upload"])


@given(status=STATUSES, body=BODIES, operation=OPERATIONS)
def test_garbage_is_a_snapshot_or_an_error_of_the_tree(status, body, operation):
    musicapi = MusicAPI()
    job = ticket(operation=operation)
    try:
        told = fed(musicapi.poll(job), Reply(status=status, body=body))
    except SegueError:
        return
    assert isinstance(told, Snapshot)
    assert told.status is not Status.SUCCEEDED or status < 300
    assert (told.status is Status.FAILED) == (told.error is not None)
    for track in told.tracks:
        assert not (track.url or "").startswith("https://audiopipe")
    for asset in fed(musicapi.download(job, told)):
        assert asset.source.url.startswith("http")
