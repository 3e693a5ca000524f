from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sandboxes import leading_to, sandbox

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.audio import blip
from segue_sandbox.venice import Venice

Ask = Callable[..., Reply]


@pytest.fixture(scope="module")
def every_vendor():
    """The origin of a sandbox that plays them all."""
    with sandbox() as origin:
        yield origin


@pytest.fixture
def led_there(every_vendor, monkeypatch, tmp_path):
    """Segue's providers are led to that sandbox."""
    for name, value in leading_to(every_vendor).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SEGUE_JOURNAL", str(tmp_path / "journal.sqlite3"))


@pytest.fixture
def venice() -> Venice:
    return Venice(seed=1, job_seconds=(10, 20), sound=blip)


@pytest.fixture
def ask(venice: Venice) -> Ask:
    """Ask the model: `ask("POST", "/audio/queue", {...}, now=3, key="k")`."""

    def ask(method, path, body=None, *, now=0.0, key="k", headers=None, raw=None):
        told = {} if key is None else {"authorization": f"Bearer {key}"}
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        request = Request(
            method=method, path=path, headers={**told, **(headers or {})}, body=content
        )
        return venice.handle(request, now)

    return ask


@pytest.fixture
def send(ask: Ask) -> Ask:
    """Send a form with a file: `send("POST /audio/voices", {...}, b"RIFF…")`."""

    def send(endpoint, fields, file, **how):
        lines = [
            f'--x1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = b'--x1\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        raw = b"".join([*lines, head, file, b"\r\n--x1--\r\n"])
        kind = {"content-type": "multipart/form-data; boundary=x1"}
        return ask(*endpoint.split(), raw=raw, headers=kind, **how)

    return send
