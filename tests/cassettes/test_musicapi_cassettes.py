"""What was recorded of MusicAPI, replayed through every driver with the same snapshots and
files."""

from __future__ import annotations

import pytest

from segue.job import Status
from segue.testing.cassettes import heard

from .musicapi_recordings import FAMILIES, MUSICAPI
from .shelves import PLACE, check, replayed


@pytest.mark.parametrize("name", MUSICAPI.recordings)
def test_every_driver_sees_the_same_and_plays_all_of_it(name):
    check(MUSICAPI, name)


def statuses(name, method, part):
    told = heard(PLACE / MUSICAPI.name / f"{name}.yaml")
    return [one.status for one in told if one.method == method and part in one.url]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_song_of_each_family_was_seen_to_run_and_came_home(family, monkeypatch):
    monkeypatch.delenv("SEGUE_RECORD", raising=False)
    seen = replayed(MUSICAPI, f"song-{family}")
    *before, last = seen.snapshots
    assert len(before) > 2
    assert not any(snapshot.status.terminal for snapshot in before)
    assert last.status is Status.SUCCEEDED
    assert len(seen.files) == len(last.tracks)
    assert [endpoint for endpoint, _ in seen.calls].count(f"POST /{family}/create") == 1


def test_a_song_that_still_runs_beside_one_that_is_ready_is_waited_for(monkeypatch):
    monkeypatch.delenv("SEGUE_RECORD", raising=False)
    seen = replayed(MUSICAPI, "song-sonic")
    states = [[track.status.value for track in one.tracks] for one in seen.snapshots]
    assert ["succeeded", "running"] in states
    assert states[-1] == ["succeeded", "succeeded"]


def test_an_address_of_a_song_that_runs_is_recorded_and_never_fetched():
    told = heard(PLACE / MUSICAPI.name / "song-sonic.yaml")
    assert any(b"https://audiopipe.suno.ai/" in one.response["body"]["string"] for one in told)
    assert not any("audiopipe" in one.url for one in told)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_key_goes_to_the_api_and_not_with_the_files(family):
    told = heard(PLACE / MUSICAPI.name / f"song-{family}.yaml")
    keyed = {one.url.split("/")[2]: "authorization" in one.request["headers"] for one in told}
    assert keyed == {"api.musicapi.ai": True, "cdn.musicapi.ai": False}


def test_a_song_that_is_paid_for_is_asked_for_once():
    assert statuses("in-doubt", "POST", "/create") == [504]
    assert statuses("rate-limit", "POST", "/create") == [200, 429]
    assert statuses("not-a-verdict", "POST", "/create") == [200]


def test_a_score_is_asked_for_until_it_is_ready():
    assert set(statuses("midi", "POST", "/sonic/midi")[:-1]) == {202}
    assert statuses("midi", "POST", "/sonic/midi")[-1] == 200


def test_a_final_504_is_asked_for_once():
    assert statuses("timed-out", "GET", "/sonic/task/") == [504]
