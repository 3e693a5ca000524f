"""Flows side by side, and answers that are read as they come, over real HTTP on every driver."""

import threading
from typing import Any

import pytest
from sounds import wave
from toy_vendor import Answer, Toy

from segue.errors import (
    BrokenPlugin,
    ConnectionLost,
    ContentPolicy,
    RateLimited,
    Rejected,
    Unsupported,
)
from segue.flow import Call, Flow, Reply, Save, Stream, call, save, together
from segue.hooks import hookimpl
from segue.job import Asset, Saved
from segue.provider import Capabilities
from segue.refusals import refusal
from segue.tasks import Query

SONG = wave(bytes(3000))


class Several(Query[list[str]], frozen=True, kw_only=True, tag="several-of-toy"):
    """Ask for some pages side by side, `most` at a time."""

    pages: tuple[str, ...]
    most: int = 4
    spends: int = 0


class Aloud(Query[Saved], frozen=True, kw_only=True, tag="aloud-of-toy"):
    """Read some pages as they come."""

    pages: tuple[str, ...]
    spends: int = 9


class Talker(Toy):
    """A toy that answers questions."""

    capabilities = Capabilities(tasks={}, queries=(Several, Aloud), streams=(Aloud,))

    def ask(self, query: Query[Any]) -> Flow[Any]:
        if isinstance(query, Aloud):
            return self._saved(query)
        if not isinstance(query, Several):
            return super().ask(query)
        return together(
            [self._page(page, spends=query.spends > 0) for page in query.pages], most=query.most
        )

    def stream(self, query: Query[Any]) -> Flow[Stream]:
        if not isinstance(query, Aloud):
            return super().stream(query)
        return self._stream(query)

    def _stream(self, query: Aloud) -> Flow[Stream]:
        yield from ()
        calls = tuple(Call(method="POST", url=page, spends=True) for page in query.pages)
        return Stream(calls=calls, accept=self._accept)

    def _accept(self, reply: Reply) -> None:
        if not reply.ok:
            raise refusal(reply)
        if reply.body is not None:
            raise reply.unlike("no sound")

    def _page(self, page: str, *, spends: bool) -> Flow[str]:
        reply = yield from call("POST", page, spends=spends)
        if not reply.ok:
            raise refusal(reply)
        return reply.text

    def _saved(self, query: Aloud) -> Flow[Saved]:
        source = Call(method="POST", url=query.pages[0], spends=True)
        asset = Asset(kind="track", name="a", containers=("wav",), source=source)
        return (yield from save(Save(asset=asset, path=self.path, exact=True)))


@pytest.fixture
def talker(toy, tmp_path):
    talker = Talker()
    talker.path = tmp_path / "a.wav"
    return talker


def text(body, **options):
    return Answer(body=body.encode(), kind="text/plain", **options)


def sound(body, **options):
    return Answer(body=body, kind="audio/mpeg", **options)


def test_flows_run_at_the_same_time_and_answer_in_order(face, vendor, talker):
    met = threading.Barrier(3, timeout=10)

    def meeting(request):
        met.wait()
        return text(request.path)

    for page in ("/1", "/2", "/3"):
        vendor.says(page, meeting)
    found = face.do(face.client(talker).ask, Several(pages=("/1", "/2", "/3")))
    assert found == ["/1", "/2", "/3"]


def test_no_more_of_them_run_at_once_than_are_wanted(face, vendor, talker):
    running, most, lock = 0, 0, threading.Lock()

    def counting(request):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.02)
        with lock:
            running -= 1
        return text(request.path)

    pages = tuple(f"/{number}" for number in range(6))
    for page in pages:
        vendor.says(page, counting)
    assert face.do(face.client(talker).ask, Several(pages=pages, most=2)) == list(pages)
    assert most == 2


def test_when_one_fails_the_others_come_to_their_end_first(face, vendor, talker):
    vendor.says("/1", Answer(status=404))
    vendor.says("/2", text("two", delay=0.05))
    with pytest.raises(Rejected) as caught:
        face.do(face.client(talker).ask, Several(pages=("/1", "/2")))
    assert caught.value.provider == "toy"
    assert len(vendor.asked("/2")) == 1


def test_side_by_side_no_more_is_spent_than_the_query_says(face, vendor, talker):
    pages = ("/1", "/2", "/3")
    for page in pages:
        vendor.says(page, text("paid"))
    with pytest.raises(BrokenPlugin, match="second call that spends"):
        face.do(face.client(talker).ask, Several(pages=pages, spends=2))
    assert sum(len(vendor.asked(page)) for page in pages) == 2


def test_nothing_side_by_side_is_answered_with_nothing(face, talker):
    assert face.do(face.client(talker).ask, Several(pages=())) == []


def test_a_stream_gives_its_parts_in_order(face, vendor, talker):
    vendor.says("/1", sound(b"one " * 50_000))
    vendor.says("/2", sound(b"two"))
    with face.streamed(face.client(talker), Aloud(pages=("/1", "/2"))) as chunks:
        assert b"".join(chunks) == b"one " * 50_000 + b"two"
    assert vendor.asked("/1")[0].headers["authorization"] == "Bearer toy-key-1234"


def test_what_is_not_listened_to_is_not_asked_for(face, vendor, talker):
    vendor.says("/1", sound(bytes(500_000)))
    vendor.says("/2", sound(b"two"))
    with face.streamed(face.client(talker), Aloud(pages=("/1", "/2"))) as chunks:
        next(chunks)
    assert vendor.asked("/2") == []


def test_a_stream_that_is_refused_says_why_and_is_not_asked_for_again(face, vendor, talker):
    vendor.says("/1", text("slow down", status=429, headers={"retry-after": "7"}))
    with (
        face.streamed(face.client(talker), Aloud(pages=("/1",))) as chunks,
        pytest.raises(RateLimited) as caught,
    ):
        list(chunks)
    assert (caught.value.provider, caught.value.retry_after) == ("toy", 7)
    assert len(vendor.asked("/1")) == 1


def test_a_plugin_that_cannot_read_the_head_of_a_stream_is_named(face, vendor, talker, monkeypatch):
    def stream(query):
        yield from ()
        return Stream(calls=(Call(method="POST", url="/1"),), accept=lambda _reply: {}["no"])

    vendor.says("/1", sound(b"one"))
    monkeypatch.setattr(talker, "stream", stream)
    with (
        face.streamed(face.client(talker), Aloud(pages=("/1",))) as chunks,
        pytest.raises(BrokenPlugin, match="KeyError"),
    ):
        list(chunks)


def test_a_stream_that_breaks_off_is_lost_and_not_asked_for_again(face, vendor, talker):
    vendor.says("/1", sound(bytes(500_000), cut=1000))
    with (
        face.streamed(face.client(talker), Aloud(pages=("/1",))) as chunks,
        pytest.raises(ConnectionLost),
    ):
        list(chunks)
    assert len(vendor.asked("/1")) == 1


def test_a_stream_spends_no_more_than_the_query_says(face, vendor, talker):
    with (
        pytest.raises(BrokenPlugin),
        face.streamed(face.client(talker), Aloud(pages=("/1", "/2"), spends=1)) as chunks,
    ):
        next(chunks)
    assert vendor.requests == []


def test_what_cannot_be_streamed_is_refused(face, talker):
    with (
        pytest.raises(Unsupported, match="stream Several"),
        face.streamed(face.client(talker), Several(pages=())) as chunks,
    ):
        next(chunks)


def test_the_words_of_a_refused_download_are_kept(face, vendor, talker):
    vendor.says("/1", Answer(status=422, body=b'{"error": "mind your language"}'))
    with pytest.raises(Exception, match="mind your language") as caught:
        face.do(face.client(talker).ask, Aloud(pages=("/1",)))
    assert caught.value.reply.json(dict) == {"error": "mind your language"}
    assert caught.value.status == 422
    assert not talker.path.exists()


def test_a_download_that_is_told_to_wait_pauses_the_account_and_goes_again(
    face, vendor, toy, tmp_path
):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    busy = Answer(status=429, headers={"retry-after": "0.02"})
    vendor.says("/songs/1", busy, Answer(body=SONG, kind="audio/wav"))
    job = face.do(face.client(toy).submit, "a waltz")
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == SONG
    assert len(vendor.asked("/songs/1")) == 2


def test_a_paid_answer_that_is_told_to_wait_is_not_asked_for_again(face, vendor, talker):
    vendor.says("/1", Answer(status=429, headers={"retry-after": "0"}))
    with pytest.raises(Exception, match="429"):
        face.do(face.client(talker).ask, Aloud(pages=("/1",)))
    assert len(vendor.asked("/1")) == 1


def test_hooks_hear_of_every_try_of_a_stream(face, vendor, talker):
    heard = []

    class Ear:
        @hookimpl
        def segue_called(self, endpoint, status):
            heard.append((endpoint, status))

    vendor.says("/1", sound(b"one"))
    client = face.client(talker, plugins=[Ear()])
    with face.streamed(client, Aloud(pages=("/1",))) as chunks:
        list(chunks)
    assert heard == [("POST /1", 200)]


def test_a_refusal_in_a_stream_may_be_the_vendors_moderation(face, vendor, talker):
    talker._accept = _strict
    vendor.says("/1", sound(b"one"))
    with (
        face.streamed(face.client(talker), Aloud(pages=("/1",))) as chunks,
        pytest.raises(ContentPolicy),
    ):
        list(chunks)


def _strict(reply):
    raise ContentPolicy("no", status=422)
