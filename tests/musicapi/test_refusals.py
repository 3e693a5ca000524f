"""Every error envelope is one class of error, with a sentence that helps; 403 by its text."""

from __future__ import annotations

import pytest
from any_json import any_json
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import (
    AuthenticationFailed,
    ContentPolicy,
    InsufficientFunds,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    RequestError,
    Unavailable,
)
from segue.flow import Reply
from segue_musicapi.refusals import refused

from .known import PAGE, as_json

POOR = "The remaining credits are not enough. You can buy more one-time credit packs or subscribe."
LAPSED = "You do not have an active subscription. Please check whether your renewal was successful."
SUNG = "The lyrics contain copyrighted content: 'no more credits'. Please use original lyrics."
UNFIT = [
    "The lyrics format is invalid. Please check and try again.",
    SUNG,
    "The lyrics contain inappropriate content: 'subscribe'.",
    "The song description needs moderation review.",
    "The song description contains artist names: 'Nobody' which is not allowed.",
    "The song description contains producer tags: 'Nobody' which is not allowed.",
]
TOO_LONG = "The title character length should be less than 80."

BODIES = [
    (400, {"error": TOO_LONG}, Rejected, TOO_LONG),
    (400, {"message": TOO_LONG}, Rejected, TOO_LONG),
    (400, {"detail": TOO_LONG}, Rejected, TOO_LONG),
    (400, {"code": 400, "message": TOO_LONG}, Rejected, TOO_LONG),
    (400, {"type": "bad_request", "error": TOO_LONG}, Rejected, TOO_LONG),
    (400, {"error": {"code": "too_long", "message": TOO_LONG}}, Rejected, TOO_LONG),
    (400, {}, Rejected, "gives no reason"),
    (400, {"error": "task not found."}, NotFound, "check the id"),
    (400, {"error": "missing task id."}, NotFound, "check the id"),
    (401, {"error": "Authorization header is missing."}, AuthenticationFailed, "MUSICAPI_KEY"),
    (401, {"error": "Invalid authorization format."}, AuthenticationFailed, "MUSICAPI_KEY"),
    (402, {"error": "anything"}, InsufficientFunds, "add credits"),
    (403, {"error": POOR}, InsufficientFunds, "add credits"),
    (403, {"message": "Insufficient credits"}, InsufficientFunds, "add credits"),
    (403, {"error": "Your credits are not enough to upgrade"}, InsufficientFunds, "add credits"),
    (403, {"error": LAPSED}, InsufficientFunds, "subscribe"),
    (403, {"error": "You don't have credits; it's empty"}, InsufficientFunds, "add credits"),
    *((403, {"error": text}, ContentPolicy, "change the words") for text in UNFIT),
    (403, {"error": "Forbidden"}, Rejected, "usual causes"),
    (404, {"message": "clip not found"}, NotFound, "clip not found"),
    (410, {"error": "task_type is not supported"}, Rejected, "retired by the vendor"),
    (422, {"detail": "no"}, Rejected, "no"),
    (429, {"error": "too many"}, RateLimited, "wait"),
    (500, {"error": "Internal Server Error."}, Unavailable, "try again later"),
    (502, {"message": "Provider did not return a job id"}, Unavailable, "job id"),
    (504, {"message": "upstream timed out"}, Unavailable, "timed out"),
]


@pytest.mark.parametrize(("status", "body", "kind", "says"), BODIES)
def test_each_envelope_is_one_class_of_error_that_helps(status, body, kind, says):
    error = refused(as_json(body, status))
    assert type(error) is kind
    assert error.status == status
    assert says in str(error)


def test_a_machine_code_is_kept_where_there_is_one():
    told = [{"code": "invalid_mv", "message": "no"}, {"type": "bad_request", "error": "no"}]
    assert [refused(as_json(body, 400)).code for body in told] == ["invalid_mv", "bad_request"]
    assert refused(as_json({"code": "400", "message": "no"}, 400)).code is None


def test_what_was_retired_comes_with_what_to_use():
    error = refused(as_json({"error": "gone"}, 410), instead="musicapi/sonic-v5")
    assert "retired by the vendor; use musicapi/sonic-v5" in str(error)


def test_patience_is_as_long_as_musicapi_asks():
    error = refused(as_json({"error": "slow down"}, 429, retry_after="7"))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7.0


def test_the_step_that_failed_is_named_with_its_reason():
    why = "This audio matches an existing recording in our catalog"
    body = {"detail": "failed", "failed_step": "upload", "steps": {"upload": {"error": why}}}
    assert f"the step 'upload' failed: {why}" in str(refused(as_json(body, 400)))


@pytest.mark.parametrize(
    ("status", "kind"), [(400, ProtocolError), (403, ProtocolError), (502, Unavailable)]
)
def test_a_proxys_page_is_not_taken_for_musicapis_word(status, kind):
    page = Reply(status=status, headers=PAGE.headers, body=PAGE.body)
    assert type(refused(page)) is kind


JSON = any_json(["error", "code", "message", "detail", "type", "failed_step", "steps"])


@given(status=st.integers(300, 599), body=JSON)
def test_any_json_is_an_error_of_the_tree(status, body):
    error = refused(as_json(body, status))
    assert isinstance(error, RequestError)
    assert str(error)


@given(status=st.integers(300, 599), body=st.none() | st.binary(max_size=80))
def test_any_bytes_are_an_error_of_the_tree(status, body):
    assert isinstance(refused(Reply(status=status, body=body)), RequestError)
