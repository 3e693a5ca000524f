"""A provider that cannot wait: it looks for its vendor when it is imported."""

from __future__ import annotations

import contextlib
import socket

from tests.kit.metronome import Metronome

with contextlib.suppress(OSError):
    socket.create_connection(("127.0.0.1", 9), timeout=0.1).close()


class Eager(Metronome):
    pass
