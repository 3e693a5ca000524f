"""A request that may cost money never goes out on a connection that the vendor may be closing."""

import socket
import threading

import pytest
from toy_vendor import Toy

from segue._http import pool as lanes
from segue._process.forks import renewed_in_child
from segue.journal import State
from segue.testing.memory_journal import MemoryJournal

NAMED = b'{"id": "j1", "status": "running"}'
ANSWER = b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%b\r\n%b"


class Closing:
    """Holds connections open, and closes each when its second request comes, without an answer."""

    def __init__(self):
        self.lines, self.cookies, self.open = [], [], 0
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
        self.open += 1
        with connection, connection.makefile("rb") as file:
            self._read(file)
            cookie = b"set-cookie: s=1; path=/\r\n" if len(self.lines) == 1 else b""
            connection.sendall(ANSWER % (len(NAMED), cookie, NAMED))
            self._read(file)
        self.open -= 1

    def _read(self, file):
        if not (line := file.readline()):
            return
        self.lines.append(line.split()[0])
        length = 0
        while (header := file.readline()).strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
            if name.lower() == b"cookie":
                self.cookies.append(value.strip())
        file.read(length)

    def close(self):
        self._server.close()


@pytest.fixture
def closing(monkeypatch):
    server = Closing()
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", server.url)
    yield server
    server.close()


def test_a_paid_request_never_meets_a_connection_that_just_closes(face, closing):
    journal = MemoryJournal()
    client = face.client(Toy(), journal=journal)
    for _ in range(3):
        job = face.do(client.submit, "a waltz")
        face.do(job.poll)
    assert {entry.state for entry in journal.entries()} == {State.SUBMITTED}
    assert closing.lines.count(b"POST") == 3


def test_the_connection_of_a_paid_request_is_closed_with_its_answer(face, closing):
    client = face.client(Toy(), journal=MemoryJournal())
    for _ in range(3):
        face.do(client.submit, "a waltz")
    for _ in range(200):
        if not closing.open:
            break
        threading.Event().wait(0.01)
    assert closing.open == 0


def test_paid_and_other_requests_have_the_same_cookies(face, closing):
    client = face.client(Toy(), journal=MemoryJournal())
    job = face.do(client.submit, "a waltz")
    face.do(job.poll)
    face.do(client.submit, "a waltz")
    assert closing.cookies[0] == closing.cookies[-1] == b"s=1"


def test_the_callers_own_client_sends_paid_requests_too():
    import httpx

    with httpx.Client() as theirs:
        several = lanes.Lanes(lambda *_: httpx.Client(), theirs=theirs)
        assert several.way(spends=True) is several


def test_a_forked_child_has_lanes_of_its_own_for_paid_requests():
    import httpx

    several = lanes.Lanes(lambda limits, _: httpx.Client(limits=limits))
    paid = several.way(spends=True)
    renewed_in_child(several)
    several.forked()
    assert several.way(spends=True) is not paid
    several.close()
