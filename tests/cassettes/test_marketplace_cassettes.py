"""What was recorded of the marketplace, replayed through every driver with the same snapshots
and files."""

from __future__ import annotations

import pytest

from segue.testing.cassettes import heard

from .marketplace_recordings import MARKETPLACE
from .shelves import PLACE, check, replayed


@pytest.mark.parametrize("name", MARKETPLACE.recordings)
def test_every_driver_sees_the_same_and_plays_all_of_it(name):
    check(MARKETPLACE, name)


def requests(name):
    """What a cassette was asked: the method and the address, and the headers that were sent."""
    told = heard(PLACE / MARKETPLACE.name / f"{name}.yaml")
    return [(f"{one.method} {one.url.partition('?')[0]}", one.request["headers"]) for one in told]


def statuses(name, method, part):
    told = heard(PLACE / MARKETPLACE.name / f"{name}.yaml")
    return [one.status for one in told if one.method == method and part in one.url]


def test_a_song_was_seen_to_look_for_a_seller_and_was_paid_for_when_it_was_done(monkeypatch):
    monkeypatch.delenv("SEGUE_RECORD", raising=False)
    seen = replayed(MARKETPLACE, "song")
    words = [snapshot.word for snapshot in seen.snapshots]
    assert words[0] == "queued"
    assert set(words[1:-1]) == {"running"}
    assert words[-1] == "succeeded"
    assert [str(snapshot.cost) for snapshot in seen.snapshots if snapshot.cost] == ["0.018 USD"]
    assert [file[:2] for file in seen.files] == [("track", "mp3")]


def test_the_music_is_fetched_with_the_key_from_the_api_and_without_it_from_the_storage():
    live, headers = requests("song")[-2]
    assert live.startswith("GET https://api.surplusintelligence.ai/v1/media/artifacts/")
    assert list(headers) == ["authorization"]
    signed, headers = requests("song-documented")[-1]
    assert signed.startswith("GET https://media-artifacts.s3.amazonaws.com/async-media/")
    assert headers == {}


def test_a_job_is_looked_at_with_its_token_alone():
    looks = [headers for told, headers in requests("job-token") if told.startswith("GET")][3:]
    assert looks
    assert all(list(headers) == ["x-job-token"] for headers in looks)


def test_a_wrong_token_gives_way_to_the_key():
    assert statuses("wrong-token", "GET", "/v1/music/") == [401, 200]


@pytest.mark.parametrize(("name", "first"), [("said-twice", 500), ("rate-limit", 429)])
def test_a_submission_is_said_twice_under_a_key_of_its_own(name, first):
    assert statuses(name, "POST", "/v1/music/") == [first, 202]
    twice = [headers for told, headers in requests(name) if told.startswith("POST")]
    assert all("idempotency-key" in headers for headers in twice)


def test_each_form_is_there():
    assert statuses("song", "GET", "/v1/music/") == [200] * 6
    assert statuses("song-documented", "GET", "/v1/music/") == [202] * 5 + [200]
    assert statuses("discount-not-met", "POST", "/min60/v1/music/") == [404]
    assert statuses("discount-not-met-documented", "POST", "/min60/v1/music/") == [503]


def test_an_address_that_has_expired_is_asked_for_anew():
    files = statuses("signature-expired", "GET", "amazonaws.com/async-media/")
    assert files == [403, 200]
    assert statuses("signature-expired", "GET", "/v1/music/") == [200, 200]
