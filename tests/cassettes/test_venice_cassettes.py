"""What was recorded of Venice, replayed through every driver with the same snapshots and files."""

from __future__ import annotations

import pytest

from .shelves import check, replayed
from .venice_recordings import VENICE


@pytest.mark.parametrize("name", VENICE.recordings)
def test_every_driver_sees_the_same_and_plays_all_of_it(name):
    check(VENICE, name)


def test_a_song_was_seen_to_run_and_came_home(monkeypatch):
    monkeypatch.delenv("SEGUE_RECORD", raising=False)
    seen = replayed(VENICE, "song")
    words = [snapshot.word for snapshot in seen.snapshots]
    assert words == ["PROCESSING"] * (len(words) - 1) + ["audio/flac"]
    assert len(words) > 3
    assert [file[:2] for file in seen.files] == [("track", "flac")]
    endpoints = [endpoint for endpoint, _ in seen.calls]
    assert endpoints.count("POST /audio/queue") == 1
    assert endpoints[-1] == "POST /audio/complete"
