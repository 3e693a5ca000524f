"""The marketplace through core, over HTTP: what goes wrong, what is refused, what it costs."""

from __future__ import annotations

import pytest

from segue.errors import (
    DownloadError,
    JobExpired,
    JobFailed,
    NoBackendLeft,
    NotFound,
    Rejected,
    SpendingRefused,
    SubmissionUnknown,
    Unavailable,
)
from segue.job import Ticket
from segue.money import Money

from .known import (
    INVALID_MODEL,
    NOT_MET,
)
from .through_core import BOOK, ID, JOB, OVER, SONG, SUBMIT, TASK, done, says

pytestmark = pytest.mark.parametrize("face", ["sync"], indirect=True)  # core is the same on all


def test_another_hosts_address_gets_no_key_and_no_token(make, face, vendor, storage, tmp_path):
    vendor.says(JOB, done(storage.url + "/0.wav"))
    with pytest.raises(DownloadError, match="only https"):
        face.do(make().generate_and_wait, TASK, to=tmp_path)
    assert storage.requests == []


def test_a_poll_url_of_another_host_is_not_followed(make, face, vendor, storage, tmp_path):
    vendor.says(SUBMIT, says({"id": ID, "poll_url": storage.url + JOB, "job_token": "mjt_1"}, 202))
    assert face.do(make().generate_and_wait, TASK, to=tmp_path).paths
    assert storage.requests == []


def test_every_job_has_an_idempotency_key_of_its_own(client, face, vendor):
    face.do(client.submit, TASK)
    face.do(client.submit, TASK)
    assert len({r.headers["idempotency-key"] for r in vendor.asked(SUBMIT)}) == 2


@pytest.mark.parametrize("status", [409, 503])
def test_what_does_not_tell_whether_it_was_taken_leaves_it_in_doubt(client, face, vendor, status):
    vendor.says(SUBMIT, says({"error": "no idea"}, status))
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, TASK)
    assert len(vendor.asked(SUBMIT)) == 1


def test_a_minimum_discount_is_asked_for_in_the_path(make, face, vendor, tmp_path):
    vendor.says("/min30" + SUBMIT, says({"id": ID}, 202))
    client = make("marketplace/min30/venice-ace-step-15")
    assert face.do(client.generate_and_wait, TASK, to=tmp_path).paths
    assert vendor.asked(SUBMIT) == []


def test_a_missed_discount_sends_the_task_to_the_next_backend(make, face, vendor, tmp_path):
    vendor.says("/min90" + SUBMIT, says(NOT_MET, 503))
    both = ["marketplace/min90/venice-ace-step-15", "marketplace/venice-ace-step-15"]
    delivery = face.do(make(both).generate_and_wait, TASK, to=tmp_path)
    assert delivery.ticket.model == "venice-ace-step-15"
    assert len(vendor.asked("/min90" + SUBMIT)) == 1


def test_a_sellers_failure_may_be_charged_and_goes_no_further(make, face, vendor):
    vendor.says(JOB, says({"status": "failed", "error": {"type": "provider_error"}}))
    both = ["marketplace/venice-lyria-3-pro", "marketplace/venice-ace-step-15"]
    with pytest.raises(JobFailed):
        face.do(make(both).generate_and_wait, TASK)
    assert len(vendor.asked(SUBMIT)) == 1


def test_that_nobody_sells_it_is_told_with_the_remedy(client, face, vendor):
    vendor.says(SUBMIT, says(INVALID_MODEL, 400))
    with pytest.raises(Unavailable, match="no seller right now, though the catalogue lists"):
        face.do(client.submit, TASK)


def test_nobody_is_left(make, face, vendor):
    vendor.says(SUBMIT, says(INVALID_MODEL, 400))
    with pytest.raises(NoBackendLeft):
        face.do(make(["marketplace/venice-lyria-3-pro", "marketplace/x"]).submit, TASK)


def test_a_wrong_value_is_a_refusal_and_is_sent_once(client, face, vendor):
    vendor.says(SUBMIT, says({"error": {"message": "voice is not known"}}, 400))
    with pytest.raises(Rejected, match="voice is not known"):
        face.do(client.submit, TASK)
    assert len(vendor.asked(SUBMIT)) == 1


def test_a_price_over_the_limit_sends_nothing(client, face, vendor):
    with pytest.raises(SpendingRefused):
        face.do(client.submit, TASK, max_cost="0.02 USD")
    assert vendor.asked(SUBMIT) == []


def test_a_limit_without_a_price_sends_nothing(client, face, vendor):
    vendor.says(BOOK, says({"offers": []}))
    with pytest.raises(Unavailable, match="there is no price"):
        face.do(client.submit, TASK, max_cost="0.50 USD")
    assert vendor.asked(SUBMIT) == []


def test_without_a_limit_no_price_is_needed(client, face, vendor, tmp_path):
    vendor.says(BOOK, says({"error": "no"}, 500))
    assert face.do(client.generate_and_wait, TASK, to=tmp_path).paths


def test_a_job_that_the_marketplace_forgets_after_its_time_has_expired(client, face, vendor, date):
    job = face.do(client.submit, TASK)
    vendor.says(JOB, says({"error": {"code": "not_found"}}, 404))
    date[0] = OVER
    with pytest.raises(JobExpired):
        face.do(job.wait)


def test_an_unknown_job_leaves_the_ticket_alone(client, face, vendor):
    vendor.says(JOB, says({"error": {"code": "not_found"}}, 404))
    job = face.do(client.submit, TASK)
    with pytest.raises(NotFound) as caught:
        face.do(job.wait)
    assert caught.value.ticket == job.ticket


def test_a_token_is_told_in_no_error(make, face, vendor, monkeypatch, caplog):
    monkeypatch.delenv("SURPLUS_API_KEY")
    vendor.says(JOB, says({"error": {"code": "not_found"}}, 404))
    ticket = Ticket(provider="marketplace", id=ID, secrets={"job_token": "mjt_given-to-me"})
    job = face.do(make().resume, ticket)
    with caplog.at_level("DEBUG"), pytest.raises(NotFound) as caught:
        face.do(job.wait)
    assert "mjt_" not in f"{caught.value} {caught.value!r} {job!r} {caplog.text}"


def test_several_artifacts_are_several_files(client, face, vendor, tmp_path):
    vendor.says(JOB, done(vendor.url + "/a.wav", vendor.url + "/b.wav"))
    vendor.says("/a.wav", SONG)
    vendor.says("/b.wav", SONG)
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path)
    assert len({file.path for file in delivery.tracks}) == 2


def test_the_models_are_those_that_make_sound(client, face, vendor):
    found = face.do(client.models)
    assert "glm-5.2" not in {model.id for model in found}
    assert any(model.price.startswith("from 0.03 USD") for model in found)


def test_the_balance_is_in_the_unit_of_the_limits(client, face, vendor):
    vendor.says("/v1/buyer/me", says({"credit_balance_usdc": "5554975"}))
    (balance,) = face.do(client.balance)
    assert balance > Money.parse("0.50 USD")
