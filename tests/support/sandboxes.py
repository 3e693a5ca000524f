"""The sandbox in a thread, on a free port, with Segue led to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from segue_sandbox.audio import Composer
from segue_sandbox.clock import Clock
from segue_sandbox.serving import listening, serve, server
from segue_sandbox.vendors import Setting, environments, served


@contextmanager
def on_loopback(app: ASGIApp) -> Iterator[str]:
    """Serve an application of the sandbox's; yields its origin."""
    running = server(app)
    with listening("127.0.0.1", 0) as sock:
        thread = threading.Thread(target=serve, args=(running, sock))
        thread.start()
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


@contextmanager
def sandbox(*, speed: float = 600, seconds: float = 1.0) -> Iterator[str]:
    """The origin of a running sandbox with all vendors; its pieces last `seconds`."""
    with on_loopback(served(Setting(sound=Composer(seconds)), Clock(speed))) as origin:
        yield origin


def leading_to(origin: str) -> dict[str, str]:
    """The environment that leads Segue to the sandbox: what `segue-sandbox` prints."""
    pairs = " ".join(environments(origin)).split()
    return dict(pair.split("=", 1) for pair in pairs)
