"""Where a job is found, and its artifacts: every address below the API's own. Pure.

`poll_url` is a path in the marketplace's documents, and an absolute address on live jobs
(observed 2026-09-14). Either way only the path after `/v1` is used, below the API's own
address, so that the key and the job token are sent nowhere else.
"""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

from segue.job import Ticket

JOBS = "/music/generations"
"""Where jobs are submitted, below the API's address, which ends in `/v1`."""

MARKETS = "../api/markets"
"""The order books. They have no `/v1` (their page)."""

_VERSION = "/v1/"


def submitting(percent: int | None) -> str:
    """Where a job is submitted whose offers must be so many percent below the direct price.

    The segment `min{N}` comes before `/v1` (the page on minimum-discount routing).
    """
    return JOBS if percent is None else f"../min{percent}/v1{JOBS}"


def polling(ticket: Ticket) -> str:
    """Where the job is polled. A job that was submitted with a minimum discount is found
    without one, too (observed)."""
    return _stored(ticket, "poll")


def cancelling(ticket: Ticket) -> str:
    """Where the job is cancelled."""
    return _stored(ticket, "cancel")


def artifact(job: str, index: int) -> str:
    """The marketplace's own copy of an artifact (its page's "proxy fallback")."""
    return f"/media/artifacts/{quote(job, safe='')}/{index}"


def book(model: str) -> str:
    """The order book of one model."""
    return f"{MARKETS}/{quote(model, safe='')}"


def below(url: object) -> str | None:
    """The path of an address of the API's, as one below the API's own address; else None."""
    path = _path(url)
    steps = path.partition(_VERSION)[2].split("/") if path else [""]
    return None if not steps[0] or ".." in steps else "/" + "/".join(steps)


def whole(url: object) -> str | None:
    """An address of a file: as it is where it names a host, else below the API's own."""
    if isinstance(url, str) and url.startswith(("https://", "http://")):
        return url if _path(url) else None
    return below(url)


def signed(url: str) -> bool:
    """Whether an address carries its own permission, such as `X-Amz-Signature`."""
    return any(name.lower().endswith("signature") for name in parse_qs(urlsplit(url).query))


def _stored(ticket: Ticket, what: str) -> str:
    return below(f"/v1{ticket.state.get(what)}") or f"{JOBS}/{quote(ticket.id, safe='')}"


def _path(url: object) -> str | None:
    if not isinstance(url, str) or not url.isprintable() or " " in url:
        return None
    try:
        return urlsplit(url).path or None
    except ValueError:
        return None
