"""What holds for all tests."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """A shell that starts the tests in the background has Ctrl-C ignored, by them and by the
    processes that they start: tests of being interrupted would wait for ever."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
