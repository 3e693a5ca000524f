"""What a client is answered when something is wrong: the marketplace's envelope, stable codes.

    {"error": {"type": "invalid_request_error", "code": "unsupported", "message": "…"}}

`code` is core's `error_code`, or one of the server's own; it does not change when a message does.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

import msgspec

from segue import errors
from segue.errors import SegueError
from segue.money import Money

Headers: TypeAlias = Mapping[str, str]

INVALID = "invalid_request_error"
"""The `type` of what the client has to change."""


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong. `type` is its family, `code` its stable word, `param` the field that is meant,
    `advice` the next step; `suggested_prompt` is what a vendor's moderation would accept. Where a
    budget refused a job, `needed` is its price, `held` what is spent or reserved of the budget, and
    `available` what is left. `job` is a job that exists in spite of the error."""

    type: str
    code: str
    message: str
    param: str | None = None
    advice: str | None = None
    suggested_prompt: str | None = None
    attempts: tuple[str, ...] = ()
    needed: str | None = None
    available: str | None = None
    held: str | None = None
    job: str | None = None


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer with a status of 400 or more."""

    error: ErrorBody


class ApiError(Exception):
    """An answer with an error status; `headers` go with it."""

    def __init__(self, status: int, body: ErrorBody, headers: Headers | None = None) -> None:
        super().__init__(body.message)
        self.status = status
        self.body = body
        self.headers = headers or {}


def invalid(message: str, *, code: str = INVALID, param: str | None = None) -> ApiError:
    """A request that has to be changed: 400."""
    return ApiError(400, ErrorBody(type=INVALID, code=code, message=message, param=param))


def refused(status: int, code: str, message: str, **headers: str) -> ApiError:
    """Any other refusal; underscores in names of headers stand for hyphens."""
    kind = "server_error" if status >= 500 else _KINDS.get(status, INVALID)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ApiError(status, ErrorBody(type=kind, code=code, message=message), named)


_KINDS = {
    401: "authentication_error",
    403: "authentication_error",
    429: "rate_limit_error",
}


def not_found(what: str) -> ApiError:
    """There is no such thing, or it belongs to another key."""
    return refused(404, "not_found", f"no such {what}")


_STATUS: tuple[tuple[type[SegueError], int, str], ...] = (  # the first that matches
    (errors.SpendingRefused, 402, "budget_error"),
    (errors.CostAboveLimit, 402, "budget_error"),
    (errors.InsufficientFunds, 402, "provider_error"),
    (errors.Refused, 400, INVALID),
    (errors.UnknownProvider, 400, INVALID),
    (errors.PluginError, 503, "provider_unavailable"),
    (errors.ConfigError, 400, INVALID),
    (errors.UnknownJob, 404, INVALID),
    (errors.KeyReused, 422, INVALID),
    (errors.JobExists, 409, INVALID),
    (errors.NotReady, 409, INVALID),
    (errors.JobBusy, 409, INVALID),
    (errors.ContentPolicy, 400, INVALID),
    (errors.RateLimited, 429, "rate_limit_error"),
    (errors.AuthenticationFailed, 503, "provider_unavailable"),
    (errors.NotFound, 400, INVALID),
    (errors.Rejected, 400, INVALID),
    (errors.RequestError, 503, "provider_unavailable"),
    (errors.NoBackendLeft, 503, "provider_unavailable"),
)


def from_core(error: SegueError) -> ApiError:
    """The answer for an error of core's, in core's words."""
    if isinstance(error, errors.NoBackendLeft):
        return _from_several(error)
    found = ((status, kind) for each, status, kind in _STATUS if isinstance(error, each))
    status, kind = next(found, (500, "server_error"))
    return ApiError(status, body_of(error, kind), _retry_after(error))


def body_of(error: SegueError, kind: str = "provider_error") -> ErrorBody:
    """What core's error says, as a body."""
    problems = getattr(error, "problems", ())
    body = ErrorBody(
        type=kind,
        code=error.error_code,
        message=error.message,
        advice=error.advice or None,
        param=problems[0].field if problems else None,
        suggested_prompt=getattr(error, "suggested_prompt", None),
    )
    if (ticket := error.ticket) is not None:
        body = msgspec.structs.replace(body, job=ticket.job, advice=_advice(error, ticket.job))
    return _with_amounts(body, error) if isinstance(error, errors.SpendingRefused) else body


def _advice(error: SegueError, job: str) -> str | None:
    """The next step: core's may speak of the ticket, which only a program in Python has."""
    snapshot = error.snapshot if isinstance(error, errors.CostAboveLimit) else None
    stopped = snapshot is not None and snapshot.status.terminal
    if stopped or not isinstance(error, errors.CostAboveLimit | errors.JournalError):
        return error.advice or None
    return f"the job goes on, and may be charged: poll {job}; another submission is another job"


def _with_amounts(body: ErrorBody, error: errors.SpendingRefused) -> ErrorBody:
    if error.needed is None or error.limit is None or error.spent is None:
        return body
    left = max(error.limit - error.spent, Money(amount=Decimal(0), unit=error.limit.unit))
    return msgspec.structs.replace(
        body, needed=str(error.needed), available=str(left), held=str(error.spent)
    )


def _from_several(error: errors.NoBackendLeft) -> ApiError:
    """Several backends refused: as the first of them did, with what each said."""
    first = next((each for _, each in error.attempts if isinstance(each, SegueError)), None)
    answer = from_core(first) if first else ApiError(503, body_of(error), {})
    attempts = tuple(f"{name}: {each}" for name, each in error.attempts)
    body = msgspec.structs.replace(
        answer.body, code=error.error_code, message=error.message, attempts=attempts
    )
    return ApiError(answer.status, body, answer.headers)


def _retry_after(error: SegueError) -> Headers:
    seconds = getattr(error, "retry_after", None)
    return {"Retry-After": str(max(1, round(seconds)))} if seconds else {}
