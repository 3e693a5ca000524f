"""Segue's own provider against the sandbox, over real HTTP: a job's life, and its files."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import httpx
import pytest
import soundfile

import segue
from segue.errors import (
    JobCancelled,
    JobExpired,
    SubmissionUnknown,
)
from segue.job import Status
from segue.journal import State

from .house import MODEL, MUSIC, PROMPT, one_form, signed


def test_a_song_comes_home_and_is_charged_once(house, client, tmp_path):
    task = segue.Generate(prompt=PROMPT, duration=60)
    delivery = client.generate_and_wait(task, to=tmp_path / "song.mp3", max_cost="0.02 USD")
    assert soundfile.info(delivery.tracks[0].path).format == "MP3"
    assert str(delivery.snapshot.cost) == "0.018 USD"
    assert house.charged() == [Decimal("0.018")]


@one_form
def test_the_same_asynchronously(house, tmp_path):
    async def main():
        async with segue.AsyncClient(MODEL) as client:
            job = await client.submit(PROMPT)
            await job.wait()
            return await job.download(tmp_path / "out")

    (path,) = asyncio.run(main())
    assert path.suffix == ".mp3"
    assert len(house.charged()) == 1


@one_form
def test_who_waits_is_told_how_the_search_for_a_seller_goes(house, client):
    notes = []
    with house.clock.standing():
        job = client.submit(f"{PROMPT} [sandbox:second-seller]")
        for seconds in (0, 1.5, 1.5):
            house.clock.stopped += seconds
            notes.append(job.poll().notes[0])
    assert notes[0] == "looking for a seller"
    assert notes[1] == "looking for a seller, attempt 1"
    assert notes[2].startswith("a seller has it: api.venice.ai, attempt 2")


def test_a_word_that_no_table_knows_is_waited_on(client):
    job = client.submit(f"{PROMPT} [sandbox:odd-word]")
    assert job.wait().status is Status.SUCCEEDED


@pytest.mark.parametrize("kind", ["drop_after", "duplicate", "drop_before"])
def test_a_submission_that_goes_wrong_on_the_way_is_one_job(house, client, kind, tmp_path):
    house.plan({"endpoint": f"POST {MUSIC}", "nth": 1, "kind": kind})
    client.generate_and_wait(PROMPT, to=tmp_path / "out")
    assert len(house.charged()) == 1
    (entry,) = client.jobs()
    assert entry.state is State.DELIVERED


def test_an_answer_that_stays_lost_is_settled_later_by_the_same_key(house, client, tmp_path):
    house.plan({"endpoint": f"POST {MUSIC}", "kind": "drop_after"})
    with pytest.raises(SubmissionUnknown):
        client.submit(PROMPT)
    (entry,) = client.jobs()
    assert entry.state is State.UNKNOWN
    house.plan()
    job = client.resume(entry.job)
    job.wait()
    assert job.download(tmp_path / "out")[0].stat().st_size > 0
    assert len(house.charged()) == 1


def test_a_cancelled_job_is_cancelled_and_not_charged(house, client):
    with house.clock.standing():
        job = client.submit(PROMPT)
        assert job.cancel().status is Status.CANCELLED
    with pytest.raises(JobCancelled):
        job.wait()
    house.clock.skip(1000)
    assert house.charged() == []


@one_form
def test_a_cancel_that_comes_too_late_tells_the_truth(house, client, tmp_path):
    job = client.submit(f"{PROMPT} [sandbox:cancel-409]")
    job.wait()
    assert job.cancel().status is Status.SUCCEEDED
    assert job.download(tmp_path / "out")[0].stat().st_size > 0
    assert len(house.charged()) == 1


def test_a_cancel_that_changes_nothing_is_not_told_as_one(house, client):
    with house.clock.standing():
        job = client.submit(f"{PROMPT} [sandbox:unstoppable]")
        assert not job.cancel().status.terminal
    assert job.wait().status is Status.SUCCEEDED


def test_a_job_that_expires_has_expired(house, client):
    job = client.submit(f"{PROMPT} [sandbox:nobody]")
    assert job.poll().status is Status.QUEUED
    house.clock.skip(900)
    with pytest.raises(JobExpired):
        job.wait()


def test_the_token_in_a_ticket_polls_without_a_key(house, client, monkeypatch):
    ticket = client.submit(PROMPT).ticket
    assert "mjt_" not in repr(ticket)
    monkeypatch.delenv("SURPLUS_API_KEY")
    with segue.Client(MODEL, journal=None) as keyless:
        assert keyless.resume(ticket).wait().status is Status.SUCCEEDED


@signed
def test_a_signed_address_needs_no_key_either(house, client, monkeypatch, tmp_path):
    ticket = client.submit(PROMPT).ticket
    monkeypatch.delenv("SURPLUS_API_KEY")
    with segue.Client(MODEL, journal=None) as keyless:
        job = keyless.resume(ticket)
        job.wait()
        assert job.download(tmp_path / "out")[0].stat().st_size > 0


@signed
def test_an_expired_address_is_asked_for_anew(house, client, tmp_path):
    job = client.submit(PROMPT)
    job.wait()
    polls = len(house.asked("GET", MUSIC))
    house.clock.skip(901)
    (path,) = job.download(tmp_path / "song.mp3")
    assert soundfile.info(path).frames > 0
    assert house.asked("GET", "/async-media/") == [403, 200]
    assert len(house.asked("GET", MUSIC)) == polls + 1


@one_form
def test_after_three_hours_it_is_gone(house, client, tmp_path):
    job = client.submit(PROMPT)
    job.wait()
    house.clock.skip(3 * 3600 + 60)
    with pytest.raises(segue.errors.DownloadError):
        job.download(tmp_path / "out")


def test_an_interrupted_download_is_fetched_again(house, client, tmp_path):
    job = client.submit(PROMPT)
    job.wait()
    url = job.snapshot.tracks[0].url
    path = httpx.URL(url).path.removeprefix("/marketplace")
    within = path if path.startswith("/v1") or "/async-media/" in path else f"/v1{path}"
    house.plan({"endpoint": f"GET {within}", "nth": 1, "kind": "truncate"})
    (path,) = job.download(tmp_path / "song.mp3")
    assert soundfile.info(path).frames > 0
    assert len(house.asked("GET", within)) == 2


def test_both_pieces_of_a_job_come_home(house, client, tmp_path):
    task = f"{PROMPT} [sandbox:two-artifacts]"
    delivery = client.generate_and_wait(task, to=tmp_path / "out")
    assert len({file.sha256 for file in delivery.files}) == 2
