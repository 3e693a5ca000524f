"""A job that its vendor has is never lost from sight, whatever fails behind its submission."""

import pytest

from segue.errors import CostAboveLimit, JournalError
from segue_server.errors import from_core

from .serving import MUSIC, serving


@pytest.fixture
def api(tmp_path):
    with serving(tmp_path) as api:
        yield api


ADVICE = "client.resume(error.ticket) continues with it"


def above_limit(ticket):
    return CostAboveLimit("it cannot be stopped", ticket=ticket, advice=ADVICE)


def unrecorded(ticket):
    error = JournalError("the disk is full", advice=ADVICE)
    error.ticket = ticket
    return error


def failing(client, monkeypatch, kind):
    """Let each submission raise `kind` once the vendor has accepted it."""
    submit = client.submit

    async def submitted(*arguments, **how):
        job = await submit(*arguments, **how)
        raise kind(job.ticket)

    monkeypatch.setattr(client, "submit", submitted)


def test_a_job_above_its_limit_that_cannot_be_stopped_is_named_and_finished(api, monkeypatch):
    failing(api.gateway.client, monkeypatch, above_limit)
    reply = api.make()
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (402, "cost_above_limit")
    assert error["job"] in error["advice"]
    assert "error.ticket" not in error["advice"]
    assert api.ended(error["job"])["status"] == "succeeded"


def test_a_job_whose_ticket_could_not_be_recorded_is_accepted(api, monkeypatch):
    failing(api.gateway.client, monkeypatch, unrecorded)
    reply = api.make()
    assert reply.status_code == 202
    assert api.ended(reply)["status"] == "succeeded"


def test_where_the_journal_cannot_be_read_after_a_submission_the_error_names_the_job(
    api, monkeypatch
):
    entry = api.gateway.client.entry

    async def unreadable(_name):
        raise JournalError("the journal cannot be read")

    monkeypatch.setattr(api.gateway.client, "entry", unreadable)
    reply = api.make()
    monkeypatch.setattr(api.gateway.client, "entry", entry)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (500, "journal_error")
    (job,) = api.get(MUSIC).json()["data"]
    assert error["job"] == job["id"]
    assert job["id"] in error["advice"]
    assert api.ended(job["id"])["status"] == "succeeded"


def test_a_refusal_before_anything_was_sent_names_no_job():
    assert from_core(JournalError("full")).body.job is None
