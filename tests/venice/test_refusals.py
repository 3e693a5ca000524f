"""Every error body that Venice documents is one class of error, with a sentence that helps."""

from __future__ import annotations

import msgspec
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
from segue_venice.refusals import refused

from .known import as_json

SUGGESTION = "A cinematic instrumental track inspired by stormy weather and dramatic tension."
SCHEMA = {
    "error": "Invalid request parameters",
    "details": {"_errors": [], "field": {"_errors": ["Field is required"]}},
}
UNION = {
    **SCHEMA,
    "issues": [
        {
            "code": "invalid_union",
            "unionErrors": [
                {"issues": [{"path": ["type"], "message": "Expected 'asr', received 'bogus'"}]}
            ],
            "path": ["type"],
            "message": "Invalid input",
        }
    ],
}
POLICY = {
    "error": "Your prompt violates the content policy of Venice.ai or the model provider",
    "suggested_prompt": SUGGESTION,
}
WALLET = {
    "error": "Payment required",
    "code": "PAYMENT_REQUIRED",
    "reason": "insufficient_balance",
    "currentBalanceUsd": 0.01,
    "minimumBalanceUsd": 0.1,
    "topUpInstructions": {},
    "siwxChallenge": {},
}
KEYLESS = {"x402Version": 2, "error": "Authentication required", "accepts": [], "authOptions": {}}
SHORT = (
    "Insufficient USD or Diem balance to complete request."
    " Visit https://venice.ai/settings/api to add credits."
)
BUDGET = (
    "Too many failed attempts (> 50) resulting in a non-success status code."
    " Please wait 30 seconds and try again."
)
IP = (
    "This API key is restricted to configured IP addresses,"
    " and this request's source IP is not allowed"
)
GONE = "Media could not be found. Request may be invalid, expired, or deleted."

RETIRED = "Specified model not found: x has been deprecated. Please use ace-step-15"

BODIES = [
    (400, SCHEMA, Rejected, "field: Field is required"),
    (400, UNION, Rejected, "type: Expected 'asr', received 'bogus'"),
    (400, {"error": "Invalid request parameters", "details": "too long"}, Rejected, "too long"),
    (400, {"error": "This model does not support duration_seconds"}, Rejected, "segue models"),
    (400, {"error": "model is required"}, Rejected, "model is required"),
    (400, {"error": "bad voice", "details": {"supported_voices": ["Aria"]}}, Rejected, "Aria"),
    (400, {"error": "Request ID is invalid."}, NotFound, "never issued this id"),
    (400, {"error": {"message": "no", "code": "REQUEST_ID_NOT_FOUND"}}, NotFound, "never issued"),
    (400, {"error": "lyrics too loud", "request_id": "abc"}, Rejected, "support is abc"),
    (401, {"error": "Authentication failed"}, AuthenticationFailed, "VENICE_API_KEY"),
    (401, {"error": "This model is only available to Pro users"}, AuthenticationFailed, "upgrade"),
    (401, {"error": "Admin API key required"}, AuthenticationFailed, "ADMIN"),
    (401, {"error": "x", "code": "X402_SIGN_IN_EXPIRED"}, AuthenticationFailed, "x"),
    (402, {"error": SHORT}, InsufficientFunds, "add credits"),
    (402, {"error": "API key USD spend limit exceeded."}, InsufficientFunds, "raise the limit"),
    (402, WALLET, InsufficientFunds, "top up the wallet"),
    (402, KEYLESS, AuthenticationFailed, "set VENICE_API_KEY"),
    (403, {"error": IP}, AuthenticationFailed, "add this computer's address"),
    (403, {"error": "forbidden"}, AuthenticationFailed, "PRIVATE_ONLY"),
    (404, {"error": "Specified model not found: x"}, NotFound, "case-sensitive"),
    (404, {"error": RETIRED}, NotFound, "choose the model that Venice names"),
    (404, {"error": GONE}, NotFound, "expired"),
    (413, {"code": "PAYLOAD_TOO_LARGE", "error": "File exceeds 25 MB."}, Rejected, "25 MB"),
    (422, POLICY, ContentPolicy, SUGGESTION),
    (422, {"error": POLICY["error"]}, ContentPolicy, "change the words"),
    (429, {"error": "Rate limit exceeded"}, RateLimited, "wait"),
    (429, {"error": BUDGET}, RateLimited, "wait"),
    (429, {"error": "x", "code": "X402_CONCURRENCY_LIMIT"}, RateLimited, "wait"),
    (500, {"error": "Inference processing failed"}, Unavailable, "Inference processing failed"),
    (502, {"error": "upstream"}, Unavailable, "try again later"),
    (503, {"error": "The model is at capacity. Please try again later."}, Unavailable, "capacity"),
    (504, {"error": "timeout"}, Unavailable, "try again later"),
]


@pytest.mark.parametrize(("status", "body", "kind", "says"), BODIES)
def test_each_body_is_one_class_of_error_that_helps(status, body, kind, says):
    error = refused(as_json(body, status))
    assert type(error) is kind
    assert error.status == status
    assert says in str(error)


def test_a_suggested_prompt_is_kept():
    error = refused(as_json(POLICY, 422))
    assert isinstance(error, ContentPolicy)
    assert error.suggested_prompt == SUGGESTION


def test_only_a_prompt_can_violate_a_policy():
    """Of a transcription, 422 is an error of validation (Venice's API description, 2026-08)."""
    reply = as_json({"error": "zero-length audio"}, 422)
    error = refused(msgspec.structs.replace(reply, endpoint="POST /audio/transcriptions"))
    assert type(error) is Rejected
    assert "zero-length audio" in str(error)


def test_a_machine_code_is_kept_where_there_is_one():
    error = refused(as_json(WALLET, 402))
    assert isinstance(error, Rejected)
    assert error.code == "PAYMENT_REQUIRED"


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (as_json({"error": "The model is currently overloaded."}, 429, retry_after="30"), 30.0),
        (as_json({"error": BUDGET}, 429), 30.0),
        (as_json({"error": "Rate limit exceeded"}, 429), None),
    ],
)
def test_patience_is_as_long_as_venice_asks(reply, seconds):
    error = refused(reply)
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_at_most_ten_reasons_are_told():
    issues = [{"path": [str(n)], "message": f"reason {n} of many"} for n in range(30)]
    assert str(refused(as_json({"error": "no", "issues": issues}, 400))).count("reason") == 10


@pytest.mark.parametrize(("status", "kind"), [(400, ProtocolError), (404, ProtocolError)])
def test_a_proxys_page_is_not_taken_for_venices_word(status, kind):
    page = Reply(status=status, headers={"content-type": "text/html"}, body=b"<html>no</html>")
    assert type(refused(page)) is kind


JSON = any_json(["error", "code", "message", "details", "issues", "unionErrors", "path", "_errors"])


@given(status=st.integers(300, 599), body=JSON)
def test_any_json_is_an_error_of_the_tree(status, body):
    assert isinstance(refused(as_json(body, status)), RequestError)


@given(status=st.integers(300, 599), body=st.binary(max_size=80))
def test_any_bytes_are_an_error_of_the_tree(status, body):
    error = refused(Reply(status=status, body=body))
    assert isinstance(error, RequestError)
    assert str(error)
