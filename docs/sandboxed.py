"""A sandbox for the scripts of this folder: the vendors, on this computer, until the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def sandbox(*, speed: int = 30) -> Iterator[dict[str, str]]:
    """A running `segue-sandbox`; the environment that leads every provider to it.

    Vendor time runs `speed` times faster.
    """
    command = [sys.executable, "-m", "segue_sandbox", "--port", "0", "--seed", "1"]
    with subprocess.Popen(
        [*command, "--speed", str(speed)], stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            yield _environment(running)
        finally:
            running.terminate()


def _environment(running: subprocess.Popen[str]) -> dict[str, str]:
    """What a sandbox prints when it is ready: for each vendor an address and a key."""
    printed: dict[str, str] = {}
    for line in running.stdout or ():
        printed |= dict(word.split("=", 1) for word in line.split() if "=" in word)
        if "MUSICAPI_KEY" in printed:
            return printed
    raise RuntimeError("the sandbox ended before it was ready")


@contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    """This process's environment with those changes and nothing else of Segue's."""
    known = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("SEGUE_")]:
        del os.environ[name]
    os.environ |= changes
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= known
