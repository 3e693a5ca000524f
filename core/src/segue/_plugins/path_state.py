"""Whether what is installed may have changed: the folders on `sys.path`, and the metadata folders
of distributions in them. Reading the metadata itself takes ten times as long.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import TypeAlias

State: TypeAlias = tuple[object, ...]

_METADATA = (".dist-info", ".egg-info", ".egg")
_SETTLED = 2_000_000_000
"""Nanoseconds for which nothing may have changed: a clock of a file system can be as coarse."""


def path_state() -> tuple[State, bool]:
    """A value that is equal while nothing is installed or removed; and whether it is settled, so
    that any later change is seen as one."""
    newest, parts = 0, []
    for path in sys.path:
        files = list(_files(path))
        newest = max(newest, *(changed for _, changed in files), 0)
        parts.append((path, *files))
    settled = newest < time.time_ns() - _SETTLED
    return (tuple(sys.meta_path), *parts), settled


def _files(path: str) -> Iterator[tuple[str, int]]:
    """The folder or archive itself, and the metadata in it, each with its time of change."""
    try:
        yield os.path.realpath(path), os.stat(path or ".").st_mtime_ns  # noqa: PTH116 - as sys.path
        with os.scandir(path or ".") as entries:
            for entry in entries:
                if entry.name.endswith(_METADATA):
                    yield entry.name, entry.stat().st_mtime_ns
    except OSError:  # it is not there, or no folder
        return
