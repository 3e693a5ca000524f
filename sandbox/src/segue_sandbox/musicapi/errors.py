"""Every refusal of MusicAPI's that is known.

The OpenAPI file says that an error's envelope varies by handler: `error`, `message`, `type` with
`error`, or `code` with `message`; working clients also met `detail`. Which family sends which is
not documented, so here each sends another one, and a client meets them all. In MusicAPI's own
words are only those marked DOC; the others say what the documents say, in the sandbox's words.
"""

from __future__ import annotations

from segue.flow import Reply
from segue_sandbox.vendor import Refused, json_reply

NO_HEADER = "Authorization header is missing."  # DOC, error-handling
BAD_HEADER = "Invalid authorization format."  # DOC, error-handling
NO_TASK = "task not found."  # DOC, error-handling
NO_TASK_ID = "missing task id."  # DOC, error-handling
TIMED_OUT = "Task failed due to timeout. Credits were previously refunded."
"""Of a 504 on a task: reported of the error page of docs.aimusicapi.ai."""
NO_CREDITS = "Insufficient credits. Please top up your account."
NO_SUBSCRIPTION = "No active subscription. Please subscribe to a plan first."
CATALOGUED = "This audio matches an existing recording in our catalog"
"""Of a failed upload: observed by a working client."""
MODERATED = {
    "refused": "Your request was rejected by content moderation: inappropriate content.",
    "copyright": "Your lyrics were rejected by content moderation: copyrighted lyrics.",
    "artist": "Your request was rejected: it mentions an artist or producer name.",
}
"""403 for what was written (DOC, error-handling: lyrics, copyright, inappropriate, names)."""
_TYPES = {
    400: "bad_request", 401: "unauthorized", 402: "forbidden", 403: "forbidden", 404: "not_found",
    410: "gone", 429: "rate_limited", 502: "api_error", 504: "timeout",
}  # fmt: skip
_STANDARD = {
    400: "Invalid request parameters.",
    401: "Invalid API key.",
    402: NO_CREDITS,
    403: NO_CREDITS,
    404: NO_TASK,
    410: "This operation has been retired.",
    429: "Too many requests. Please try again later.",
    500: "Internal server error.",
    502: "Provider did not return a job id.",
    504: "Upstream generation timed out.",
}


def said(family: str, status: int, text: str) -> dict[str, object]:
    """A refusal's body, in the family's own envelope."""
    envelopes: dict[str, dict[str, object]] = {
        "suno": {"message": text},
        "producer": {"type": _TYPES.get(status, "api_error"), "error": text},
        "riffusion": {"detail": text},
        "studio": {"code": "error", "message": text},
    }
    return envelopes.get(family, {"error": text})


def refused(family: str, status: int, text: str = "", **headers: str) -> Refused:
    """A refusal; without a text, the status's usual one."""
    text = text or _STANDARD[status]
    return Refused(json_reply(status, said(family, status, text), **headers))


def standard(status: int) -> Reply:
    """What is said with a status when there is nothing to add."""
    return json_reply(status, {"message": _STANDARD.get(status, "Internal server error.")})
