"""MusicAPI's errors, each as one error that says what to do. Pure.

The envelope varies by handler: `error`, `message`, `{type, error}`, `{code, message}`, `detail`,
and for requests of several steps `failed_step` and `steps.STEP.error`. The status determines
the class, except for 403, which has three meanings that only its message distinguishes (MusicAPI's
error page): no credits, no subscription, moderation.
"""

from __future__ import annotations

import re

from segue.errors import (
    ContentPolicy,
    InsufficientFunds,
    NotFound,
    Rejected,
    RequestError,
    SubmissionUnknown,
)
from segue.flow import Reply
from segue.refusals import refusal
from segue_musicapi.wire import Envelope, first_text, inside, maybe_envelope

KEYS = "https://musicapi.ai"
"""Where a user makes keys, subscribes and adds credits, on the dashboard."""

_POOR = re.compile(
    r"\b(insufficient|not enough|no|out of|lack of|exhausted|too few)\b[\w\s]{0,20}\bcredits?\b"
    r"|\bcredits?\b[\w\s]{0,20}\b(insufficient|not enough|exhausted|too low)\b",
    re.IGNORECASE,
)
_UNFIT = re.compile(
    r"moderat|policy|policies|copyright|inappropriate|sensitive|violat|explicit|prohibited"
    r"|artist|producer tag|lyrics|nsfw",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"")
_UNKNOWN_ID = re.compile(r"task[ _](id )?(was )?not found|missing task id", re.IGNORECASE)


def refused(reply: Reply, *, instead: str = "") -> RequestError:
    """The error for an answer that is not `ok`. `instead`: what to use for what was retired."""
    body = maybe_envelope(reply)
    if body is None:
        return _page(reply)
    return judged(reply, body, reply.status, instead=instead)


def judged(reply: Reply, body: Envelope, status: int, *, instead: str = "") -> RequestError:
    """The error for a body that means `status`, whatever the HTTP status that it came with."""
    message = message_of(body)
    code = code_of(body)
    error = _of_status(reply, status, message, code)
    if status == 410:
        use = f"; use {instead}" if instead else "; `segue models` shows what there is"
        error.advice = f"it is retired by the vendor{use}"
    elif status == 401:
        error.advice = f"check MUSICAPI_KEY; create keys at {KEYS}"
    error.endpoint = reply.endpoint or None
    return error


def message_of(body: Envelope) -> str:
    """MusicAPI's error message, with the failed step if there is one."""
    text = first_text(body.error, body.message, body.detail)
    step = body.failed_step if isinstance(body.failed_step, str) and body.failed_step else None
    if step is None:
        return text or "MusicAPI gives no reason"
    why = first_text(inside(body.steps, step, "error"), inside(body.steps, step, "message")) or text
    return f"the step {step!r} failed: {why or 'MusicAPI gives no reason'}"


def code_of(body: Envelope) -> str | None:
    """The error code, if there is one: a `code` that is no number, else `type`."""
    words = (body.code, inside(body.error, "code"), body.type)
    return next(
        (word for word in words if isinstance(word, str) and word and not word.isdigit()), None
    )


def unknown_id(body: Envelope) -> bool:
    """Whether MusicAPI says that it knows no job of that id. It is no verdict on a job."""
    return _UNKNOWN_ID.search(message_of(body)) is not None


def in_doubt(reply: Reply) -> SubmissionUnknown:
    """The error for a 5xx that would be MusicAPI's verdict, had MusicAPI written it."""
    doubt = SubmissionUnknown(f"a {reply.status} that is not MusicAPI's own")
    doubt.endpoint = reply.endpoint or None
    return doubt


def _of_status(reply: Reply, status: int, message: str, code: str | None) -> RequestError:
    body = f"status {status}: {message}"
    match status:
        case 402 | 403:
            return _forbidden(body, message, status, code)
        case 400 if _UNKNOWN_ID.search(message):
            return NotFound(body, status=status, code=code, advice=_UNKNOWN_ADVICE)
        case 404:
            return NotFound(body, status=status, code=code, advice=_UNKNOWN_ADVICE)
        case 410:
            return Rejected(body, status=status, code=code)
    as_if = Reply(status=status, headers=reply.headers, body=reply.body, endpoint=reply.endpoint)
    return refusal(as_if, message, code=code)


_UNKNOWN_ADVICE = "check the id and the key: this account has no such id"


def _forbidden(body: str, message: str, status: int, code: str | None) -> RequestError:
    meant = _QUOTED.sub("", message)  # the quoted parts are the user's words
    if _POOR.search(meant):
        advice = f"add credits at {KEYS}, or choose a cheaper backend"
        return InsufficientFunds(body, status=status, code=code, advice=advice)
    if status == 403 and _UNFIT.search(meant):
        return ContentPolicy(body, status=status, code=code)
    if "subscri" in meant.lower():
        advice = f"subscribe at {KEYS}: without that, extra credits cannot be spent either"
        return InsufficientFunds(body, status=status, code=code, advice=advice)
    if status == 402 or "credit" in meant.lower():
        advice = f"add credits at {KEYS}, or choose a cheaper backend"
        return InsufficientFunds(body, status=status, code=code, advice=advice)
    advice = "usual causes: no credits, no subscription, or a text that MusicAPI does not allow"
    return Rejected(body, status=status, code=code, advice=advice)


def _page(reply: Reply) -> RequestError:
    """An answer that MusicAPI did not write: the status says whether to try again, no more."""
    if reply.status == 429 or reply.status >= 500:
        return refusal(reply, f"not MusicAPI's format{reply.glimpse}")
    return reply.unlike("MusicAPI writes its errors in JSON")
