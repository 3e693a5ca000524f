"""`GET /v1/music/generations`: the jobs, newest first, with filters and a cursor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from segue.journal import Entry, State
from segue_server import envelope
from segue_server.errors import invalid
from segue_server.gateway import Gateway, gateway_of, json_response

LARGEST_PAGE = 100
USUAL_PAGE = 20
_KNOWN = ("limit", "after", "status", "backend", "text", "since", "until")
_STATES: Mapping[str, tuple[State, ...]] = {
    "queued": (State.INTENT, State.SUBMITTED),
    "running": (State.SUBMITTED, State.ENDED),
    "succeeded": (State.DELIVERED, State.RELEASED),
    "failed": (State.ENDED, State.REFUSED),
    "canceled": (State.ENDED,),
    "expired": (State.ENDED,),
    "unknown": (State.INTENT, State.UNKNOWN),
}


async def jobs(request: Request) -> Response:
    """A page of the caller's jobs."""
    gateway = gateway_of(request)
    caller = await gateway.access.caller(request)
    query = dict(request.query_params)
    if unknown := [name for name in query if name not in _KNOWN]:
        what = f"there is no filter {unknown[0]!r}; known are {', '.join(_KNOWN)}"
        raise invalid(what, code="invalid_field", param=unknown[0])
    entries, more = await _page(gateway, query, caller.labels)
    found = await gateway.envelopes(request, map(gateway.seen, entries))
    cursor = entries[-1].cursor if more else None
    return json_response(envelope.Listed(data=tuple(found), has_more=more, next_cursor=cursor))


async def _page(
    gateway: Gateway, query: Mapping[str, str], labels: Mapping[str, str]
) -> tuple[list[Entry], bool]:
    """The entries of a page, and whether more follow. The journal's states are coarser than the
    statuses of this API, so its pages are sifted until there are enough."""
    wanted, limit = query.get("status"), _limit(query.get("limit"))
    if wanted is not None and wanted not in _STATES:
        raise invalid(
            f"status is one of {', '.join(_STATES)}", code="invalid_field", param="status"
        )
    found: list[Entry] = []
    after = query.get("after")
    while len(found) <= limit:
        page = await gateway.client.jobs(
            labels=labels,
            states=_STATES[wanted] if wanted else None,
            backend=query.get("backend"),
            text=query.get("text"),
            since=_time("since", query),
            until=_time("until", query),
            limit=limit + 1,
            after=after,
        )
        found += [entry for entry in page if wanted in (None, _word(gateway, entry))]
        if len(page) <= limit:
            break
        after = page[-1].cursor
    return found[:limit], len(found) > limit


def _word(gateway: Gateway, entry: Entry) -> str:
    seen = gateway.seen(entry)
    return envelope.word_of(entry, seen.snapshot, held=seen.held)


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL_PAGE
    if not text.isdecimal() or len(text) > 9 or not 0 < int(text) <= LARGEST_PAGE:
        raise invalid(f"limit is from 1 to {LARGEST_PAGE}", code="invalid_field", param="limit")
    return int(text)


def _time(name: str, query: Mapping[str, str]) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
        found = given.astimezone(UTC) if given.tzinfo else None
    except (ValueError, OverflowError):  # no time, or before the year 1 in UTC
        found = None
    if found is None:
        example = "2026-01-31T12:00:00Z"
        raise invalid(
            f"{name} is a time with its zone, such as {example}", code="invalid_field", param=name
        )
    return found
