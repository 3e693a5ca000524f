"""Every refusal Venice documents, with its exact body.

Sources: the error tables of `veniceai/skills` (venice-errors, venice-audio-music) and of
`veniceai/api-docs` (error-codes, swagger 20260821.193530). Most bodies hold `error` and nothing
else: machine codes are named in the documents, but not sent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from segue.flow import Reply
from segue_sandbox.issues import Issue, complaint
from segue_sandbox.vendor import Refused, json_reply

VIOLATION = "Your prompt violates the content policy of Venice.ai or the model provider"
SUGGESTION = "A cinematic instrumental track inspired by stormy weather and dramatic tension."
_TOP_UP = "Visit https://venice.ai/settings/api to add credits."
_STANDARD = {
    400: {"error": "Invalid request parameters"},
    401: {"error": "Authentication failed"},
    402: {"error": f"Insufficient USD or Diem balance to complete request. {_TOP_UP}"},
    404: {"error": "Media could not be found. Request may be invalid, expired, or deleted."},
    413: {
        "code": "PAYLOAD_TOO_LARGE",
        "error": "The request payload is too large. Please reduce the size of your request.",
    },
    415: {"error": "Invalid request content-type"},
    422: {"error": VIOLATION},
    429: {"error": "Rate limit exceeded"},
    500: {"error": "Inference processing failed"},
    503: {"error": "The model is at capacity. Please try again later."},
}


def standard(status: int) -> Reply:
    """What Venice says with a status when there is nothing to add."""
    return json_reply(status, _STANDARD.get(status, {"error": "An unknown error occurred"}))


def plain(status: int, error: str, **more: object) -> Refused:
    """A refusal with an `error` text, and sometimes more beside it."""
    return Refused(json_reply(status, {"error": error, **more}))


def refused(status: int) -> Refused:
    """The standard refusal of a status."""
    return Refused(standard(status))


def schema(issues: Sequence[Issue]) -> Refused:
    """400: the body is not what the schema asks for."""
    return Refused(json_reply(400, complaint(issues)))


def unsupported(option: str) -> Refused:
    """400: the model has no such option. Documented in these words for `duration_seconds`."""
    return plain(400, f"This model does not support {option}")


def unknown_id() -> Refused:
    """400: this `queue_id` was never issued, or not to this account. It is no verdict on a job."""
    return plain(400, "Request ID is invalid.")


def unknown_model(model: str) -> Refused:
    """404: no such model, or none that this key may see."""
    return plain(404, f"Specified model not found: {model}")


def deprecated(model: str, replacement: str) -> Refused:
    """404: the model is gone, and another is named. What joins the two sentences is not known."""
    told = f"{model} has been deprecated. Please use {replacement}"
    return plain(404, f"Specified model not found: {told}")


def pro_only() -> Refused:
    """401: this account may not use the model."""
    return plain(401, "This model is only available to Pro users")


def offline() -> Refused:
    """503: of this text the last two words are documented."""
    return plain(503, "The model is temporarily offline")


def violation(suggestion: str | None) -> Refused:
    """422: the content policy. The suggestion is optional."""
    more = {} if suggestion is None else {"suggested_prompt": suggestion}
    return plain(422, VIOLATION, **more)


def provider(request: str) -> Refused:
    """400: the words of who makes the model, and the id to name to Venice's support."""
    return plain(400, "The provider could not work with this request", request_id=request)


def unexplained(request: str) -> Refused:
    """400: the same, where the provider's words are not passed on."""
    support = f"please reach out to support@venice.ai and reference request ID: {request}"
    return plain(400, f"Invalid request parameters. For assistance, {support}")


def over_limit(currency: str) -> Refused:
    """402: the key's own limit. The rest of the documented text is not known."""
    return plain(402, f"API key {currency} spend limit exceeded. {_TOP_UP}")


def overloaded(seconds: float) -> Refused:
    """429: the model has too much to do. The rest of the documented text is not known.

    `seconds` are the client's; the header has whole ones, and is never too early.
    """
    text = "The model is currently overloaded. Please try again later."
    return Refused(json_reply(429, {"error": text}, retry_after=str(math.ceil(seconds))))


def too_many_failures(resets: str) -> Refused:
    """429: the error budget is spent. The unsuffixed headers are its own, not a quota's."""
    text = (
        "Too many failed attempts (> 50) resulting in a non-success status code. "
        "Please wait 30 seconds and try again."
    )
    headers = {"x_ratelimit_remaining": "0", "x_ratelimit_resets": resets}
    return Refused(json_reply(429, {"error": text}, **headers))


def no_key(path: str) -> Refused:
    """402, not 401: without any key Venice offers to be paid by wallet (x402).

    The documents give the keys of this body; the wallet's own terms are left out here.
    """
    address = f"https://api.venice.ai/api/v1{path}"
    docs = "https://docs.venice.ai"
    body = {
        "x402Version": 2,
        "error": "Authentication required",
        "resource": {"url": address, "description": "Venice API", "mimeType": "application/json"},
        "accepts": [],
        "extensions": {},
        "authOptions": {
            "apiKey": {
                "header": "Authorization: Bearer <api-key>",
                "getKey": "https://venice.ai/settings/api",
                "docs": docs,
            },
            "x402Wallet": {
                "header": "SIGN-IN-WITH-X",
                "legacyHeader": "X-Sign-In-With-X",
                "topUp": "https://api.venice.ai/api/v1/x402/top-up",
                "docs": docs,
            },
        },
    }
    return Refused(json_reply(402, body))
