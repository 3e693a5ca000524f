"""The sandbox in a thread, on a free port, with Segue pointed at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from segue_sandbox.app import application
from segue_sandbox.audio import Composer
from segue_sandbox.clock import Clock
from segue_sandbox.serving import listening, serve, server
from segue_sandbox.venice import Venice


@contextmanager
def sandbox(*, speed: float = 600, seconds: float = 1.0) -> Iterator[str]:
    """The origin of a running sandbox; its pieces last `seconds`."""
    clock = Clock(speed)
    running = server(application([Venice(dial=clock.dial, sound=Composer(seconds))], clock))
    with listening("127.0.0.1", 0) as sock:
        thread = threading.Thread(target=serve, args=(running, sock))
        thread.start()
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


def leading_to(origin: str) -> dict[str, str]:
    """The environment that leads Segue to the sandbox."""
    return {
        "SEGUE_VENICE_BASE_URL": f"{origin}/venice/api/v1",
        "VENICE_API_KEY": "any-key",
    }
