"""What bounds a request before the server reads it, and what it needs for that."""

import socket
from importlib.metadata import requires

from packaging.requirements import Requirement

from segue.config import Config
from segue_server import Gateway, guard
from segue_server.serving import uvicorn_config
from segue_server.settings import server_settings

from .serving import MUSIC


def test_no_version_of_starlette_is_allowed_that_a_crafted_range_stalls():
    needed = [Requirement(each) for each in requires("segue-server")]
    (starlette,) = [each for each in needed if each.name == "starlette"]
    assert "0.49.0" not in starlette.specifier
    assert "0.49.1" in starlette.specifier


def test_headers_are_read_by_what_bounds_them_whatever_else_is_installed(tmp_path):
    config = Config.load(environ={"SEGUE_JOURNAL": str(tmp_path / "journal.sqlite3")})
    made = uvicorn_config(Gateway(server_settings(config)))
    assert made.http == "h11"
    assert made.h11_max_incomplete_event_size == 32_768


def sent(api, head):
    """The beginning of the answer to these bytes."""
    with socket.create_connection((api.base_url.host, api.base_url.port), timeout=10) as sock:
        sock.sendall(head.encode())
        return sock.recv(100)


def test_headers_that_have_no_end_are_refused(api):
    assert b" 400 " in sent(api, f"GET {MUSIC} HTTP/1.1\r\nHost: localhost\r\nX: {'x' * 40_000}")


def test_a_body_that_does_not_arrive_is_a_408(api, monkeypatch):
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.2)
    head = f"POST {MUSIC} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{{"
    assert b" 408 " in sent(api, head)
