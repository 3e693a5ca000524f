from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from segue.flow import Reply
from segue.testing.hush_vendor import Request
from segue_sandbox.audio import blip
from segue_sandbox.venice import Venice

Ask = Callable[..., Reply]


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
