"""What a hostile or broken server does on the wire, byte by byte: nothing that may be paid for is
called unspent, an answer that names the job is its ticket, and nothing takes for ever."""

import contextlib
import gzip
import json
import socket
import threading
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from toy_vendor import WAV, Queued, Toy

from segue._config.files import Document
from segue._http import body as incoming
from segue.config import Config
from segue.errors import (
    ConnectionLost,
    DownloadError,
    NotSent,
    ProtocolError,
    Rejected,
    SegueError,
    SubmissionUnknown,
)
from segue.flow import Call, Stream, at_once, call
from segue.job import Ticket
from segue.journal import State
from segue.provider import Capabilities, Key
from segue.refusals import refusal
from segue.tasks import Generate, Query
from segue.testing.memory_journal import MemoryJournal

NAMED = b'{"id": "j1"}'
PAGE = b"<html><h1>Sorry</h1></html>"


def answer(body=NAMED, *headers, status=200, kind="application/json"):
    told = [f"content-type: {kind}".encode()] if kind else []
    told += [f"content-length: {len(body)}".encode()]
    lines = [b"HTTP/1.1 %d X" % status, *told, *(header.encode("latin-1") for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Wire:
    """Reads each request whole, then does as its script says, and closes."""

    def __init__(self, *scripts):
        self.requests = []
        self._scripts = list(scripts)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        try:
            with connection, connection.makefile("rb") as file:
                lines = [file.readline()]
                while (line := file.readline()).strip():
                    lines.append(line)
                head = b"".join(lines).decode("latin-1")
                sizes = [line for line in lines if line.lower().startswith(b"content-length")]
                body = file.read(int(sizes[0].split(b":")[1])) if sizes else b""
                self.requests.append((head, body))
                number = min(len(self.requests), len(self._scripts)) - 1
                script = self._scripts[number]
                connection.sendall(script) if isinstance(script, bytes) else script(connection)
        except OSError:
            pass

    def close(self):
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


class Kept(Toy):
    """Takes a ticket from whatever names one, as a provider should."""

    def submit(self, task):
        reply = yield from call("POST", "/jobs", json={"prompt": task.prompt}, spends=True)
        queued = reply.maybe_json(Queued)
        if queued is not None:
            return Ticket(provider=self.name, id=queued.id)
        raise reply.unlike("it names no job") if reply.ok else refusal(reply)


@pytest.fixture
def wire():
    made = []

    def make(*scripts):
        made.append(Wire(*scripts))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def opened(face, monkeypatch):
    """A client for a wire, with little patience."""

    def client(to, provider=None, *, timeout=5.0, **options):
        monkeypatch.setenv("SEGUE_TOY_BASE_URL", to.url)
        monkeypatch.setenv("TOY_KEY", "toy-key-1234")
        http = {"http": {"timeout": timeout, "connect_timeout": timeout}}
        options.setdefault("config", Config([Document(path="segue.toml", content=http)]))
        return face.client(provider or Kept(), **options)

    return client


PLACES = ["mailto:x", "https:x", "data:,x", "/" + "x" * 65_530, "http://[::1", "//", "\xff\xfe"]
PLACES += ["http://127.0.0.1:99999/", "http://xn--/", "javascript:x", " ", "x-own://17"]


@pytest.mark.parametrize(
    ("status", "place"),
    [(303, place) for place in PLACES] + [(301, "https:x"), (307, "mailto:x")],
    ids=range(len(PLACES) + 2),
)
def test_an_answer_that_leads_nowhere_was_an_answer(face, wire, opened, status, place):
    """httpx makes the next request of it though it follows none, and fails as if ours were odd."""
    server = wire(answer(PAGE, f"location: {place}", status=status, kind="text/html"))
    journal = MemoryJournal()
    with pytest.raises(SubmissionUnknown):
        face.do(opened(server, journal=journal).submit, "a waltz")
    assert [entry.state for entry in journal.entries()] == [State.UNKNOWN]
    assert len(server.requests) == 1


@pytest.mark.parametrize("place", PLACES[:5], ids=range(5))
def test_a_job_that_is_named_beside_an_odd_location_is_kept(face, wire, opened, place):
    server = wire(answer(NAMED, f"location: {place}", status=303))
    assert face.do(opened(server).submit, "a waltz").ticket.id == "j1"


@pytest.mark.parametrize("place", ["mailto:x", "/" + "x" * 65_530, "http://[::1"])
def test_your_own_client_does_not_make_it_unspent_either(face, wire, opened, place):
    import httpx

    if face.driver == "aiohttp":
        pytest.skip("a client of one's own is httpx's")
    server = wire(answer(PAGE, f"location: {place}", status=302))
    kind = httpx.Client if face.driver == "sync" else httpx.AsyncClient
    with pytest.raises(SubmissionUnknown):
        face.do(opened(server, http=kind()).submit, "a waltz")


@pytest.mark.parametrize("status", [300, 304, 308, 407, 408, 409, 418, 425, 444, 460, 499])
def test_a_status_that_is_no_refusal_leaves_it_in_doubt(face, wire, opened, status):
    server = wire(answer(b'{"error": "no"}' if status != 304 else b"", status=status))
    with pytest.raises(SubmissionUnknown):
        face.do(opened(server).submit, "a waltz")


@pytest.mark.parametrize("body", [PAGE, b"", b"Forbidden"], ids=["page", "empty", "text"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429])
def test_a_refusal_that_the_vendor_did_not_write_is_none(face, wire, opened, status, body):
    server = wire(answer(body, "retry-after: 0", status=status, kind="text/html"))
    with pytest.raises(SubmissionUnknown):
        face.do(opened(server).submit, "a waltz")


def test_a_refusal_in_the_vendors_words_is_one(face, wire, opened):
    server = wire(answer(b'{"error": "no such model"}', status=400))
    with pytest.raises(Rejected, match="no such model"):
        face.do(opened(server).submit, "a waltz")


def later(connection, *parts):
    for part in parts:
        connection.sendall(part)
        time.sleep(0.1)


ODD = {
    "a number": answer(b'{"id": 17}'),
    "a huge number": answer(b'{"id": 123456789012345678901234567890}'),
    "a fraction": answer(b'{"id": 17.5}'),
    "after a BOM": answer(b"\xef\xbb\xbf" + NAMED),
    "in UTF-16": answer(NAMED.decode().encode("utf-16")),
    "in bare UTF-16": answer(NAMED.decode().encode("utf-16-be")),
    "among NULs": answer(b"\0\0" + NAMED + b"\0"),
    "before a page": answer(NAMED + PAGE),
    "behind a page": answer(PAGE + NAMED),
    "inside a page": answer(b"<style>p {margin: 0}</style><pre>" + NAMED + b"</pre>"),
    "behind a warning": answer(b"Warning: deprecated in {main} on line 3\n" + NAMED),
    "in a list": answer(b"[" + NAMED + b"]"),
    "a number in a list": answer(b'[{"id": 17}]'),
    "twice": answer(b'{"id": "x", "id": "j1"}'),
    "octet-stream": answer(kind="application/octet-stream"),
    "audio": answer(kind="audio/mpeg"),
    "a page": answer(kind="text/html"),
    "no type": answer(kind=""),
    "no charset": answer(kind="application/json; charset=none-such"),
    "201": answer(status=201),
    "502": answer(status=502),
    "409": answer(status=409),
    "401": answer(status=401),
    "gzip": answer(gzip.compress(NAMED), "content-encoding: gzip"),
    "bare deflate": answer(zlib.compress(NAMED)[2:-4], "content-encoding: deflate"),
    "gzip with a bad sum": answer(
        gzip.compress(NAMED)[:-8] + b"12345678", "content-encoding: gzip"
    ),
    "deflate with a bad sum": answer(
        zlib.compress(NAMED)[:-4] + b"1234", "content-encoding: deflate"
    ),
    "gzip damaged behind": answer(
        gzip.compress(NAMED + b" " * 40) + b"\x1f\x8b" + b"z" * 40, "content-encoding: gzip"
    ),
    "gzip without its end": answer(gzip.compress(NAMED)[:-8], "content-encoding: gzip"),
    "cut": answer(NAMED + b" " * 90)[:-70],
    "cut inside": answer(b'{"id": "j1", "notes": ["a", "b')[:-3],
    "cut as told": answer(b'{"id": "j1", "notes": ["a", "b'),
    "too long": answer(NAMED + b" " * (9 << 20)),
    "bad chunks": lambda connection: later(
        connection,
        b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\nc\r\n" + NAMED + b"\r\n",
        b"zz\r\n",
    ),
}
WRITTEN = {
    "a number": "17",
    "a number in a list": "17",
    "a huge number": "1234567890" * 3,
    "a fraction": "17.5",
}


@pytest.mark.parametrize("odd", ODD)
def test_an_answer_that_names_the_job_is_its_ticket_whatever_is_odd(face, wire, opened, odd):
    if (face.driver, odd) == ("aiohttp", "bad chunks"):
        pytest.skip("aiohttp keeps what came before a bad chunk to itself")
    server, journal = wire(ODD[odd]), MemoryJournal()
    job = face.do(opened(server, journal=journal).submit, "a waltz")
    assert job.ticket.id == WRITTEN.get(odd, "j1")
    assert [entry.state for entry in journal.entries()] == [State.SUBMITTED]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "raw",
    [answer(b'{"id": "j1234')[:-2], answer(b'{"id": 12'), answer(b'{"id": null}'), answer(b"[1"),
     answer(PAGE + b'{"id": "j1'), answer(b'{"id": true}'), answer(b'[{"id": "a"}, {"id": "b"}]'),
     answer(b"<script>var a = {id: 1}</script>"), answer(PAGE + NAMED, status=502)],
)  # fmt: skip
def test_an_id_that_is_not_all_there_is_none(face, wire, opened, raw):
    with pytest.raises(SubmissionUnknown):
        face.do(opened(wire(raw)).submit, "a waltz")


def test_a_poll_that_was_cut_off_is_never_half_believed(face, wire, opened):
    cut = answer(b'{"status": "done", "url": "/songs/1"}')[:-5]
    job_of = opened(wire(answer(), cut), Toy())
    job = face.do(job_of.submit, "a waltz")
    with pytest.raises(ConnectionLost):
        face.do(job.poll)


def trickling(start, *, every=0.02, most=3000):
    def send(connection):
        connection.sendall(start)
        for _ in range(most):
            connection.sendall(b"a")
            time.sleep(every)

    return send


SLOW = {
    "head": trickling(b"HTTP/1.1 200 X\r\nx: "),
    "status": trickling(b"HTTP/1.1 200 "),
    "body": trickling(b"HTTP/1.1 200 X\r\ncontent-length: 9000\r\n\r\n"),
    "chunk": trickling(b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n"),
}


def side_by_side(one, things):
    """`one(thing)` for each of them, side by side: all that they do is wait."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(one, things))


def test_a_byte_now_and_then_is_no_answer(face, wire, opened):
    servers = {part: wire(script) for part, script in SLOW.items()}
    clients = [(part, opened(server, timeout=0.3)) for part, server in servers.items()]

    def slowly(part, client):
        began = time.monotonic()
        with pytest.raises(SubmissionUnknown, match=r"not complete after 0\.6 seconds"):
            face.do(client.submit, "a waltz")
        assert time.monotonic() - began < 5, part
        assert len(servers[part].requests) == 1, part

    side_by_side(lambda both: slowly(*both), clients)


def test_a_poll_that_comes_slowly_ends_too(face, wire, opened):
    servers = [wire(answer(), SLOW[part]) for part in ("head", "chunk")]
    clients = [opened(server, timeout=0.2) for server in servers]

    def slowly(client):
        began = time.monotonic()
        job = face.do(client.submit, "a waltz")
        with pytest.raises(ConnectionLost, match="not complete after"):
            face.do(job.poll)
        assert time.monotonic() - began < 10

    side_by_side(slowly, clients)
    assert all(2 < len(server.requests) <= 5 for server in servers)


DONE = answer(b'{"status": "done", "url": "/songs/1"}')


def test_a_download_that_crawls_ends_and_can_be_resumed(face, wire, opened, tmp_path):
    """A byte now and then counts as no progress, or it would be tried again for ever."""

    def client(tag):
        head = b"HTTP/1.1 200 X\r\ncontent-type: audio/wav\r\n" + tag
        crawl = trickling(head + b"content-length: %d\r\n\r\n" % len(WAV) + WAV[:200])
        server = wire(answer(), DONE, *[crawl] * 4, DONE, answer(WAV, kind="audio/wav"))
        return opened(server, timeout=0.6, journal=MemoryJournal())

    def crawling(tag, client):
        folder, began = tmp_path / f"{len(tag)}", time.monotonic()
        job = face.do(client.submit, "a waltz")
        with pytest.raises(
            DownloadError, match="too slowly: less than 1000 bytes a second"
        ) as caught:
            face.do(job.download, folder)
        assert time.monotonic() - began < 10
        assert "not affected" in str(caught.value)
        assert "spent" not in str(caught.value)
        again = face.do(client.resume, job.ticket)
        (file,) = face.do(again.download, folder)
        assert file.read_bytes() == WAV

    tags = [b'etag: "1"\r\n', b""]  # with ranges, and without
    side_by_side(lambda both: crawling(*both), [(tag, client(tag)) for tag in tags])


def peak(work):
    tracemalloc.start()
    try:
        work()
    except SegueError:
        pass
    finally:
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return found


BLANKS = 64 << 20
BOMBS = {
    "gzip": (b" " * BLANKS, "gzip", gzip.compress),
    "deflate": (b" " * BLANKS, "deflate", zlib.compress),
    "gzip, gzip": (bytes(BLANKS), "gzip, gzip", lambda b: gzip.compress(gzip.compress(b))),
    "gzip,gzip": (bytes(BLANKS), "gzip", lambda b: gzip.compress(gzip.compress(b))),
}


@pytest.fixture(scope="module")
def bombs():
    return {
        name: answer(pack(body), f"content-encoding: {told}")
        for name, (body, told, pack) in BOMBS.items()
    }


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_does_not_go_off(face, wire, opened, bombs, bomb):
    server = wire(bombs[bomb])
    assert len(bombs[bomb]) < 300_000
    client = opened(server)
    assert peak(lambda: face.do(client.submit, "a waltz")) < 4 * incoming.BODY_LIMIT
    assert "accept-encoding: gzip, deflate\r\n" in server.requests[0][0].lower()


def test_a_bomb_is_no_track_either(face, wire, opened, bombs, tmp_path):
    loud = bombs["gzip"].replace(b"application/json", b"audio/wav")
    http = {"http": {"max_download_mb": 10, "timeout": 5.0}}
    small = Config([Document(path="segue.toml", content=http)])
    client = opened(wire(answer(), DONE, loud), config=small)
    job = face.do(client.submit, "a waltz")

    def down():
        with pytest.raises(DownloadError, match="limit of 10 MB"):
            face.do(job.download, tmp_path)

    assert peak(down) < 8 << 20
    assert not list(tmp_path.glob("*.part"))


class Hum(Query[bytes], frozen=True, kw_only=True, tag="hum"):
    """A stream."""


class Humming(Toy):
    capabilities = Capabilities(
        tasks={Generate: frozenset({"prompt"})}, cannot_cancel="-", queries=(Hum,), streams=(Hum,)
    )

    def stream(self, query):
        return at_once(Stream(calls=(Call(method="GET", url="/hum"),), accept=lambda reply: None))


@pytest.mark.parametrize("bomb", ["gzip", "gzip, gzip"])
def test_a_bomb_in_a_stream_comes_in_small_pieces(face, wire, opened, bombs, bomb):
    raw = bombs[bomb].replace(b"application/json", b"audio/wav")
    client = opened(wire(raw), Humming())
    taken = []

    def listen():
        with face.streamed(client, Hum()) as chunks:
            for chunk in chunks:
                taken.append(len(chunk))
                if sum(taken) > 16 << 20:
                    return

    assert peak(listen) < 8 << 20
    assert max(taken, default=0) <= 1 << 17


def test_an_encoding_that_nobody_requested_is_refused(face, wire, opened):
    job = face.do(opened(wire(answer(), answer(b"x", "content-encoding: br"))).submit, "a waltz")
    with pytest.raises(ProtocolError, match="'br', which is refused") as caught:
        face.do(job.poll)
    assert "not affected" in str(caught.value)


@pytest.mark.parametrize("refused", [407, 403, 502])
def test_a_proxy_that_refuses_the_way_is_named_and_nothing_was_spent(
    face, wire, opened, monkeypatch, refused
):
    proxy = wire(answer(PAGE, status=refused))
    http = {"http": {"proxy": proxy.url, "timeout": 5.0}}
    config = Config([Document(path="segue.toml", content=http)])
    client = opened(proxy, config=config)
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", "https://toy.example")
    client = opened(type("W", (), {"url": "https://toy.example"})(), config=config)
    with pytest.raises(NotSent, match="nothing was spent") as caught:
        face.do(client.submit, "a waltz")
    assert "check the proxy" in str(caught.value)
    assert "base_url" not in str(caught.value)
    assert all(head.startswith("CONNECT") for head, _ in proxy.requests)


@pytest.mark.parametrize(
    "headers", [{"x": "a\r\nb: c"}, {"x y": "a"}, {"x": "\0"}, {"x": "日本"}, {"": "a"}]
)
def test_a_request_that_cannot_be_written_was_never_sent(face, wire, opened, headers):
    class Odd(Toy):
        key = Key(env="TOY_KEY")

        def submit(self, task):
            yield from call("POST", "/jobs", headers=headers, spends=True)

    server = wire(answer())
    with pytest.raises(NotSent, match="nothing was spent"):
        face.do(opened(server, Odd()).submit, "a waltz")
    assert not server.requests


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpx, on trio
def test_what_is_sent_with_a_wrong_length_may_have_arrived(face, wire, opened):
    """It is found out after the head has left, which may have been all that the server wanted."""

    class Short(Toy):
        def submit(self, task):
            headers = {"content-length": "0"}
            yield from call("POST", "/jobs", json={}, headers=headers, spends=True)

    with pytest.raises(SubmissionUnknown):
        face.do(opened(wire(answer(PAGE, status=500)), Short()).submit, "a waltz")


def test_a_download_that_never_left_does_not_say_that_nothing_was_spent(
    face, wire, opened, tmp_path
):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        server = wire(answer(), answer(json.dumps({"status": "done", "url": url}).encode()))
        client = opened(server)
        job = face.do(client.submit, "a waltz")
        with pytest.raises(SegueError) as caught:
            face.do(job.download, tmp_path)
        server.close()
        with pytest.raises(NotSent) as polled:
            face.do(job.poll)
    assert "spent" not in f"{caught.value} {polled.value}"
