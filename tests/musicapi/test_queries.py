"""Queries, fed by hand: what is asked, what is answered, and what is never asked twice."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import (
    ConnectionLost,
    ContentPolicy,
    InsufficientFunds,
    InvalidTask,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    SegueError,
    Unavailable,
    Unsupported,
)
from segue.flow import Call, Sleep
from segue.tasks import Query
from segue_musicapi import queries as q
from segue_musicapi.provider import MusicAPI

from .garbage import replies
from .known import CLIP, ID, NOT_READY, PAGE, as_json, ended, fed

URL = "https://cdn.example.com/a.mp3"
MIDI = "https://cdn.example.com/a.mid"


def data(**told):
    return {"code": 200, "message": "success", "data": told}


CASES = [
    (
        q.WriteLyrics(description="a song about the sea"),
        ("POST", "/sonic/lyrics", {"description": "a song about the sea"}),
        {"code": 200, "results": [{"title": "Sea", "lyrics": "[Verse]"}, {"lyrics": "[Chorus]"}]},
        (q.Words(title="Sea", lyrics="[Verse]"), q.Words(title=None, lyrics="[Chorus]")),
    ),
    (
        q.AlignedLyrics(clip=CLIP),
        ("POST", "/sonic/aligned-lyrics", {"clip_id": CLIP}),
        data(
            alignment=[
                {"word": "Oh", "start_s": 0.5, "end_s": "0.9", "p_align": 0.98, "success": True},
                {"word": "no", "start_s": 1, "end_s": 2, "success": False},
                {"tomorrow": 1},
                7,
            ]
        ),
        (
            q.SungWord(text="Oh", start=0.5, end=0.9, certainty=0.98),
            q.SungWord(text="no", start=1.0, end=2.0, found=False),
        ),
    ),
    (
        q.Bpm(clip=CLIP),
        ("POST", "/sonic/bpm", {"clip_id": CLIP}),
        data(avg_bpm=120.5, max_bpm="124", min_bpm=118),
        q.Tempo(average=120.5, fastest=124.0, slowest=118.0),
    ),
    (
        q.UpsampleTags(tags="lofi"),
        ("POST", "/sonic/upsample-tags", {"tags": "lofi"}),
        data(upsampled_tags="lofi, dusty, warm"),
        "lofi, dusty, warm",
    ),
    (
        q.Persona(name="Ada", clip=CLIP, description="warm", vocals="v1", start=1, end=9),
        (
            "POST",
            "/sonic/persona",
            {
                "name": "Ada",
                "clip_id": CLIP,
                "describe": "warm",
                "vox_audio_id": "v1",
                "vocal_start_s": 1,
                "vocal_end_s": 9,
            },
        ),
        {"code": 200, "persona_id": "p1", "message": "success"},
        "p1",
    ),
    (
        q.Vox(clip=CLIP, start=2.0, end=8.0),
        ("POST", "/sonic/vox", {"clip_id": CLIP, "vocal_start_s": 2.0, "vocal_end_s": 8.0}),
        data(vox_audio_id="v1", status="complete", source_clip_id=CLIP, vocal_start_s="2"),
        q.Vocals(id="v1", status="complete", clip=CLIP, start=2.0),
    ),
    (
        q.Midi(clip=CLIP),
        ("POST", "/sonic/midi", {"clip_id": CLIP}),
        data(midi_url=MIDI, instruments=[{"name": "piano"}, "drums"]),
        q.Score(url=MIDI, instruments=({"name": "piano"}, "drums")),
    ),
    (
        q.Wav(clip=CLIP),
        ("POST", "/sonic/wav", {"clip_id": CLIP}),
        {"message": "success", "data": {"wav_url": "https://cdn.example.com/a.wav"}},
        "https://cdn.example.com/a.wav",
    ),
    (
        q.SonicUpload(url=URL),
        ("POST", "/sonic/upload", {"url": URL}),
        {"code": 200, "message": "success", "clip_id": CLIP},
        CLIP,
    ),
    (
        q.RiffusionUpload(url=URL),
        ("POST", "/riffusion/upload", {"url": URL}),
        {"code": 200, "message": "success", "clip_id": CLIP},
        CLIP,
    ),
    (
        q.GetSong(link="https://suno.com/s/x"),
        ("POST", "/suno/get-song", {"share_link": "https://suno.com/s/x"}),
        {"audio_url": URL, "song_title": "Sea", "song_author": "Ada", "music_styles": "lofi"},
        q.SharedSong(title="Sea", author="Ada", styles="lofi", audio_url=URL),
    ),
]
FREE = [
    (
        q.GetLyrics(task=ID),
        f"/suno/get-lyrics/{ID}",
        data(status="complete", text="[Verse]", title="Sea", task_id=ID, input="sea", metadata={}),
        q.WrittenLyrics(status="complete", text="[Verse]", title="Sea", brief="sea"),
    ),
    (
        q.Credits(),
        "/get-credits",
        {"credits": 50, "extra_credits": 0.5, "tomorrow": 1},
        q.CreditsLeft(credits=Decimal(50), extra=Decimal("0.5")),
    ),
]
EVERY = [case[0] for case in CASES] + [case[0] for case in FREE]


def ask(query):
    return MusicAPI().ask(query)


@pytest.mark.parametrize(("query", "request_", "answer", "expected"), CASES)
def test_a_query_is_asked_in_musicapis_words_and_answered_in_its_own(
    query, request_, answer, expected
):
    sent = next(ask(query))
    assert (sent.method, sent.url, sent.json) == request_
    assert sent.spends
    assert fed(ask(query), as_json(answer)) == expected


@pytest.mark.parametrize(("query", "url", "answer", "expected"), FREE)
def test_a_look_is_free(query, url, answer, expected):
    sent = next(ask(query))
    assert (sent.method, sent.url, sent.spends, query.spends) == ("GET", url, False, 0)
    assert fed(ask(query), as_json(answer)) == expected


@pytest.mark.parametrize("query", EVERY)
def test_unknown_fields_pass_through_and_unknown_keys_do_no_harm(query):
    known = {name: getattr(query, name) for name in query.__struct_fields__}
    query = type(query)(**{**known, "extra": {"musicapi": {"new": 1}}})
    sent = next(ask(query))
    assert (sent.params or sent.json)["new"] in {1, "1"}


@pytest.mark.parametrize("query", EVERY)
def test_no_query_spends_more_often_than_it_says(query):
    assert sum(_spendings(ask(query))) <= query.spends


def _spendings(flow):
    """Whether each of its calls spends, with a vendor that is never ready."""
    answer = None
    with suppress(SegueError, StopIteration):
        while True:
            effect = flow.send(answer)
            yield isinstance(effect, Call) and effect.spends
            answer = as_json(NOT_READY, 202)


def test_a_score_is_asked_for_until_it_is_ready():
    flow = ask(q.Midi(clip=CLIP, every=3.0))
    first = next(flow)
    assert flow.send(as_json(NOT_READY, 202)) == Sleep(seconds=3.0)
    assert flow.send(None) == first
    assert flow.send(as_json(NOT_READY)) == Sleep(seconds=3.0)
    assert flow.send(None) == first
    with pytest.raises(StopIteration) as done:
        flow.send(as_json(data(midi_url=MIDI, instruments=None)))
    assert done.value.value == q.Score(url=MIDI)


def test_a_score_that_is_not_ready_in_time_is_told_as_such():
    waits = as_json(NOT_READY, 202)
    error = ended(ask(q.Midi(clip=CLIP, looks=2)), waits, None, waits)
    assert isinstance(error, Unavailable)
    assert "2 requests" in str(error)


def test_a_score_whose_answer_was_lost_is_not_asked_for_again():
    query = q.Midi(clip=CLIP, looks=5)
    assert query.spends == 5
    waits = as_json(NOT_READY, 202)
    assert isinstance(ended(ask(query), waits, None, ConnectionLost("gone")), ConnectionLost)


def test_lyrics_that_are_still_written_are_an_answer():
    unfinished = q.WrittenLyrics(status="not_ready")
    assert fed(ask(q.GetLyrics(task=ID)), as_json(NOT_READY, 202)) == unfinished
    assert fed(ask(q.GetLyrics(task=ID)), as_json(NOT_READY)) == unfinished


def test_only_the_timeout_that_is_documented_as_uncharged_may_be_asked_again():
    lyrics = next(ask(q.WriteLyrics(description="x")))
    assert lyrics.uncharged == {504}
    assert all(not next(ask(query)).uncharged for query, *_ in CASES[1:])


def test_a_504_of_a_look_is_not_asked_for_again():
    assert next(ask(q.GetLyrics(task=ID))).final == {504}


def test_an_import_is_waited_for():
    assert next(ask(q.SonicUpload(url=URL))).timeout >= 60


def test_an_id_stays_one_segment_of_the_path():
    sent = next(ask(q.GetLyrics(task="a/../../get-credits?x=1")))
    assert sent.url == "/suno/get-lyrics/a%2F..%2F..%2Fget-credits%3Fx%3D1"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (q.WriteLyrics(description="d" * 120), "description"),
        (q.WriteLyrics(description=""), "description"),
        (q.Persona(name="n" * 80, clip=CLIP), "name"),
        (q.Persona(name="n", clip=CLIP, styles="s" * 2001), "styles"),
        (q.Persona(name="n", clip=CLIP, start=9, end=3), "end"),
        (q.Vox(clip=CLIP, start=-1), "start"),
        (q.Vox(clip=CLIP, end=0), "end"),
        (q.Midi(clip=CLIP, looks=0), "looks"),
        (q.Bpm(clip=""), "clip"),
        (q.Bpm(clip=7), "clip"),
        (q.SonicUpload(url="a.mp3"), "url"),
        (q.RiffusionUpload(url="file:///etc/passwd"), "url"),
        (q.GetSong(link="suno.com/s/x"), "link"),
    ],
)
def test_what_would_be_refused_is_told_before_anything_is_sent(query, field):
    with pytest.raises(InvalidTask) as caught:
        ask(query)
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": "Authorization header is missing."}, SegueError),
        (403, {"error": "You do not have enough credits"}, InsufficientFunds),
        (403, {"error": "No active subscription"}, InsufficientFunds),
        (403, {"error": "Content moderation: inappropriate lyrics"}, ContentPolicy),
        (404, {"error": "clip not found or has no lyrics"}, NotFound),
        (410, {"error": "retired"}, Rejected),
        (429, {"error": "slow down"}, RateLimited),
        (500, {"error": "internal"}, Unavailable),
        (504, {"error": "Upstream generation timed out (no credits charged)."}, Unavailable),
        (200, {"type": "failed", "error": "no vocals"}, Rejected),
        (200, {"code": 403, "message": "insufficient credits"}, InsufficientFunds),
        (200, {"code": 500, "message": "internal"}, Unavailable),
    ],
)
@pytest.mark.parametrize("query", EVERY)
def test_a_refusal_is_an_error_whatever_it_comes_as(query, status, body, kind):
    assert isinstance(ended(ask(query), as_json(body, status)), kind)


@pytest.mark.parametrize(("query", "_request", "answer", "expected"), CASES)
def test_a_type_that_nobody_knows_does_not_hide_the_answer(query, _request, answer, expected):
    assert fed(ask(query), as_json({**answer, "type": "new", "trace": []})) == expected


def test_every_reason_is_told_at_once():
    with pytest.raises(InvalidTask) as caught:
        ask(q.Persona(name="", clip="", styles="s" * 2001))
    assert [problem.field for problem in caught.value.problems] == ["name", "clip", "styles"]


@pytest.mark.parametrize("answer", [PAGE, as_json([]), as_json({}), as_json({"code": 200})])
@pytest.mark.parametrize("query", EVERY)
def test_an_answer_that_answers_nothing_is_an_error(query, answer):
    assert isinstance(ended(ask(query), answer), ProtocolError)


@pytest.mark.parametrize("query", [case[0] for case in CASES if not isinstance(case[0], q.Midi)])
def test_what_is_not_made_yet_is_no_answer(query):
    assert isinstance(ended(ask(query), as_json(NOT_READY, 202)), Unavailable)


def test_an_interim_stream_is_never_a_file():
    stream = "https://audiopipe.suno.ai/?item_id=1"
    assert isinstance(ended(ask(q.Wav(clip=CLIP)), as_json(data(wav_url=stream))), ProtocolError)


def test_no_lyrics_to_align_are_an_answer_and_unreadable_ones_are_not():
    assert fed(ask(q.AlignedLyrics(clip=CLIP)), as_json(data(alignment=[]))) == ()
    odd = as_json(data(alignment=[{"w": 1}]))
    assert isinstance(ended(ask(q.AlignedLyrics(clip=CLIP)), odd), ProtocolError)


def test_the_balance_is_the_sum_of_both_kinds_of_credits(musicapi):
    (money,) = fed(musicapi.balance(), as_json({"credits": 50, "extra_credits": 25}))
    assert str(money) == "75 credits"


class Unheard(Query[str], frozen=True, kw_only=True, tag="unheard"):
    """A query of nobody's."""


def test_a_query_of_another_vendors_is_refused(musicapi):
    with pytest.raises(Unsupported):
        musicapi.ask(Unheard())


def test_every_query_is_offered(musicapi):
    assert set(musicapi.capabilities.queries) == {type(query) for query in EVERY}


@given(reply=replies(), query=st.sampled_from(EVERY))
def test_garbage_ends_in_an_error_of_the_tree_or_an_answer(reply, query):
    try:
        fed(ask(query), *([reply, None] * 30))
    except SegueError as error:
        assert str(error)  # noqa: PT017 - either way is right
