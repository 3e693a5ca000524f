"""The marketplace's errors, each as one error that says what to do. Pure.

An error is identified by its `code`, then its `type`, then its message, and only then its HTTP
status: the same refusal comes with different statuses, and a code may be missing (observed
2026-08 and 2026-09).
"""

from __future__ import annotations

from enum import Enum

from segue.errors import (
    AuthenticationFailed,
    ContentPolicy,
    InsufficientFunds,
    NotFound,
    RateLimited,
    Rejected,
    RequestError,
    Unavailable,
)
from segue.flow import Reply
from segue.refusals import refusal
from segue_marketplace import deadlines, wire

UNSOLD = frozenset(
    {
        "minimum_discount_not_met",
        "no_healthy_sellers",
        "no_sellers_for_model",
        "provider_unavailable",
    }
)
"""Words for "no seller takes this now". Nothing was made, so nothing is paid."""

NOT_MET = "minimum_discount_not_met"

KEYS = "https://www.surplusintelligence.ai/docs/getting-started/buyer-quickstart"
"""How a buyer gets a key, and lets the marketplace draw on the wallet."""

_EPOCH = 1e9
"""Seconds from which on a number must be a Unix time: as a delay it would be decades."""

_LONGEST = 30 * 86400.0
"""The longest plausible delay, in seconds."""

_MODELS = "`segue models --backend marketplace` lists what is on sale"
_NO_MODEL = "is not a valid model id"
_ABOUT_KEY = (
    "check SURPLUS_API_KEY: a buyer's key begins with inf_, and a seller's (si_seller_) cannot"
    f" buy; see {KEYS}"
)
_KINDS: dict[str, type[Rejected]] = {
    NOT_MET: Rejected,
    "invalid_minimum_discount": Rejected,
    "invalid_api_key": AuthenticationFailed,
    "x402_payment_required": AuthenticationFailed,
    "insufficient_balance": InsufficientFunds,
    "not_found": NotFound,
}
_ADVICE = {
    NOT_MET: "set a smaller min_discount, try again later, or choose another backend",
    "invalid_minimum_discount": "min_discount is a whole number from 0 to 100, in percent",
    "invalid_api_key": _ABOUT_KEY,
    "x402_payment_required": f"no key arrived; {_ABOUT_KEY}",
    "insufficient_balance": (
        "add USDC on Base to the wallet, or raise the marketplace's allowance: it routes"
        f" nothing below an allowance of 1.00 USD (seen, not documented); {KEYS}"
    ),
    "not_found": "check the ticket and the key: this account has no such job",
    "request_rejected": f"change the field that it names; {_MODELS}",
    "unsupported_provider": f"choose another model; {_MODELS}",
    "model_capability_unsupported": "leave out what the model cannot do, or choose another one",
}


class Listed(Enum):
    """Whether the catalogue lists a model: misspelt, or just without a seller."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def refused(reply: Reply, listed: Listed = Listed.UNKNOWN) -> RequestError:
    """The error for an answer that is not `ok`; `listed` is about the model of the request."""
    body = wire.complaint(reply)
    error = _page(reply) if body is None else _from_body(reply, body, listed)
    error.endpoint = reply.endpoint or None
    if request := wire.text(reply.headers.get("x-request-id")):
        known = f"the request id for its support is {request[:80]}"
        error.advice = f"{error.advice}; {known}" if error.advice else known
    return error


def no_such_model(reply: Reply) -> bool:
    """Whether it says that the model is not valid: usually it has no seller right now, and the
    same name is routed minutes later (observed 2026-09)."""
    body = wire.complaint(reply)
    return body is not None and _NO_MODEL in _message(body).lower()


def verdict(reply: Reply) -> bool:
    """Whether an answer with status 503 is the marketplace's own refusal of a job."""
    body = wire.complaint(reply)
    return body is not None and not UNSOLD.isdisjoint(body.words)


def _from_body(reply: Reply, body: wire.ErrorBody, listed: Listed) -> RequestError:
    message, words = _message(body), body.words
    if reply.status == 429:
        code = _code(body)
        return RateLimited(message, status=429, code=code, retry_after=patience(reply))
    if word := next((word for word in words if word in _KINDS), None):
        error: RequestError = _KINDS[word](message, status=reply.status, code=word)
    elif not UNSOLD.isdisjoint(words):
        return Unavailable(f"no seller right now: {message}", status=reply.status)
    elif _NO_MODEL in message.lower():
        return _no_model(message, reply.status, listed)
    elif body.suggested_prompt is not None and 400 <= reply.status < 500:
        error = ContentPolicy(
            message,
            status=reply.status,
            code=_code(body),
            suggested_prompt=body.suggested_prompt,
        )
        error.advice = f"the seller would accept this prompt: {body.suggested_prompt!r}"
        return error
    else:
        error = refusal(reply, message, code=_code(body))
    return _advised(error, words)


def _advised(error: RequestError, words: list[str]) -> RequestError:
    known = next((_ADVICE[word] for word in words if word in _ADVICE), "")
    if not known and isinstance(error, AuthenticationFailed):
        known = _ABOUT_KEY
    if not known and isinstance(error, InsufficientFunds):
        known = _ADVICE["insufficient_balance"]
    error.advice = known or error.advice
    return error


def _no_model(message: str, status: int, listed: Listed) -> RequestError:
    if listed is Listed.NO:
        error: RequestError = NotFound(message, status=status)
        error.advice = f"check the spelling; {_MODELS}"
        return error
    if listed is Listed.YES:
        why = "no seller right now, though the catalogue lists it"
    else:
        why = "usually that means no seller right now"
    return Unavailable(f"{why} (its message: {message})", status=status)


def patience(reply: Reply) -> float | None:
    """The delay of a 429 in seconds: its `Retry-After`, else its `X-RateLimit-Reset`.

    Both were seen; what the second counts is not documented. A large number is taken for a
    Unix time, in seconds or milliseconds, a small one for seconds from now.
    """
    if reply.retry_after is not None:
        return reply.retry_after
    reset = wire.number(reply.headers.get("x-ratelimit-reset"))
    if reset is not None and reset >= _EPOCH:
        now = deadlines.answered_at(reply)
        moment = reset / 1000 if reset > _EPOCH * 1000 else reset
        reset = None if now is None else max(moment - now, 0.0)
    return reset if reset is not None and reset <= _LONGEST else None


def _page(reply: Reply) -> RequestError:
    """The error for an answer that is not in the marketplace's format."""
    if reply.status == 429:
        return RateLimited(
            f"too many requests{reply.glimpse}", status=429, retry_after=patience(reply)
        )
    if reply.status == 403:  # its edge blocks callers for a quarter of an hour (observed)
        return Unavailable("status 403: blocked at the edge; temporary", status=403)
    if reply.status >= 500:
        return refusal(reply, f"not the marketplace's format{reply.glimpse}")
    if reply.status in (401, 402):
        return _advised(refusal(reply), [])
    return reply.unlike("the marketplace writes its errors in JSON")


def _message(body: wire.ErrorBody) -> str:
    return body.message or _code(body) or "no reason given"


def _code(body: wire.ErrorBody) -> str | None:
    return next(iter(body.words), None)
