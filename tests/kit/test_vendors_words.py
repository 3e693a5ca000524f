"""How a job stands, in words that each vendor might use: the same for all of them."""

from __future__ import annotations

import pytest

from segue.errors import ProtocolError
from segue.flow import Reply
from segue.job import Snapshot, Status, Ticket
from segue_marketplace.outcomes import outcome as of_marketplace
from segue_marketplace.refusals import refused as by_marketplace
from segue_musicapi import MusicAPI
from segue_musicapi.refusals import refused as by_musicapi
from segue_venice.outcomes import outcome as of_venice
from segue_venice.refusals import refused as by_venice
from tests.kit.metronome import json


def venice(word: str, **more: object) -> Snapshot:
    return of_venice(json({"status": word, **more}))


def marketplace(word: str, **more: object) -> Snapshot:
    return of_marketplace(json({"status": word, **more}), Ticket(provider="marketplace", id="j"))


def musicapi(family: str, reply: Reply, **state: str) -> Snapshot:
    ticket = Ticket(provider="musicapi", id="t", state={"family": family, **state})
    flow = MusicAPI().poll(ticket)
    next(flow)
    try:
        flow.send(reply)
    except StopIteration as done:
        seen: Snapshot = done.value
        return seen
    raise AssertionError("one request is one look")


def sonic(word: str, **more: object) -> Snapshot:
    return musicapi("sonic", json({"code": 200, "data": [{"clip_id": "c", "state": word, **more}]}))


def producer(word: str, **more: object) -> Snapshot:
    return musicapi("producer", json({"code": 200, "status": word, "data": [{"id": "c"}], **more}))


def studio(word: str, **more: object) -> Snapshot:
    return musicapi("studio", json({"code": "success", "data": {"status": word, **more}}))


VENDORS = (venice, marketplace, sonic, producer, studio)
vendors = pytest.mark.parametrize("vendor", VENDORS)


@vendors
@pytest.mark.parametrize(
    ("word", "bad"),
    [
        ("error", True),
        ("Failed", True),
        ("canceled", True),
        ("CANCELLED", True),
        ("time-out", True),
        ("In-Progress", False),
        ("moderated", True),
        ("expired", True),
    ],
)
def test_a_bad_end_in_any_usual_word_is_an_end(vendor, word, bad):
    seen = vendor(word, error="the singer has a cold")
    assert seen.status.terminal is bad
    if bad:
        assert seen.status is not Status.SUCCEEDED
        assert "the singer has a cold" in seen.error.message


@vendors
def test_a_reason_beside_an_unknown_word_is_shown_at_once(vendor):
    seen = vendor("grumbling", error="the singer has a cold")
    assert seen.status is Status.UNKNOWN
    assert "the singer has a cold" in str(seen)


@pytest.mark.parametrize(
    "url", [None, "", [], {}, 7, "file:///etc/passwd", "data:audio/wav;base64,"]
)
def test_done_without_an_address_says_what_is_the_matter(url):
    seen = [
        venice("COMPLETED", url=url),
        marketplace("succeeded", results=[] if url is None else url),
        sonic("succeeded", audio_url=url),
        producer("SUCCESS", data=[{"id": "c", "audio_url": url}]),
        studio("SUCCESS", data={"songs": [{"id": "c", "song_path": url}]}),
    ]
    assert [one.status.terminal for one in seen] == [False] * len(seen)
    assert all(one.missing for one in seen), seen


def test_done_without_a_song_says_so_too():
    seen = [producer("SUCCESS", data=[]), studio("SUCCESS", data={"songs": []})]
    assert all("names no song" in one.missing for one in seen), seen


def test_an_interim_stream_is_no_missing_file():
    assert not sonic("succeeded", audio_url="https://audiopipe.suno.ai/?item_id=c").missing


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "²", [], {}, -1, 10**400, "9" * 5000, True])
def test_one_odd_value_spoils_no_look(odd):
    for name in ("average_execution_time", "execution_duration", "error", "error_code", "url"):
        assert venice("PROCESSING", **{name: odd}).status is Status.RUNNING
    song = {"audio_url": "https://x.example/a.mp3", "duration": odd}
    assert sonic("succeeded", **song).status is Status.SUCCEEDED


@pytest.mark.parametrize(
    "seen",
    [
        lambda: of_venice(json({"error": "no", "suggested_prompt": "a calm sea"}, 422)),
        lambda: venice("FAILED", error="no", suggested_prompt="a calm sea"),
        lambda: marketplace("failed", error={"message": "no", "suggested_prompt": "a calm sea"}),
        lambda: producer("FAILURE", message="no", suggested_prompt="a calm sea"),
    ],
)
def test_a_prompt_that_would_be_accepted_is_kept(seen):
    assert seen().error.suggested_prompt == "a calm sea"


@pytest.mark.parametrize("body", [b"GPU exploded", b"<html><body>GPU exploded</body></html>"])
@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("refused", [by_venice, by_marketplace, by_musicapi])
def test_what_a_page_says_is_in_the_error(refused, status, body):
    assert "GPU exploded" in refused(Reply(status=status, body=body)).message


@pytest.mark.parametrize("refused", [by_venice, by_marketplace, by_musicapi])
def test_of_a_page_only_what_a_person_would_read_is_quoted(refused):
    page = b"""<!DOCTYPE html><html><head><style>p {color: red}</style>
      <script>track("x < y")</script><title>Attention Required!</title></head>
      <body class="a>b"><p>Blocked &amp; logged<br/><a href="""
    head = {"content-type": "text/html"}
    for status in (500, 503):
        told = refused(Reply(status=status, headers=head, body=page)).message
        assert "Attention Required! Blocked & logged" in told
        assert not [word for word in ("<", "color", "track", "DOCTYPE", "href") if word in told]


def test_half_a_character_beside_an_odd_type_reaches_no_snapshot():
    body = b'{"status": 5, "error": "\\ud83c"}'
    for type_ in (dict[str, str], dict[str, object]):
        try:
            told = Reply(status=200, body=body).json(type_)
        except ProtocolError:
            continue
        str(told).encode()
