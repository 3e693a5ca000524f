"""A vendor on a bare socket: it acts, notes what it charged, and then answers as a fault says.

Which fault it is follows from the job: its prompt is `STEP FAULT BACKEND`, and the fault comes with
the first request of that step. What the vendor knows of jobs is `benchmarks.vendor.Model`.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import wave
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Literal, TypeAlias

import msgspec

from benchmarks.vendor import Model, Setting

Step: TypeAlias = Literal["submit", "poll", "download"]

STEPS: tuple[Step, ...] = ("submit", "poll", "download")


class Good(msgspec.Struct, frozen=True):
    """The answer as it should be."""

    body: bytes
    kind: str
    status: int = 200

    def raw(self, *headers: str, status: int | None = None, body: bytes | None = None) -> bytes:
        """The same on the wire, with other headers, another status or another body. A header
        without a value takes the usual one out."""
        content = self.body if body is None else body
        told = {"content-type": self.kind, "content-length": str(len(content))}
        lines = []
        for header in headers:
            name, _, value = header.partition(":")
            told.pop(name.lower(), None)
            if value:
                lines.append(f"{name}:{value}")
        lines = [*(f"{name}: {value}" for name, value in told.items()), *lines]
        head = "\r\n".join((f"HTTP/1.1 {status or self.status} X", *lines))
        return head.encode("latin-1") + b"\r\n\r\n" + content


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One way of answering. `send` does it, on a socket that is closed after it; with `acts` off
    the vendor has done nothing then."""

    name: str
    send: Callable[[socket.socket, Good], object]
    acts: bool = True


class WireVendor:
    """Venice and MusicAPI's sonic, for as long as the block runs."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        self._faults = faults
        self._model = Model(Setting(typical=0.0, spread=0.0))
        self._done: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._track = _song()

    @property
    def charges(self) -> Counter[str]:
        """How often each prompt was charged."""
        return self._model.charges

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve; the address."""
        with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
            origin = f"http://127.0.0.1:{server.getsockname()[1]}"
            self._model.origin = origin
            threading.Thread(target=self._accept, args=(server,), daemon=True).start()
            yield origin
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(30)
            with connection.makefile("rb") as file:
                while self._one(connection, file):
                    pass

    def _one(self, connection: socket.socket, file: BytesIO) -> bool:
        """Read a request and answer it; whether another may follow on this connection."""
        line = file.readline(65_536)
        if not line.strip():
            return False
        method, path, _ = line.decode("latin-1").split(" ", 2)
        length = 0
        while (header := file.readline(65_536)).strip():
            name, _, value = header.decode("latin-1").partition(":")
            length = int(value) if name.lower() == "content-length" else length
        body = file.read(length)
        step, prompt = self._about(path, body)
        fault = self._due(step, prompt)
        if fault is not None and not fault.acts:
            fault.send(connection, Good(b"{}", "application/json"))
            return False
        with self._lock:
            status, told = self._model.answer(method, path, body)
        good = Good(self._track, "audio/wav", status)
        if told is not None:
            good = Good(json.dumps(told).encode(), "application/json", status)
        if fault is not None:
            self._known_by_number(told)
            fault.send(connection, good)
            return False
        connection.sendall(good.raw())
        return True

    def _about(self, path: str, body: bytes) -> tuple[Step | None, str]:
        """Which step of which job a request is."""
        if path.endswith(("/audio/queue", "/sonic/create")):
            order = json.loads(body)
            return "submit", str(order.get("prompt") or order.get("gpt_description_prompt"))
        if path.endswith("/audio/retrieve"):
            name, step = json.loads(body)["queue_id"], "poll"
        else:
            name, step = path.rpartition("/")[2].partition(".")[0], "poll"
            if path.startswith("/files/"):
                step = "download"
        job = self._model.jobs.get(name)
        return (step, job.prompt) if job is not None else (None, "")

    def _due(self, step: Step | None, prompt: str) -> Fault | None:
        wanted, _, rest = prompt.partition(" ")
        if step is None or step != wanted:
            return None
        with self._lock:
            self._done[prompt] += 1
            return self._faults[rest.rpartition(" ")[0]] if self._done[prompt] == 1 else None

    def _known_by_number(self, told: object) -> None:
        """Some faults make a number of an id: `NUMBERS` says which."""
        if isinstance(told, dict) and (name := told.get("queue_id") or told.get("task_id")):
            with self._lock:
                for number in NUMBERS:
                    self._model.jobs[number(str(name))] = self._model.jobs[str(name)]


def small(name: str) -> str:
    """An id as a number of the usual size."""
    return str(700_000 + int(name[:8], 16))


def huge(name: str) -> str:
    """An id as a number that no float holds."""
    return str(10**24 + int(name[:8], 16))


NUMBERS = (small, huge)


def broken(connection: socket.socket) -> None:
    """Reset the connection, so that what was not read is lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _song() -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * 125)
    return file.getvalue()
