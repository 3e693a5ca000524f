"""A track that a poll meets is saved from that answer, and an equal price is asked for once."""

from __future__ import annotations

import gc
import warnings

import pytest
from toy_vendor import WAV

import segue
from segue._engine import quote_cache as prices
from segue._http import handle_response as held
from segue.flow import sleep
from segue.hooks import hookimpl
from segue.provider import Limits

from .test_through_core import DONE, RUNNING, TASK, Hasty, client, hasty, says

__all__ = ["client", "hasty"]  # fixtures


def cut(answer, at):
    return type(answer)(**{**vars(answer), "cut": at})


def test_a_whole_job_asks_for_its_track_once(client, face, vendor, tmp_path):
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path)
    assert delivery.files[0].bytes == len(WAV)
    assert len(vendor.asked("/audio/retrieve")) == 2  # RUNNING, then the track


def test_who_waits_and_then_saves_asks_for_the_track_once(client, face, vendor, tmp_path):
    job = face.do(client.submit, TASK)
    face.do(job.wait)
    assert face.do(job.download, tmp_path)[0].read_bytes() == WAV
    assert len(vendor.asked("/audio/retrieve")) == 2


def test_who_polls_and_then_saves_asks_for_the_track_once(client, face, vendor, tmp_path):
    job = face.do(client.submit, TASK)
    while not face.do(job.poll).status.terminal:
        pass
    assert face.do(job.download, tmp_path)[0].read_bytes() == WAV
    assert len(vendor.asked("/audio/retrieve")) == 2


def test_a_download_without_a_wait_asks_for_the_track_once(client, face, vendor, tmp_path):
    vendor.says("/audio/retrieve", DONE)
    job = face.do(client.submit, TASK)
    assert face.do(job.download, tmp_path)[0].read_bytes() == WAV
    assert len(vendor.asked("/audio/retrieve")) == 1


def test_a_download_that_comes_late_asks_again(client, face, vendor, tmp_path, monkeypatch):
    """Nothing stays open for longer: the timer of a thread or of the loop closes it, and trio's
    is closed by the next who keeps one."""
    monkeypatch.setattr(held, "LONGEST", 0.0)
    monkeypatch.setattr(held, "MOST", 0)
    job = face.do(client.submit, TASK)
    face.do(job.wait)
    lanes = client._driver._lanes._lanes
    for _ in range(100):
        if not any(lane.taken for lane in lanes):
            break
        face.do(job._driver.run, sleep(0.01))
    assert [lane.taken for lane in lanes] == [0] * len(lanes)
    assert face.do(job.download, tmp_path)[0].read_bytes() == WAV
    assert len(vendor.asked("/audio/retrieve")) == 3


def test_only_some_answers_stay_open_and_none_when_the_client_is_closed(
    client, face, vendor, monkeypatch
):
    monkeypatch.setattr(held, "MOST", 2)
    vendor.says("/audio/retrieve", DONE)
    for _ in range(4):
        face.do(face.do(client.submit, TASK).wait)
    lanes = client._driver._lanes._lanes
    assert sum(lane.taken for lane in lanes) == 2
    face.do(client.close)
    assert [lane.taken for lane in lanes] == [0] * len(lanes)


@pytest.fixture
def remembering(hasty, face, monkeypatch, tmp_path):
    """A client that has a journal."""
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Hasty)
    return face.client("venice/ace-step-15", journal=tmp_path / "journal.sqlite3")


def test_a_job_that_the_journal_knows_as_delivered_is_not_asked_for(
    remembering, face, vendor, tmp_path
):
    client = remembering
    ticket = face.do(client.generate_and_wait, TASK, to=tmp_path / "out").ticket
    asked = len(vendor.asked("/audio/retrieve"))
    for name in (ticket, ticket.job):
        job, heard = face.do(client.resume, name), []
        assert face.do(job.wait, on_update=heard.append).status is segue.Status.SUCCEEDED
        assert "delivered already" in str(heard[0])
        for to in (None, tmp_path / "out"):
            path, *_ = face.do(job.download, to)
            assert path.read_bytes() == WAV
        assert len(list((tmp_path / "out").iterdir())) == 1
    assert len(vendor.asked("/audio/retrieve")) == asked


def test_one_whose_file_is_gone_or_wanted_elsewhere_is_fetched(remembering, face, vendor, tmp_path):
    client = remembering
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path / "out")
    job = face.do(client.resume, delivery.ticket)
    face.do(job.wait)
    assert face.do(job.download, tmp_path / "other")[0].read_bytes() == WAV
    for path in [delivery.path, *(tmp_path / "other").iterdir()]:
        path.unlink()
    job = face.do(client.resume, delivery.ticket)
    face.do(job.wait)
    assert face.do(job.download, tmp_path / "out")[0].read_bytes() == WAV


def test_an_answer_that_breaks_off_is_asked_for_again(client, face, vendor, tmp_path):
    vendor.says("/audio/retrieve", RUNNING, cut(DONE, 5000), DONE)
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path)
    assert delivery.paths[0].read_bytes() == WAV
    assert len(vendor.asked("/audio/retrieve")) == 3


def test_a_compressed_answer_is_not_handed_on(client, face, vendor, tmp_path):
    odd = type(DONE)(**{**vars(DONE), "headers": {"content-encoding": "br"}})
    vendor.says("/audio/retrieve", odd, DONE)
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path)
    assert delivery.paths[0].read_bytes() == WAV
    assert len(vendor.asked("/audio/retrieve")) == 2


def test_a_poll_that_was_paced_pays_for_the_download(hasty, face, monkeypatch, tmp_path):
    """With one poll a minute, the job comes home within the test."""

    class Slow(Hasty):
        limits = Limits(polls_per_minute=1)

    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Slow)
    hasty.says("/audio/retrieve", DONE)
    client = face.client("venice/ace-step-15", timeout=5)
    assert face.do(client.generate_and_wait, TASK, to=tmp_path).paths
    assert len(hasty.asked("/audio/retrieve")) == 1


def test_a_job_whose_file_cannot_be_saved_closes_the_answer(client, face, tmp_path):
    folder = tmp_path / "out"

    def in_the_way(snapshot):
        if snapshot.status.terminal:
            folder.rmdir()
            folder.write_text("not a folder")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(segue.errors.TargetError):
            face.do(client.generate_and_wait, TASK, to=folder, on_update=in_the_way)
        lanes = client._driver._lanes._lanes
        assert [lane.taken for lane in lanes] == [0] * len(lanes)
        gc.collect()


def test_an_equal_price_is_asked_for_once(client, face, vendor):
    for _ in range(3):
        face.do(client.submit, TASK)
    face.do(client.submit, segue.Generate(prompt=TASK.prompt, duration=90))
    assert len(vendor.asked("/audio/quote")) == 2


def test_a_price_that_is_old_is_asked_for_again(client, face, vendor, monkeypatch):
    monkeypatch.setattr(prices, "FRESH", 0.0)
    for _ in range(2):
        face.do(client.submit, TASK)
    assert len(vendor.asked("/audio/quote")) == 2


def test_a_limit_is_compared_with_a_price_of_now(client, face, vendor):
    face.do(client.submit, TASK)
    vendor.says("/audio/quote", says({"quote": 9}))
    with pytest.raises(segue.errors.SpendingRefused, match="9"):
        face.do(client.submit, TASK, max_cost="1 USD")


def test_who_approves_is_shown_a_price_of_now(hasty, face, monkeypatch):
    shown = []

    class Purse:
        @hookimpl
        def segue_approve(self, task, quote):
            shown.append(quote.cost.amount)

    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Hasty)
    client = face.client("venice/ace-step-15", plugins=[Purse()])
    for _ in range(2):
        face.do(client.submit, TASK)
    assert len(shown) == len(hasty.asked("/audio/quote")) == 2


def test_a_price_that_could_not_be_had_is_asked_for_again(client, face, vendor):
    vendor.says("/audio/quote", says({"error": "no"}, 400), says({"quote": 0.03}))
    for _ in range(2):
        face.do(client.submit, TASK)
    assert len(vendor.asked("/audio/quote")) == 2


def test_the_journal_has_the_price_of_each_job(hasty, face, monkeypatch, tmp_path):
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Hasty)
    client = face.client("venice/ace-step-15", journal=tmp_path / "journal.sqlite3")
    for _ in range(2):
        face.do(client.submit, TASK)
    assert [str(entry.quoted) for entry in face.do(client.jobs)] == ["0.03 USD"] * 2
