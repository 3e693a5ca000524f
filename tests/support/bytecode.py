"""Modules are compiled once, not again by each of the hundreds of processes that tests start."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def compiled_once(folder: Path) -> None:
    """Where Python is not to write beside the sources, it writes into `folder`.

    `PYTHONDONTWRITEBYTECODE` keeps a checkout clean. With it, and without this, every process
    compiles the whole of what it imports.
    """
    if not sys.dont_write_bytecode:
        return
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(folder)
    sys.dont_write_bytecode = False
