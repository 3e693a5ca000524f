"""A track that a poll meets is saved from that answer, and an equal price is asked for once."""

from __future__ import annotations

import gc
import warnings

import pytest
from toy_vendor import WAV

import segue
from segue import prices
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


def test_who_waits_and_saves_later_holds_no_answer_open(client, face, vendor, tmp_path):
    job = face.do(client.submit, TASK)
    face.do(job.wait)
    assert face.do(job.download, tmp_path)[0].read_bytes() == WAV
    assert len(vendor.asked("/audio/retrieve")) == 3


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

    monkeypatch.setattr("segue.plugins.Catalogue.load", lambda *_: Slow)
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

    monkeypatch.setattr("segue.plugins.Catalogue.load", lambda *_: Hasty)
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
    monkeypatch.setattr("segue.plugins.Catalogue.load", lambda *_: Hasty)
    client = face.client("venice/ace-step-15", journal=tmp_path / "journal.sqlite3")
    for _ in range(2):
        face.do(client.submit, TASK)
    assert [str(entry.quoted) for entry in face.do(client.jobs)] == ["0.03 USD"] * 2
