"""What was recorded of Venice, replayed through every driver with the same snapshots and files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segue.testing.cassettes import Mode, Sandbox, alike
from segue.testing.cassettes.modes import mode_of
from segue_venice import Venice

from .venice_recordings import RECORDINGS, Recording

FOLDER = Path(__file__).parents[2] / "cassettes" / "venice"


def sandbox_for(told: Recording) -> Sandbox | None:
    """The sandbox that it is recorded from, if it is to be."""
    mode = mode_of(os.environ)
    if mode is Mode.LIVE and not told.live:
        pytest.skip("only the sandbox can be made to answer so")
    if mode is not Mode.SANDBOX:
        return None
    from .sandboxes import sandbox  # what only recording needs

    return sandbox(key=told.key, faults=told.faults, seconds=told.seconds)


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_driver_sees_the_same_and_plays_all_of_it(name):
    told = RECORDINGS[name]
    seen = alike(
        FOLDER / f"{name}.yaml",
        Venice,
        told.story,
        backend=told.backend,
        drivers=("sync", "asyncio", "trio") if name == "song" else ("sync", "asyncio"),
        sandbox=sandbox_for(told),
    )
    if callable(told.result):
        assert told.result(seen.result)
    else:
        assert seen.result == told.result


def test_a_song_was_seen_to_run_and_came_home(monkeypatch):
    monkeypatch.delenv("SEGUE_RECORD", raising=False)
    song = RECORDINGS["song"]
    seen = alike(FOLDER / "song.yaml", Venice, song.story, backend=song.backend)
    words = [snapshot.word for snapshot in seen.snapshots]
    assert words == ["PROCESSING"] * (len(words) - 1) + ["audio/flac"]
    assert len(words) > 3
    assert [file[:2] for file in seen.files] == [("track", "flac")]
    endpoints = [endpoint for endpoint, _ in seen.calls]
    assert endpoints.count("POST /audio/queue") == 1
    assert endpoints[-1] == "POST /audio/complete"
