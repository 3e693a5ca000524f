"""Every error that the marketplace is known to answer is one class of error, that helps."""

from __future__ import annotations

import pytest
from any_json import any_json
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import (
    AuthenticationFailed,
    InsufficientFunds,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    RequestError,
    Unavailable,
)
from segue.flow import Reply
from segue_marketplace.refusals import Listed, refused

from .known import INVALID_MODEL, NOT_MET, as_json, page

RATIO = {
    "error": {
        "type": "invalid_request_error",
        "code": "invalid_request_error",
        "message": "Unsupported aspect_ratio '1:1' for model 'veo3-1-fast-text-to-video'."
        " Supported: 16:9, 9:16.",
    }
}
UNKNOWN_MODEL = {
    "error": {
        "type": "invalid_request_error",
        "code": "request_rejected",
        "message": "The model 'gpt-5-image-mini' does not exist.",
    }
}
LONG = {
    "error": {
        "code": "invalid_request_error",
        "message": "prompt must be shorter than or equal to 2000 characters.",
    }
}


def coded(code: str) -> dict[str, object]:
    return {"error": {"code": code, "message": "no"}}


BODIES = [
    (400, RATIO, Rejected, "Supported: 16:9, 9:16."),
    (400, UNKNOWN_MODEL, Rejected, "segue models --backend marketplace"),
    (400, LONG, Rejected, "2000 characters"),
    (400, INVALID_MODEL, Unavailable, "no seller right now"),
    (404, INVALID_MODEL, Unavailable, "no seller right now"),
    (400, coded("invalid_minimum_discount"), Rejected, "from 0 to 100"),
    (400, coded("unsupported_provider"), Rejected, "choose another model"),
    (400, coded("model_capability_unsupported"), Rejected, "leave out"),
    (400, coded("model_does_not_support_images"), Rejected, "no"),
    (400, {"error": "prompt is required"}, Rejected, "prompt is required"),
    (400, {"code": "request_rejected", "message": "too odd"}, Rejected, "too odd"),
    (401, coded("invalid_api_key"), AuthenticationFailed, "inf_"),
    (401, {"error": "Authentication failed"}, AuthenticationFailed, "SURPLUS_API_KEY"),
    (402, coded("insufficient_balance"), InsufficientFunds, "allowance of 1.00 USD"),
    (402, {"error": "pay"}, InsufficientFunds, "USDC on Base"),
    (402, coded("x402_payment_required"), AuthenticationFailed, "no key arrived"),
    (403, coded("forbidden"), AuthenticationFailed, "si_seller_"),
    (404, {"error": {"code": "not_found"}}, NotFound, "check the ticket and the key"),
    (404, coded("no_sellers_for_model"), Unavailable, "no seller right now"),
    (404, NOT_MET, Rejected, "smaller min_discount"),
    (503, NOT_MET, Rejected, "smaller min_discount"),
    (400, NOT_MET, Rejected, "smaller min_discount"),
    (409, {"error": {"message": "conflict"}}, Rejected, "conflict"),
    (422, {"error": {"message": "no such field"}}, Rejected, "no such field"),
    (429, {"error": {"message": "slow down"}}, RateLimited, "slow down"),
    (500, {"error": {"type": "provider_error"}}, Unavailable, "provider_error"),
    (503, coded("no_healthy_sellers"), Unavailable, "no seller right now"),
    (400, {"error": {}}, Rejected, "no reason"),
]


@pytest.mark.parametrize(("status", "body", "kind", "says"), BODIES)
def test_each_body_is_one_class_of_error_that_helps(status, body, kind, says):
    error = refused(as_json(body, status))
    assert type(error) is kind
    assert error.status == status
    assert says in str(error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "request_rejected", "type": "invalid_request_error"}, "request_rejected"),
        ({"type": "invalid_request_error"}, "invalid_request_error"),
        ({"code": "", "type": None}, None),
    ],
)
def test_the_code_comes_before_the_type(error, code):
    told = refused(as_json({"error": {**error, "message": "no"}}, 400))
    assert isinstance(told, Rejected)
    assert told.code == code


@pytest.mark.parametrize(
    ("listed", "kind"),
    [(Listed.YES, Unavailable), (Listed.UNKNOWN, Unavailable), (Listed.NO, NotFound)],
)
def test_the_catalogue_tells_misspelt_from_sold_out(listed, kind):
    assert type(refused(as_json(INVALID_MODEL, 400), listed)) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "30"}, 30.0),
        ({"retry_after": "30", "x_ratelimit_reset": "90"}, 30.0),
        ({"x_ratelimit_reset": "12"}, 12.0),
        ({"x_ratelimit_reset": "1713182460", "date": "Mon, 15 Apr 2024 12:00:00 GMT"}, 60.0),
        ({"x_ratelimit_reset": "1713182460000", "date": "Mon, 15 Apr 2024 12:00:00 GMT"}, 60.0),
        ({"x_ratelimit_reset": "1713182400", "date": "Mon, 15 Apr 2024 13:00:00 GMT"}, 0.0),
        ({"x_ratelimit_reset": "1713182460"}, None),
        ({"retry_after": "soon", "x_ratelimit_reset": "later"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("made", [lambda **told: as_json({"error": "x"}, 429, **told), None])
def test_patience_is_as_long_as_either_header_asks(headers, seconds, made):
    error = refused(made(**headers) if made else page(429, **headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProtocolError),
        (404, ProtocolError),
        (401, AuthenticationFailed),
        (402, InsufficientFunds),
        (403, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_a_page_is_not_taken_for_the_marketplaces_word(status, kind):
    assert type(refused(page(status))) is kind


def test_the_request_is_named_for_its_support():
    told = str(refused(as_json({"error": "no"}, 400, x_request_id="01M2E7")))
    assert "the request id for its support is 01M2E7" in told


JSON = any_json(["error", "code", "message", "type"])


@given(status=st.integers(300, 599), body=JSON)
def test_any_json_is_an_error_of_the_tree(status, body):
    assert isinstance(refused(as_json(body, status)), RequestError)


@given(status=st.integers(300, 599), body=st.binary(max_size=80))
def test_any_bytes_are_an_error_of_the_tree(status, body):
    error = refused(Reply(status=status, body=body))
    assert isinstance(error, RequestError)
    assert str(error)
