"""Errors for HTTP error statuses, for a vendor without finer error codes."""

from __future__ import annotations

from segue.errors import (
    AuthenticationFailed,
    InsufficientFunds,
    NotFound,
    RateLimited,
    Rejected,
    RequestError,
    Unavailable,
)
from segue.flow import Reply

_BY_STATUS: dict[int, type[Rejected]] = {
    401: AuthenticationFailed,
    402: InsufficientFunds,
    403: AuthenticationFailed,
    404: NotFound,
    410: NotFound,
    429: RateLimited,
}


def refusal(reply: Reply, message: str = "", *, code: str | None = None) -> RequestError:
    """Return the error for a reply that is not `ok`, by its status; a provider raises it.

    `message` is the vendor's text and `code` its own code, where the provider has read them from
    the body; without a message, the beginning of the body is quoted.
    """
    words = message or reply.words[:200] or "no reason given"
    text = f"status {reply.status}: {words}"
    if reply.status < 400:
        return reply.unlike("this status is neither success nor refusal")
    if reply.status >= 500:
        error: RequestError = Unavailable(text, status=reply.status, retry_after=reply.retry_after)
    elif reply.status == 429:
        error = RateLimited(text, status=429, code=code, retry_after=reply.retry_after)
    else:
        kind = _BY_STATUS.get(reply.status, Rejected)
        error = kind(text, status=reply.status, code=code)
    error.endpoint = reply.endpoint or None
    return error
