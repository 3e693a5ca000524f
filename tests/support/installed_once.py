"""What is installed is read once, not again by each of the thousands of clients that tests make."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import importlib_metadata
import pytest


def read_once(patch: pytest.MonkeyPatch) -> None:
    """While the path is as now, entry points are as now; on any other path they are read."""
    real, path = importlib_metadata.entry_points, tuple(sys.path)
    remembered = cache(real)

    def entry_points(**wanted: Any) -> Any:
        return (remembered if tuple(sys.path) == path else real)(**wanted)

    patch.setattr(importlib_metadata, "entry_points", entry_points)
