"""The sandbox that cassettes are recorded from: its time goes on by request, not by the clock,
so that the same story gives the same recording."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

import msgspec

from segue.testing.cassettes import Sandbox
from segue_sandbox.app import application
from segue_sandbox.audio import blip
from segue_sandbox.clock import Clock, Dial
from segue_sandbox.faults import Plan
from segue_sandbox.serving import listening, serve, server
from segue_sandbox.venice import Venice

SEED = 1
STEP = 5.0
"""Vendor seconds from one request to the next."""


class Steps(Clock):
    """A clock that each look at it puts forward."""

    def __init__(self) -> None:
        self.dial = Dial()
        self._now = 0.0

    def now(self) -> float:
        self._now += STEP
        return self._now


@contextmanager
def opened(faults: Sequence[dict[str, Any]], seconds: float) -> Iterator[str]:
    """Venice on loopback, whose jobs take `seconds`; yields its address."""
    clock = Steps()
    venice = Venice(seed=SEED, job_seconds=(seconds, seconds), sound=blip, dial=clock.dial)
    plan = Plan.read(msgspec.json.encode(list(faults)), SEED)
    running = server(application([venice], clock, plan=plan, seed=SEED))
    sock = listening("127.0.0.1", 0)
    thread = threading.Thread(target=serve, args=(running, sock))
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}{venice.prefix}"
    finally:
        running.should_exit = True
        thread.join()
        sock.close()


def sandbox(
    *, key: str = "", faults: Sequence[dict[str, Any]] = (), seconds: float = 8.0
) -> Sandbox:
    """Venice as one story needs it."""
    return Sandbox(
        title=f"Segue's sandbox {version('segue-sandbox')}",
        opened=partial(opened, faults, seconds),
        key=key or "sandbox-key-of-cassettes",
    )
