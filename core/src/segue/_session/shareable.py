"""What of an error goes to another process: no job token, no signed address, no answer's body."""

from __future__ import annotations

from typing import TypeVar, cast

from msgspec.structs import replace

from segue._data.redaction import hidden_query
from segue.flow import Reply
from segue.job import Snapshot, Ticket, Track

T = TypeVar("T")


def shareable(value: T) -> T:
    """The value, or what of it may be handed to anybody."""
    shared: object = value
    if isinstance(value, Ticket) and value.secrets:
        shared = replace(value, secrets={})
    elif isinstance(value, Snapshot):
        shared = replace(value, tracks=tuple(map(_track, value.tracks)))
    elif isinstance(value, Reply):
        shared = Reply(status=value.status, endpoint=value.endpoint, body=None)
    return cast("T", shared)


def _track(track: Track) -> Track:
    url = hidden_query(track.url) if track.url else track.url
    return replace(track, url=url, details={})
