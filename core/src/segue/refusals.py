"""What an HTTP error status means, for a vendor that has no finer words."""

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
    """The error for a reply that is not `ok`, by its status; to be raised by a provider.

    `message` are the vendor's words and `code` its own code, where the provider has read them
    from the body; without a message, the beginning of the body is quoted.
    """
    said = message or reply.words[:200] or "no reason given"
    told = f"status {reply.status}: {said}"
    if reply.status < 400:
        return reply.unlike("this status is neither success nor refusal")
    if reply.status >= 500:
        error: RequestError = Unavailable(told, status=reply.status, retry_after=reply.retry_after)
    elif reply.status == 429:
        error = RateLimited(told, status=429, code=code, retry_after=reply.retry_after)
    else:
        kind = _BY_STATUS.get(reply.status, Rejected)
        error = kind(told, status=reply.status, code=code)
    error.endpoint = reply.endpoint or None
    return error
