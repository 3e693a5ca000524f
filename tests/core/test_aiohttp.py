"""Requests through aiohttp: that they are, and that no failure of it is taken for another.

That it means the same otherwise is shown by all tests with `face`, which run over it, too.
"""

import socket
import sys
import threading
from contextlib import contextmanager

import anyio
import httpx
import pytest
from faces import over_aiohttp
from httpx_aiohttp import HttpxAiohttpClient
from toy_vendor import Answer, Toy

import segue
from segue.errors import ConfigError, NotSent, SubmissionUnknown
from segue.flow import call
from segue.job import Ticket

QUEUED = Answer(body=b'{"id": "j1"}')
LOST = {
    "silent": b"",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "half a body": b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{",
    "no HTTP": b"what is this?\r\n\r\n",
}


class Asked(Toy):
    """Its paid request is a GET, which aiohttp would send again by itself."""

    def submit(self, task):
        yield from call("GET", "/jobs", spends=True)
        return Ticket(provider=self.name, id="j1")


@contextmanager
def answering(reply: bytes):
    """A server that reads a request, sends these bytes and hangs up; and what it has read."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    got.append(connection.recv(65536))
                    connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", got
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


async def submitted(toy, *, http=None, config=None):
    async with segue.AsyncClient(toy, journal=None, http=http, config=config) as client:
        await client.submit("a waltz")


async def submitted_with_mine(toy):
    async with HttpxAiohttpClient() as mine:
        await submitted(toy, http=mine)


async def submitted_with_ours(toy):
    await submitted(toy, config=over_aiohttp(None))


WAYS = pytest.mark.parametrize(
    "submit", [submitted_with_mine, submitted_with_ours], ids=["client of your own", "setting"]
)


@WAYS
@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
def test_a_paid_request_whose_answer_is_lost_is_sent_once(submit, reply, monkeypatch):
    with answering(reply) as (url, got):
        monkeypatch.setenv("SEGUE_TOY_BASE_URL", url)
        with pytest.raises(SubmissionUnknown):
            anyio.run(submit, Toy())
    assert len(got) == 1


@WAYS
def test_a_paid_request_that_found_no_server_is_known_to_be_unsent(submit, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SEGUE_TOY_BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(NotSent, match="nothing was spent"):
            anyio.run(submit, Toy())


@WAYS
def test_a_server_that_speaks_no_tls_is_known_to_have_been_asked_nothing(submit, monkeypatch):
    with answering(b"hello") as (url, got):
        monkeypatch.setenv("SEGUE_TOY_BASE_URL", url.replace("http:", "https:"))
        with pytest.raises(NotSent, match="nothing was spent"):
            anyio.run(submit, Toy())
    assert len(got) == 1
    assert b"GET" not in got[0]


def test_aiohttp_sends_no_paid_get_a_second_time_by_itself(monkeypatch):
    with answering(b"") as (url, got):
        monkeypatch.setenv("SEGUE_TOY_BASE_URL", url)
        with pytest.raises(SubmissionUnknown):
            anyio.run(submitted_with_ours, Asked())
    assert len(got) == 1


@pytest.mark.parametrize(("loop", "other"), [("asyncio", True), ("trio", False)])
def test_the_setting_holds_under_asyncio(vendor, toy, monkeypatch, loop, other):
    vendor.says("/jobs", QUEUED)
    usual = []
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def sent(transport, request):
        usual.append(request)
        return await send(transport, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", sent)
    anyio.run(submitted_with_ours, toy, backend=loop)
    assert len(vendor.asked("/jobs")) == 1
    assert (not usual) is other


def test_without_aiohttp_the_setting_says_how_to_get_it(toy, monkeypatch):
    monkeypatch.delitem(sys.modules, "segue._http.aiohttp_transport", raising=False)
    monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)
    with pytest.raises(ConfigError, match=r"http\.transport.*httpx_aiohttp") as caught:
        segue.AsyncClient(toy, journal=None, config=over_aiohttp(None))
    assert "segue-core[fast]" in str(caught.value)


def test_a_client_of_your_own_needs_no_aiohttp_whatever_the_setting_says(vendor, toy, monkeypatch):
    vendor.says("/jobs", QUEUED)
    monkeypatch.delitem(sys.modules, "segue._http.aiohttp_transport", raising=False)
    monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)

    async def submit():
        async with httpx.AsyncClient() as mine:
            await submitted(toy, http=mine, config=over_aiohttp(None))

    anyio.run(submit)
    assert len(vendor.asked("/jobs")) == 1
