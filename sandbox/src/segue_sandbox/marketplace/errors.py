"""Every refusal that is known of the marketplace, in each of the envelopes it was seen to use.

Sources: the vendor's pages for `minimum_discount_not_met` (503) and `invalid_minimum_discount`;
the rest was observed by public clients in 2026, mostly on video and images. Where only a code
is known, the message beside it is the sandbox's own. A `code` may be absent, and what an
upstream provider said may come as a bare string or without the `error` around it.
"""

from __future__ import annotations

import base64
from decimal import Decimal

import msgspec

from segue.flow import Reply
from segue_sandbox.vendor import Refused, json_reply

INVALID = "invalid_request_error"
UNTAKEN = "provider_unavailable"
_PAGE = b"<html><head><title>403 Forbidden</title></head><body>403 Forbidden</body></html>"
_CODES = {
    400: (INVALID, "The request is not valid."),
    401: ("invalid_api_key", "Invalid or missing API key."),
    402: ("insufficient_balance", "The balance or the allowance does not cover this request."),
    503: ("no_healthy_sellers", "No healthy seller can serve this model right now."),
}
MARKED = {
    "request_rejected": "The provider rejected this request.",
    "unsupported_provider": "This provider is not supported for this request.",
    "model_capability_unsupported": "The model lacks a capability that this request needs.",
    "model_does_not_support_images": "The model does not support images.",
}
"""Observed codes of 400s that nothing in a music request leads to by itself."""


def standard(status: int) -> Reply:
    """What is said with a status when there is nothing to add. The 429's body is not known."""
    if status == 403:  # the edge refuses, not the API; the body is not known
        return Reply(status=403, headers={"content-type": "text/html"}, body=_PAGE)
    if status == 404:
        return json_reply(404, {"error": {"code": "not_found"}})
    if status not in _CODES:
        told = "Too many requests" if status == 429 else "Internal error"
        return json_reply(status, {"error": {"message": told}})
    code, message = _CODES[status]
    return json_reply(status, {"error": {"code": code, "message": message}})


def refused(status: int) -> Refused:
    """The standard refusal of a status."""
    return Refused(standard(status))


def coded(status: int, code: str, message: str, **headers: str) -> Refused:
    """A refusal of type `invalid_request_error` with a code of its own."""
    error = {"type": INVALID, "code": code, "message": message}
    return Refused(json_reply(status, {"error": error}, **headers))


def invalid(message: str, status: int = 400) -> Refused:
    """The body, or what it asks for, is not what it should be."""
    return coded(status, INVALID, message)


def unknown_model(model: str) -> Refused:
    """400 without a code: no such model, or nobody who serves it at this moment."""
    told = "is not a valid model ID. Unusual bug? Email support@surplusintelligence.ai"
    return Refused(json_reply(400, {"error": {"type": INVALID, "message": f"{model} {told}"}}))


def unsold(model: str) -> Refused:
    """404: nobody sells it."""
    return coded(404, "no_sellers_for_model", f"No sellers for model '{model}'.")


def bad_discount(segment: str) -> Refused:
    """400: the path begins with something like `min030`."""
    told = f"'{segment}' is not a minimum discount. Use min0 to min100."
    return coded(400, "invalid_minimum_discount", told)


def filtered(floor: int, best: Decimal | None, *, live: bool) -> Refused:
    """No seller offers such a discount: 503 by the documents, 404 as it was observed (on chat).

    That the message names the best discount there is was observed; its wording is not known.
    """
    told = f"No marketplace offer meets the minimum discount of {floor}%."
    if best is not None:
        told += f" Best otherwise-eligible discount: {best.normalize():f}%."
    headers = {"x_si_marketplace_status": "filtered", "x_si_marketplace_attempts": "0"}
    if live:
        return coded(404, "minimum_discount_not_met", told, **headers)
    return coded(503, "minimum_discount_not_met", told)


def wallet() -> Refused:
    """402: an endpoint that answers at once, asked without a key, offers to be paid by wallet."""
    terms = base64.b64encode(msgspec.json.encode({"x402Version": 2, "accepts": []})).decode()
    error = {"code": "x402_payment_required", "message": "Payment required."}
    return Refused(json_reply(402, {"error": error}, payment_required=terms))


def relayed_text() -> Refused:
    """400 as some upstream providers' refusals are passed on: a string."""
    return Refused(json_reply(400, {"error": "Invalid request parameters"}))


def relayed_object() -> Refused:
    """The same, with its code and message at the top."""
    body = {"code": "INVALID_REQUEST", "message": "Invalid request parameters"}
    return Refused(json_reply(400, body))


def storage(status: int, code: str, message: str) -> Refused:
    """The refusals of the storage that signed addresses lead to are XML, as Amazon S3 documents."""
    told = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{told}'.encode()
    return Refused(Reply(status=status, headers={"content-type": "application/xml"}, body=body))
