"""The files of a finished job: where each is, and what it is. Pure.

The documents print a signed address of a storage host (`url`, good for 900 seconds) beside the
marketplace's own copy (`download_url`); on live jobs `url` itself was the marketplace's own
(observed 2026-09-14). The signed one needs no key and gets none, so it is used as long as it is
valid. Core sends the key to the marketplace's own address only.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from segue.containers import MEDIA_TYPES
from segue.flow import Call, Reply
from segue.job import Asset, Status, Ticket, Track
from segue_marketplace import addresses, deadlines, discount, wire

_USUAL = "mp3"


def tracks(job: wire.Job, ticket: Ticket, reply: Reply) -> tuple[Track, ...]:
    """A track for each artifact of the job, in the order of the answer."""
    found = wire.results(job)
    return tuple(_track(one, place, ticket, reply) for place, one in enumerate(found))


def asset(ticket: Ticket, track: Track) -> Asset:
    """The file of a track, at the address that was valid when the job was last polled."""
    kind = str(track.details.get("kind", "track"))
    url = track.url or addresses.artifact(ticket.id, 0)
    return Asset(
        kind=kind,
        name=(discount.model_of(ticket.model) or kind) if kind == "track" else kind,
        containers=(str(track.details.get("container", _USUAL)),),
        source=Call(method="GET", url=url, keyed=not addresses.signed(url)),
        track=track.id,
    )


def _track(result: wire.Result, place: int, ticket: Ticket, reply: Reply) -> Track:
    index = wire.count(result.artifact_index)
    index = place if index is None else index
    kind = (wire.text(result.content_type) or "").partition(";")[0].strip().lower()
    url = _address(result, ticket, index, reply)
    details: dict[str, object] = {"artifact": index, "container": _container(kind, url)}
    if kind:
        details["content_type"] = kind
    if (size := wire.count(result.size)) is not None:
        details["bytes"] = size
    if (other := _other_kind(kind)) is not None:
        details["kind"] = other
    return Track(
        id=str(index),
        status=Status.SUCCEEDED,
        duration=wire.number(result.duration_seconds),
        url=url,
        details=details,
    )


def _address(result: wire.Result, ticket: Ticket, index: int, reply: Reply) -> str:
    """The address to take: the one that needs no key, unless it has expired."""
    own = addresses.whole(result.download_url) or addresses.artifact(ticket.id, index)
    direct = addresses.whole(result.url)
    return direct if direct is not None and deadlines.still_signed(direct, reply) else own


def _container(kind: str, url: str) -> str:
    if kind in MEDIA_TYPES:
        return MEDIA_TYPES[kind]
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower().lstrip(".")
    name = suffix or (kind.partition("/")[2] if _other_kind(kind) else "")
    return name if name.isalnum() and len(name) <= 5 else _USUAL


def _other_kind(kind: str) -> str | None:
    """`image`, `text`, `video`, …: what is not music is not verified to be audio."""
    family = kind.partition("/")[0]
    return family if family in {"image", "text", "video"} else None
