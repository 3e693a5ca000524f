"""A large track is brought home without being held in memory."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sounds import wave

pytest.importorskip("resource", reason="the peak of a process is told by POSIX only")

HEAD = wave(b"", announced=0xFFFF_FFFF)
CHUNK = bytes(range(256)) * 256  # 64 KiB
LARGE = 50_000_000
SIZES = {"small": 100_000, "large": LARGE}

CHILD = '''
"""Measure by how much one download raises the peak of this process."""
import asyncio, resource, sys
from pathlib import Path

import httpx
import segue
from segue.provider import Cadence
from segue_venice import Venice

Venice.cadence = Cadence(first=0.01, growth=1.2, cap=0.1)
how, base = sys.argv[1:]


def peak():
    """Bytes. Linux hands getrusage's on from the process that started this one; /proc does not."""
    try:
        told = Path("/proc/self/status").read_text()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024


def held(prompt):
    asked = {"model": "ace-step-15", "queue_id": prompt}
    return len(httpx.post(f"{base}/audio/retrieve", json=asked).content), ""


def sync(prompt):
    with segue.Client("venice/ace-step-15", journal=None) as client:
        return of(client.generate_and_wait(prompt, to="out"))


def asynchronous(prompt):
    async def main():
        async with segue.AsyncClient("venice/ace-step-15", journal=None) as client:
            return of(await client.generate_and_wait(prompt, to="out"))
    return asyncio.run(main())


def of(delivery):
    (file,) = delivery.files
    return file.path.stat().st_size, file.sha256


fetch = {"held": held, "sync": sync, "async": asynchronous}[how]
fetch("small")
before = peak()
size, digest = fetch("large")
print(size, digest, peak() - before)
'''


def pieces(size: int) -> Iterator[bytes]:
    """A track of that many bytes, never whole."""
    yield HEAD
    whole, rest = divmod(size - len(HEAD), len(CHUNK))
    for _ in range(whole):
        yield CHUNK
    yield CHUNK[:rest]


class Vendor(BaseHTTPRequestHandler):
    """As much of Venice as one song needs: the prompt is the job's id, and says its size."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._say({"data": []})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/audio/queue":
            self._say({"model": asked["model"], "queue_id": asked["prompt"], "status": "QUEUED"})
        elif self.path == "/audio/retrieve":
            self._play(SIZES[asked["queue_id"]])
        else:
            self._say({"quote": 0.03})

    def _play(self, size: int) -> None:
        self._head("audio/flac", size)
        try:
            for piece in pieces(size):
                self.wfile.write(piece)
        except OSError:  # a poll leaves the track unread
            self.close_connection = True

    def _say(self, told: object) -> None:
        body = json.dumps(told).encode()
        self._head("application/json", len(body))
        self.wfile.write(body)

    def _head(self, kind: str, length: int) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(length))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def measured(vendor, how, monkeypatch, folder):
    monkeypatch.setenv("SEGUE_VENICE_BASE_URL", vendor)
    command = [sys.executable, "-c", CHILD, how, vendor]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    size, *digest, grown = ran.stdout.split()
    return int(size), digest, int(grown)


@pytest.mark.parametrize("how", ["sync", "async"])
def test_fifty_megabytes_take_less_than_eight_of_memory(vendor, how, monkeypatch, tmp_path):
    size, digest, grown = measured(vendor, how, monkeypatch, tmp_path)
    assert size == LARGE
    whole = hashlib.sha256()
    for piece in pieces(LARGE):
        whole.update(piece)
    assert digest == [whole.hexdigest()]
    assert grown < 8_000_000


def test_a_track_that_is_held_would_be_seen(vendor, monkeypatch, tmp_path):
    size, _, grown = measured(vendor, "held", monkeypatch, tmp_path)
    assert size == LARGE
    assert grown > 40_000_000
