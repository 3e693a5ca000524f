"""Validate the filter of a list of jobs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from segue._data.cursor import decode_cursor
from segue._data.suggestions import suggestion
from segue._session.options import allowed, labels_allowed, list_of
from segue.journal import Filter, State


class JobsFilter(TypedDict, total=False):
    """The keywords of `client.jobs`; without any, it returns every job but the forgotten ones.

    `states` are those of `segue.journal.State`. `labels` are names with their values, all of which
    the job has. `backend` is a provider, or `provider/model`. `since` and `until` are times with a
    time zone: created from the first on, and before the second. `text` occurs in a text of the task
    or in the job's label, case-insensitively. `limit` is the most jobs to return; `after` is the
    `cursor` of the last one of the page before, and stays valid while jobs are added.
    """

    states: Sequence[State] | None
    labels: Mapping[str, str] | None
    backend: str | None
    since: datetime | None
    until: datetime | None
    text: str | None
    limit: int | None
    after: str | None


def checked_filter(options: JobsFilter) -> Filter:
    """Return the filter; raise `ConfigError` for an invalid value."""
    for name in options:
        if name not in JobsFilter.__annotations__:
            close = suggestion(name, JobsFilter.__annotations__)
            raise TypeError(f"jobs() got an unexpected keyword argument {name!r}; {close}")
    states, limit = options.get("states"), options.get("limit")
    sound = states is None or list_of(State, states)
    allowed("states", states, sound, "write a list of segue.journal.State, such as State.ENDED")
    whole = limit is None or (type(limit) is int and limit >= 0)
    allowed("limit", limit, whole, "write a whole number, 0 or more")
    labels = options.get("labels") or {}
    labels_allowed(labels)
    for name, text in (("backend", options.get("backend")), ("text", options.get("text"))):
        allowed(name, text, text is None or (isinstance(text, str) and bool(text)), "write text")
    for name, at in (("since", options.get("since")), ("until", options.get("until"))):
        zoned = at is None or (isinstance(at, datetime) and at.tzinfo is not None)
        allowed(name, at, zoned, "write a time with its zone, such as datetime.now(timezone.utc)")
    after = options.get("after")
    allowed("after", after, after is None or _is_cursor(after), "write the `cursor` of an entry")
    return Filter(
        states=None if states is None else tuple(states),
        labels=dict(labels),
        backend=options.get("backend"),
        since=options.get("since"),
        until=options.get("until"),
        text=options.get("text"),
        limit=limit,
        after=after,
    )


def _is_cursor(text: object) -> bool:
    try:
        decode_cursor(text if isinstance(text, str) else "")
    except ValueError:
        return False
    return True
