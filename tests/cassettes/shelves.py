"""The shelves, and how what stands on them is replayed, or recorded if that is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segue.testing.cassettes import Mode, Sandbox, Seen, alike
from segue.testing.cassettes.modes import mode_of

from .marketplace_recordings import MARKETPLACE
from .musicapi_recordings import MUSICAPI
from .recordings import Recording, Shelf
from .venice_recordings import VENICE

PLACE = Path(__file__).parents[2] / "cassettes"
SHELVES = (VENICE, MARKETPLACE, MUSICAPI)


def replayed(shelf: Shelf, name: str) -> Seen:
    """What every driver sees alike of a recording."""
    told = shelf.recordings[name]
    return alike(
        PLACE / shelf.name / f"{name}.yaml",
        shelf.provider,
        told.story,
        backend=told.backend or shelf.backend,
        drivers=told.drivers,
        sandbox=_sandbox(shelf, told),
        scrub=shelf.scrub,
    )


def check(shelf: Shelf, name: str) -> None:
    """Every driver sees the same, plays all of it, and comes to what was expected."""
    seen, result = replayed(shelf, name), shelf.recordings[name].result
    if callable(result):
        assert result(seen.result), seen.result
    else:
        assert seen.result == result, seen.result


def _sandbox(shelf: Shelf, told: Recording) -> Sandbox | None:
    """The sandbox that it is recorded from, if it is to be."""
    mode = mode_of(os.environ)
    if mode is Mode.LIVE and not told.live:
        pytest.skip("only the sandbox can be made to answer so")
    if mode is not Mode.SANDBOX:
        return None
    from .sandboxes import sandbox  # what only recording needs

    return sandbox(shelf, told)
