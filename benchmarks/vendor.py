"""The vendor that all contenders meet: Venice's queue and MusicAPI's sonic on loopback.

A process of its own, so that its work is in nobody's figures, and a bare protocol, so that it is
never what is waited for. How long a job takes follows from the seed and the job's prompt alone:
every contender meets the same times. It is a stand-in for measurements, and judges nothing; the
strict one is `segue-sandbox`.

    python -m benchmarks.vendor '{"seed": 1, "typical": 3.0}'     prints its address
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import cast

import msgspec

P80 = 2.718281828459045**0.8416
"""Of a log-normal time with a spread of 1, the 80th percentile over the median."""

_QUEUE, _RETRIEVE = "/venice/audio/queue", "/venice/audio/retrieve"
_CREATE, _TASK = "/musicapi/sonic/create", "/musicapi/sonic/task"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What it is like. `typical` is the median job time in seconds and `spread` that of its
    logarithm; `tells` says whether replies name the 80th percentile. `size` is the bytes of a
    track; `losing` the share of replies that are lost after the vendor acted. What exceeds so many
    submissions or looks in a minute is refused; with 0 nothing is."""

    seed: int = 1
    typical: float = 1.0
    spread: float = 0.4
    tells: bool = True
    size: int = 65_536
    losing: float = 0.0
    submits_per_minute: float = 0.0
    polls_per_minute: float = 0.0


class Job:
    """An order that was charged; `done` is by the clock of `time.time`."""

    __slots__ = ("done", "id", "prompt")

    def __init__(self, number: int, prompt: str, done: float) -> None:
        self.id = f"{number:08x}-0000-4000-8000-000000000000"
        self.prompt = prompt
        self.done = done


class Model:
    """What the vendor knows, and what it answers: a status, and JSON or None for the track."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.origin = ""
        self.jobs: dict[str, Job] = {}
        self.charges: Counter[str] = Counter()
        self.done: dict[str, float] = {}
        self.requests: Counter[str] = Counter()
        self.refused = 0
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._fate = Random(f"fate {setting.seed}")

    def loses(self, path: str) -> bool:
        """Whether this reply is lost; the ledger's never is."""
        losing = self.setting.losing
        return losing > 0 and path != "/ledger" and self._fate.random() < losing

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:  # noqa: PLR0911 - one for each address
        """Act, and answer."""
        path = path.partition("?")[0]
        head, _, last = path.rpartition("/")
        kind = head if head in ("/musicapi/sonic/task", "/files") else path
        if kind != "/ledger":
            self.requests[kind] += 1
        if self._exceeds(kind):
            self.refused += 1
            return 429, {"error": "Rate limit exceeded"}
        match kind:
            case "/venice/audio/queue" | "/musicapi/sonic/create":
                return self._order(kind, body)
            case "/venice/audio/retrieve":
                return self._venice(self._found(json.loads(body)["queue_id"]))
            case "/musicapi/sonic/task":
                return self._sonic(self._found(last))
            case "/files":
                return 200, None
            case "/venice/models":
                return 200, {"data": [{"id": "ace-step-15", "type": "music", "model_spec": {}}]}
            case "/venice/audio/quote":
                return 200, {"quote": 0.03}
            case "/ledger":
                told = {
                    "charges": self.charges,
                    "done": self.done,
                    "requests": self.requests,
                    "refused": self.refused,
                    "jobs": {name: job.prompt for name, job in self.jobs.items()},
                }
                return 200, told
        return 404, {"error": f"no such address: {method} {path}"}

    def _exceeds(self, kind: str) -> bool:
        """Whether this request is one too many in a minute; if not, it counts."""
        submits, polls = self.setting.submits_per_minute, self.setting.polls_per_minute
        allowed = {_QUEUE: submits, _CREATE: submits, _RETRIEVE: polls, _TASK: polls}.get(kind, 0)
        if not allowed:
            return False
        recent, now = self._recent[kind], time.monotonic()
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= allowed:
            return True
        recent.append(now)
        return False

    def _order(self, kind: str, body: bytes) -> tuple[int, object]:
        order = json.loads(body)
        prompt = str(order.get("prompt") or order.get("gpt_description_prompt"))
        setting = self.setting
        rng = Random(f"{setting.seed} {prompt}")
        seconds = setting.typical * rng.lognormvariate(0, setting.spread)
        job = Job(len(self.jobs), prompt, time.time() + seconds)
        self.jobs[job.id] = job
        self.charges[prompt] += 1
        self.done[prompt] = job.done
        if kind.startswith("/musicapi"):
            return 200, {"message": "success", "task_id": job.id}
        return 200, {"model": order["model"], "queue_id": job.id, "status": "QUEUED"}

    def _found(self, name: str) -> Job | None:
        return self.jobs.get(name)

    def _venice(self, job: Job | None) -> tuple[int, object]:
        if job is None:
            return 400, {"error": "Request ID is invalid."}
        if (left := job.done - time.time()) <= 0:
            return 200, None
        setting = self.setting
        average = setting.typical * P80**setting.spread * 1000 if setting.tells else 0
        passed = max(setting.typical - left, 0) * 1000
        return 200, {
            "status": "PROCESSING",
            "average_execution_time": average,
            "execution_duration": passed,
        }

    def _sonic(self, job: Job | None) -> tuple[int, object]:
        if job is None:
            return 404, {"type": "not_found", "error": "task not found"}
        if job.done > time.time():
            return 202, {"type": "not_ready", "message": "the task is running"}
        song = {
            "clip_id": f"c{job.id}",
            "state": "succeeded",
            "title": f"Song {job.id[:8]}",
            "tags": "synthwave, female vocals",
            "lyrics": "",
            "audio_url": f"{self.origin}/files/{job.id}.wav",
            "created_at": "2026-01-01T00:00:00.000Z",
            "mv": "sonic-v5",
            "duration": 60.0,
        }
        return 200, {"code": 200, "data": [song], "message": "success"}


class Wire(asyncio.Protocol):
    """HTTP/1.1, as much of it as clients send: a head, and a body of announced length."""

    def __init__(self, model: Model, track: Path) -> None:
        self._model, self._track = model, track
        self._got = bytearray()
        self._sending: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._sending is not None:
            self._sending.cancel()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request; answered when all are there."""
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            head = self._got[:end].decode("latin-1")
            length = _length(head)
            if len(self._got) < end + 4 + length:
                return
            body = bytes(self._got[end + 4 : end + 4 + length])
            del self._got[: end + 4 + length]
            method, path, _ = head.split(" ", 2)
            self._answer(method, path, body)

    def _answer(self, method: str, path: str, body: bytes) -> None:
        status, told = self._model.answer(method, path, body)
        if self._model.loses(path):
            self._transport.abort()
        elif told is not None:
            content = json.dumps(told).encode()
            self._transport.write(_head(status, "application/json", len(content)) + content)
        else:
            self._transport.write(_head(200, "audio/wav", self._model.setting.size))
            self._sending = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        with contextlib.suppress(OSError, RuntimeError), self._track.open("rb") as file:
            await asyncio.get_running_loop().sendfile(self._transport, file)


def wav_head(size: int) -> bytes:
    """The head of a WAV file of `size` bytes: mono, 16 bits, 8,000 samples a second."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    data = struct.pack("<4sI", b"data", size - 44)
    return struct.pack("<4sI4s", b"RIFF", size - 8, b"WAVE") + form + data


def _length(head: str) -> int:
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


def _head(status: int, kind: str, length: int) -> bytes:
    return (
        f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
    ).encode()


async def serve(setting: Setting) -> None:
    """Serve until the standard input ends: so it never outlives who started it."""
    model = Model(setting)
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        track = Path(folder) / "track.wav"
        with track.open("wb") as file:
            file.write(wav_head(setting.size))
            file.truncate(setting.size)  # a hole: its zeros are read from nowhere
        server = await loop.create_server(lambda: Wire(model, track), "127.0.0.1", 0, backlog=4096)
        model.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        print(model.origin, flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


def setting_of(words: Mapping[str, object]) -> Setting:
    """The setting of some JSON data, strictly."""
    return msgspec.convert(words, Setting)


if __name__ == "__main__":
    asyncio.run(serve(setting_of(json.loads(sys.argv[1]))))
