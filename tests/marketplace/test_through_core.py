"""The marketplace through core, over HTTP, on both drivers: whole jobs, and what befalls them."""

from __future__ import annotations

import json

import pytest
from toy_vendor import WAV, Answer

from segue.errors import (
    JobCancelled,
    SubmissionUnknown,
)
from segue.job import Status, Ticket
from segue.journal import State
from segue.money import Money

from .known import (
    QUEUED_LIVE,
    UNSOLD_LIVE,
)
from .through_core import FILE, ID, JOB, OVER, PAGE, SONG, SUBMIT, TASK, done, says


def test_a_whole_job(client, face, vendor, tmp_path):
    told = []
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path, on_update=told.append)
    assert delivery.tracks[0].path.read_bytes() == WAV
    assert delivery.snapshot.cost == Money.parse("0.028 USD")
    assert [str(seen) for seen in told] == [
        "queued, looking for a seller, it may cost up to 0.033 USD",
        "running, a seller has it: api.venice.ai, attempt 2, the marketplace says 'submitted',"
        " it may cost up to 0.033 USD",
        "succeeded, the marketplace stores it for about 3 hours only: download it now",
    ]
    (sent,) = vendor.asked(SUBMIT)
    assert json.loads(sent.body) == {
        "model": "venice-ace-step-15",
        "prompt": "a gentle piano melody",
        "duration_seconds": 60,
    }


def test_the_key_goes_where_it_is_needed_and_nowhere_else(client, face, vendor, tmp_path):
    face.do(client.quote, TASK)
    face.do(client.generate_and_wait, TASK, to=tmp_path)
    keyed = {r.path for r in vendor.requests if "authorization" in r.headers}
    tokened = {r.path for r in vendor.requests if "x-job-token" in r.headers}
    assert keyed == {SUBMIT, FILE}
    assert tokened == {JOB}


def test_a_lost_answer_is_asked_for_again_under_the_same_key(client, face, vendor, tmp_path):
    vendor.says(SUBMIT, Answer(silent=True), says({"error": "x"}, 500), says({"id": ID}, 202))
    assert face.do(client.generate_and_wait, TASK, to=tmp_path).paths
    keys = [request.headers["idempotency-key"] for request in vendor.asked(SUBMIT)]
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_a_submission_in_doubt_is_settled_under_its_own_key(make, face, vendor, tmp_path):
    client = make(journal=tmp_path / "journal.sqlite3")
    vendor.says(SUBMIT, Answer(silent=True))
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, TASK)
    (entry,) = face.do(client.jobs)
    assert entry.state is State.UNKNOWN
    vendor.says(SUBMIT, says({"id": ID}, 202))
    job = face.do(client.resume, entry.job)
    assert job.ticket.id == ID
    assert {r.headers["idempotency-key"] for r in vendor.asked(SUBMIT)} == {entry.key}


def test_that_no_seller_takes_it_sends_the_task_to_the_next_backend(make, face, vendor, tmp_path):
    vendor.says(JOB, says(QUEUED_LIVE), says(UNSOLD_LIVE), done(vendor.url + FILE))
    both = ["marketplace/venice-elevenlabs-music", "marketplace/venice-ace-step-15"]
    delivery = face.do(make(both).generate_and_wait, TASK, to=tmp_path)
    assert delivery.ticket.model == "venice-ace-step-15"
    assert len(vendor.asked(SUBMIT)) == 2


def test_what_passes_does_not_end_the_wait(client, face, vendor, tmp_path):
    vendor.says(
        JOB,
        PAGE,
        says({"error": "slow down"}, 429, retry_after="0"),
        says({"error": "x"}, 502),
        Answer(silent=True),
        says({"status": "dreaming"}),
        says({"status": "succeeded", "results": []}),
        done(vendor.url + FILE),
    )
    assert face.do(client.generate_and_wait, TASK, to=tmp_path).paths


def test_a_job_can_be_cancelled(client, face, vendor):
    job = face.do(client.submit, TASK)
    vendor.says(JOB, says({"object": "media.job", "status": "canceled"}))
    assert face.do(job.cancel).status is Status.CANCELLED
    assert [r.method for r in vendor.asked(JOB)] == ["DELETE", "GET"]
    with pytest.raises(JobCancelled, match="not documented"):
        face.do(job.wait)


def test_a_token_is_enough_to_wait_for_a_job_of_another_account(
    make, face, vendor, monkeypatch, tmp_path
):
    monkeypatch.delenv("SURPLUS_API_KEY")
    ticket = Ticket(provider="marketplace", id=ID, secrets={"job_token": "mjt_given-to-me"})
    job = face.do(make().resume, ticket)
    assert face.do(job.wait).status is Status.SUCCEEDED
    assert {r.headers["x-job-token"] for r in vendor.asked(JOB)} == {"mjt_given-to-me"}


def test_an_address_that_has_expired_is_asked_for_anew(client, face, vendor, tmp_path):
    vendor.says(JOB, done(vendor.url + "/old.wav"), done(vendor.url + "/new.wav"))
    vendor.says("/old.wav", PAGE)
    vendor.says("/new.wav", SONG)
    assert face.do(client.generate_and_wait, TASK, to=tmp_path).paths
    assert len(vendor.asked(JOB)) == 2


def test_where_no_fresh_address_is_signed_the_proxy_is_asked(client, face, vendor, date, tmp_path):
    signed = "X-Amz-Date=20240415T120000Z&X-Amz-Expires=900&X-Amz-Signature=s"
    vendor.says(JOB, done(f"{vendor.url}/old.wav?{signed}", download_url=FILE))

    def refuses(_request):
        date[0] = OVER
        return PAGE

    vendor.says("/old.wav", refuses)
    assert face.do(client.generate_and_wait, TASK, to=tmp_path).paths
    (fetched,) = vendor.asked(FILE)
    assert fetched.headers["authorization"] == "Bearer inf_key-1234"
