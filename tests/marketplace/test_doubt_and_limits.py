"""What core makes of the marketplace's answers when money is at stake."""

from __future__ import annotations

import json

import pytest
from toy_vendor import Answer

from segue.errors import AuthenticationFailed, CostAboveLimit, SubmissionUnknown
from segue.job import Status
from segue.journal import State

from .known import TAKEN
from .through_core import ID, JOB, SUBMIT, TASK, says

DEAR = {**json.loads(TAKEN), "id": ID, "poll_url": JOB, "cancel_url": JOB}
DEAR |= {"estimated_cost_usdc": "500000", "max_cost_usdc": "550000"}


pytestmark = pytest.mark.parametrize("face", ["sync", "asyncio"], indirect=True)


def only(client, face):
    (entry,) = face.do(client.jobs)
    return entry


def test_without_a_key_nothing_is_submitted_and_nothing_is_in_doubt(
    make, face, vendor, monkeypatch, tmp_path
):
    monkeypatch.delenv("SURPLUS_API_KEY")
    client = make(journal=tmp_path / "journal.sqlite3")
    with pytest.raises(AuthenticationFailed, match="SURPLUS_API_KEY"):
        face.do(client.submit, TASK)
    assert face.do(client.jobs) == []
    assert vendor.asked(SUBMIT) == []


@pytest.mark.parametrize("status", [400, 402, 429])
def test_a_refusal_after_a_lost_answer_leaves_it_in_doubt(make, face, vendor, tmp_path, status):
    client = make(journal=tmp_path / "journal.sqlite3")
    vendor.says(SUBMIT, Answer(silent=True), says({"error": "no"}, status))
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, TASK)
    assert only(client, face).state is State.UNKNOWN


def test_a_submission_that_is_to_wait_is_sent_again_under_its_key(make, face, vendor):
    vendor.says(SUBMIT, says({"error": "slow down"}, 429), says({"id": ID}, 202))
    assert face.do(make().submit, TASK).ticket.id == ID
    keys = [request.headers["idempotency-key"] for request in vendor.asked(SUBMIT)]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_job_that_may_cost_more_than_allowed_is_cancelled_at_once(make, face, vendor, tmp_path):
    client = make(journal=tmp_path / "journal.sqlite3")
    vendor.says(SUBMIT, says(DEAR, 202))
    vendor.says(JOB, says({"object": "media.job", "status": "canceled"}))
    with pytest.raises(
        CostAboveLimit, match=r"up to 0\.55 USD, and the limit is 0\.50 USD"
    ) as caught:
        face.do(client.submit, TASK, max_cost="0.50 USD")
    assert "cancelled" in str(caught.value)
    assert "not documented" in str(caught.value)
    assert [request.method for request in vendor.asked(JOB)] == ["DELETE", "GET"]
    assert only(client, face).status is Status.CANCELLED


def test_a_job_within_the_limit_goes_on(make, face, vendor):
    assert face.do(make().submit, TASK, max_cost="0.55 USD").ticket.id == ID
    assert vendor.asked(JOB) == []
