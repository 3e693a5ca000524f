"""What keeps a request from reaching its vendor is said in plain words, whichever library sends."""

import socket
import ssl
import threading
from contextlib import contextmanager
from pathlib import Path

import httpcore
import httpx
import pytest
from toy_vendor import Toy

from segue._config.files import Document
from segue._http.classify import unsent
from segue.config import Config
from segue.errors import NotSent

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def failing(face, monkeypatch):
    """The error of a submission to an address, and what it says."""

    def tried(url, **http):
        monkeypatch.setenv("SEGUE_TOY_BASE_URL", url)
        monkeypatch.setenv("TOY_KEY", "toy-key-1234")
        file = Document(path=Path("segue.toml"), content={"http": http})
        client = face.client(Toy(), config=Config([file]))
        with pytest.raises(NotSent) as caught:
            face.do(client.submit, "a waltz")
        error = caught.value
        assert "Error" not in error.message
        assert "Errno" not in error.message
        assert _under(error), "the cause is chained"
        return error

    return tried


def _under(error):
    while error is not None and not type(error).__module__.startswith(("httpx", "httpcore")):
        error = error.__cause__
    return error


@contextmanager
def serving(answer):
    """A server that does as `answer` with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_nobody_listens(failing):
    error = failing(NOBODY)
    assert "cannot reach 127.0.0.1:9: connection refused" in error.message
    assert error.advice.startswith("check the network and the provider's base_url, then try again")


def test_no_such_host(failing, monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failing("https://api.toy.example/v1")
    assert "cannot reach api.toy.example: no such host (is this machine online?)" in error.message


def test_no_answer_in_time(failing):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        full = [socket.socket() for _ in range(4)]
        for one in full:  # they fill its queue: the next one waits
            one.setblocking(False)
            one.connect_ex(address)
        error = failing(f"http://127.0.0.1:{address[1]}", connect_timeout=0.3)
        for one in full:
            one.close()
    assert f"cannot reach 127.0.0.1:{address[1]}: it did not answer in time" in error.message


def test_no_tls_where_there_should_be(failing):
    with serving(lambda one: (one.recv(100), one.sendall(b"HTTP/1.1 400 X\r\n\r\n"))) as port:
        error = failing(f"https://127.0.0.1:{port}")
    assert f"cannot reach 127.0.0.1:{port}: it does not speak TLS" in error.message
    assert not error.passing


def test_a_certificate_that_is_not_trusted():
    why = ssl.SSLCertVerificationError(1, "certificate verify failed")
    why.verify_message = "self-signed certificate"
    error = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] (_ssl.c:1006)")
    error.__cause__ = httpcore.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]")
    error.__cause__.__cause__ = why
    never = unsent(error, httpx.URL("https://api.toy.example/v1?key=secret"), proxy=None)
    assert never.message == (
        "cannot reach api.toy.example: its certificate is not trusted: self-signed certificate"
    )
    assert not never.passing


def test_a_proxy_that_nobody_runs(failing):
    error = failing("https://api.toy.example", proxy="http://127.0.0.1:9")
    assert (
        "cannot reach api.toy.example through the proxy 127.0.0.1:9: connection refused"
        in error.message
    )
    assert "check the proxy" in error.advice


def test_the_password_of_a_proxy_is_not_shown():
    error = httpx.ConnectError("[Errno 111]")
    error.__cause__ = httpcore.ConnectError("[Errno 111]")
    error.__cause__.__cause__ = ConnectionRefusedError(111, "refused")
    proxy = httpx.URL("http://me:secret@proxy.example:3128")
    never = unsent(error, httpx.URL("https://api.toy.example"), proxy=proxy)
    assert "through the proxy proxy.example:3128: connection refused" in str(never)
    assert "secret" not in str(never)


def test_a_proxy_that_refuses(failing):
    no = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
    with serving(lambda one: (one.recv(1000), one.sendall(no))) as port:
        error = failing("https://api.toy.example", proxy=f"http://127.0.0.1:{port}")
    assert f"cannot reach api.toy.example: the proxy 127.0.0.1:{port} answered" in error.message
    assert "407 Proxy Authentication Required" in error.message
