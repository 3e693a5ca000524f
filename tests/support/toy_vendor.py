"""A vendor on loopback that answers by a script, and a provider for it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from sounds import wave

from segue.flow import Call, Flow, call
from segue.job import Asset, Snapshot, Status, Ticket, Track
from segue.provider import Cadence, Capabilities, Key, Model, Provider
from segue.refusals import refusal
from segue.tasks import Generate, Problem, Task

WAV = wave(bytes(range(256)) * 400)


@dataclass
class Answer:
    """What the vendor does next: `cut` breaks the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b"{}"
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    silent: bool = False
    delay: float = 0.0
    ranged: bool = False


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Vendor:
    """Answers each path with its script's answers in turn, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.scripts: dict[str, list[Answer | Callable[[Request], Answer]]] = {}
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def says(self, path: str, *answers: Answer | Callable[[Request], Answer]) -> None:
        self.scripts[path] = list(answers)

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path.partition("?")[0] == path]

    def next(self, request: Request) -> Answer:
        self.requests.append(request)
        script = self.scripts.get(request.path.partition("?")[0], [Answer(status=404)])
        answer = script.pop(0) if len(script) > 1 else script[0]
        return answer(request) if callable(answer) else answer

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the usual 5, a burst of connections loses some

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of many a test."""


def _handler(vendor: Vendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer takes 40 ms longer

        def _do(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            answer = vendor.next(Request(self.command, self.path, headers, body))
            time.sleep(answer.delay)
            if answer.silent:
                self._hang_up()
                return
            self._send(answer, headers.get("range"))

        def _send(self, answer: Answer, wanted: str | None) -> None:
            body, status, headers = answer.body, answer.status, dict(answer.headers)
            if answer.ranged and wanted:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                headers["content-range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                body, status = body[start:], 206
            self.send_response(status)
            self.send_header("content-type", answer.kind)
            if headers.get("transfer-encoding") == "identity":  # it ends with the connection
                del headers["transfer-encoding"]
            elif "transfer-encoding" not in headers:
                self.send_header("content-length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body if answer.cut is None else body[: answer.cut])
            if answer.cut is not None:
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = do_POST = do_DELETE = _do  # noqa: N815 - http.server's names

        def log_message(self, *args: object) -> None:
            pass

    return Handler


class Seen(msgspec.Struct):
    """The toy vendor's words."""

    status: str
    url: str | None = None
    progress: float | None = None


class Queued(msgspec.Struct):
    id: str


WORDS = {"queued": Status.QUEUED, "running": Status.RUNNING, "done": Status.SUCCEEDED}
WORDS |= {"failed": Status.FAILED, "gone": Status.EXPIRED, "stopped": Status.CANCELLED}


class Toy(Provider):
    """The smallest provider that makes requests."""

    name = "toy"
    key = Key(env="TOY_KEY", page="toy.example/keys")
    cadence = Cadence(first=0.001, growth=1.2, cap=0.01)
    capabilities = Capabilities(
        tasks={Generate: frozenset({"prompt", "duration", "title"})},
        cannot_cancel="Toy cannot stop a job; it goes on and stays billed",
    )

    def check(self, task: Task, models: Sequence[Model] | None) -> list[Problem]:
        duration = getattr(task, "duration", None)
        if duration is None or duration <= 60:
            return []
        return [Problem(field="duration", value=duration, allowed="at most 60 seconds")]

    def submit(self, task: Task) -> Flow[Ticket]:
        wanted = {"prompt": getattr(task, "prompt", "")}
        reply = yield from call("POST", "/jobs", json=wanted, spends=True)
        if not reply.ok:
            raise refusal(reply)
        return Ticket(provider=self.name, id=reply.json(Queued).id)

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        reply = yield from call("GET", f"/jobs/{ticket.id}")
        if not reply.ok:
            raise refusal(reply)
        seen = reply.json(Seen)
        status = WORDS.get(seen.status, Status.UNKNOWN)
        track = Track(id="1", status=status, title="A toy's song", url=seen.url)
        tracks = (track,) if seen.url else ()
        return Snapshot(status=status, word=seen.status, progress=seen.progress, tracks=tracks)

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        yield from ()
        return [
            Asset(
                kind="track",
                name=track.title or "track",
                containers=("wav", "mp3"),
                source=Call(method="GET", url=track.url or ""),
                track=track.id,
            )
            for track in snapshot.tracks
        ]
