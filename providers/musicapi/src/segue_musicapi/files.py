"""What to save of a finished job: its songs, by addresses that carry no key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from segue.containers import AUDIO
from segue.flow import Call
from segue.job import Asset, Snapshot, Status, Ticket, Track
from segue_musicapi.wire import file_url


def songs(ticket: Ticket, snapshot: Snapshot, *, kind: str = "track") -> list[Asset]:
    """One file for each track that succeeded and has one."""
    made = (one for one in snapshot.tracks if one.status is Status.SUCCEEDED)
    return [asset for one in made for asset in of_track(ticket, one, kind=kind)]


def of_track(ticket: Ticket, track: Track, *, kind: str = "track") -> Iterable[Asset]:
    """The file of one track; none where it has no address."""
    if track.url:
        yield linked(ticket, track, track.url, kind=kind, usual="mp3")


def linked(ticket: Ticket, track: Track, url: str, *, kind: str, usual: str) -> Asset:
    """A file at an address: without the key, for it lies with another host. `usual` is the
    container if the address does not say; the bytes decide."""
    return Asset(
        kind=kind,
        name=track.title or ticket.model or kind,
        containers=(container(url, usual),),
        source=Call(method="GET", url=url, keyed=False),
        track=track.id,
        instead=_wave(track, url),
    )


def _wave(track: Track, url: str) -> Mapping[str, Call]:
    """The same song as WAV, where its `wav_url` says where that is: a field of producer's songs
    (MusicAPI's SDK)."""
    wave = file_url(track.details.get("wav_url"))
    if wave is None or wave == url:
        return {}
    return {"wav": Call(method="GET", url=wave, keyed=False)}


def container(url: str, usual: str) -> str:
    """The container that an address ends in, if it is one of audio."""
    try:
        suffix = PurePosixPath(urlsplit(url).path).suffix.lower().lstrip(".")
    except ValueError:
        return usual
    return suffix if suffix in AUDIO else usual
