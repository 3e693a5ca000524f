"""MusicAPI's wire format: its answers, read tolerantly. No other module knows it.

They are read tolerantly: any field may be missing or not of its documented type, numbers
may be text, and unknown fields are stored in a clip's `details`. Reading never fails on a
field; only an answer that is no JSON object is a `ProtocolError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeGuard

import msgspec

from segue.flow import Reply
from segue.numbers import figure

_FILE = re.compile(r"https?://(?!audiopipe\.)", re.ASCII | re.IGNORECASE)
"""A file's address. `audiopipe.` has the streams that play while a song is still made; they are
never its file (seen live, 2026-07)."""

_USED = frozenset(
    {"clip_id", "id", "state", "title", "lyrics", "audio_url", "duration"}
    | {"reason", "error_message", "error", "fail_reason"}
)
_DEEPEST = 8
_HUGE = 2**63
_LONGEST_DETAIL = 4000


class Envelope(msgspec.Struct, frozen=True):
    """Any JSON object of MusicAPI's, by the keys that mean something in some answer.

    `code` is a number, a number as text, or a word; `data` a list, an object or a text.
    """

    code: object = None
    type: object = None
    status: object = None
    error: object = None
    message: object = None
    detail: object = None
    data: object = None
    task_id: object = None
    clip_id: object = None
    persona_id: object = None
    name: object = None
    warning: object = None
    suggested_prompt: object = None
    suggestion: object = None
    failed_step: object = None
    steps: object = None

    @property
    def number(self) -> int | None:
        """`code` as a number, where it is one."""
        return whole(self.code)

    @property
    def says_nothing(self) -> bool:
        """Whether none of the known keys is there."""
        return self == Envelope()


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """One song of an answer, read as far as every family's songs go.

    `audio_url` is None for an interim stream, which `streams` reports. `details` is everything
    else in the answer, and the state.
    """

    id: str | None = None
    state: str | None = None
    title: str | None = None
    duration: float | None = None  # seconds
    audio_url: str | None = None
    lyrics: str | None = None
    reason: str | None = None
    streams: bool = False
    details: Mapping[str, object] = {}


_ENVELOPE = msgspec.json.Decoder(Envelope)


def envelope(reply: Reply) -> Envelope:
    """The answer's JSON object; raises `ProtocolError` where it is none (a proxy's page)."""
    value = maybe_envelope(reply)
    if value is None:
        raise reply.unlike("MusicAPI answers with a JSON object")
    return value


def maybe_envelope(reply: Reply) -> Envelope | None:
    """The answer's JSON object, or None where it is none."""
    try:
        return _ENVELOPE.decode(reply.body or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return reply.maybe_json(Envelope)  # slower, and reads what is oddly written


def clip(value: object) -> Clip | None:
    """A song of a list, or None where the item is no object."""
    if not is_object(value):
        return None
    state, url = text_of(value.get("state")), value.get("audio_url")
    return Clip(
        id=text_of(value.get("clip_id")) or text_of(value.get("id")),
        state=state,
        title=text_of(value.get("title")),
        duration=seconds(value.get("duration")),
        audio_url=file_url(url),
        streams=isinstance(url, str) and file_url(url) is None and url.startswith("http"),
        lyrics=text_of(value.get("lyrics")),
        # Not documented; `error_message` is what a working client reads.
        reason=first_text(value.get("error_message"), value.get("error"), value.get("fail_reason")),
        details=_details(value, state),
    )


def _details(value: Mapping[str, object], state: str | None) -> dict[str, object]:
    """The fields of a song besides those of a `Clip`, and its state."""
    details: dict[str, object] = {}
    for key, inner in value.items():
        if key not in _USED and (plain := bounded(inner)) is not None:
            details[key] = plain
    if state is not None:
        details["state"] = state
    return details


def clips(value: object) -> list[Clip]:
    """The songs of a list; whatever is no object in it is skipped."""
    items = value if is_list(value) else ()
    return [one for one in map(clip, items) if one is not None]


def file_url(value: object) -> str | None:
    """An address that can be a song's file: http(s), and no interim stream's."""
    return value if isinstance(value, str) and _FILE.match(value) else None


def text_of(value: object) -> str | None:
    """The value, if it is a text that says something; a whole number as text."""
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _HUGE:
        return str(value)
    return None


def first_text(*values: object) -> str | None:
    """The first value that is a text and says something; inside an object, its `message`."""
    for value in filter(None, values):
        inner = (value.get("message"), value.get("error")) if is_object(value) else (value,)
        for one in inner:
            if isinstance(one, str) and one.strip():
                return one.strip()
    return None


def seconds(value: object) -> float | None:
    """A length in seconds: a number that is not negative."""
    value = figure(value)
    return value if value is not None and value >= 0 else None


def whole(value: object) -> int | None:
    """A whole number, also when it comes as text (`"200"`)."""
    value = figure(value)
    return int(value) if value is not None and value.is_integer() else None


def is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    """Whether a decoded value is a JSON object."""
    return isinstance(value, dict)  # what JSON is decoded to; `Mapping` takes ten times as long


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Whether a decoded value is a JSON list."""
    return isinstance(value, list | tuple)


def inside(value: object, *keys: str) -> object:
    """What lies at the end of the keys, or None."""
    for key in keys:
        value = value.get(key) if is_object(value) else None
    return value


def bounded(value: object, depth: int = 0) -> object:
    """A value as it may be stored in a ticket or a snapshot: plain, and of bounded size."""
    if isinstance(value, str):
        return value[:_LONGEST_DETAIL]
    if is_object(value) and depth < _DEEPEST:
        return {key: bounded(inner, depth + 1) for key, inner in value.items()}
    if is_list(value) and depth < _DEEPEST:
        return [bounded(inner, depth + 1) for inner in value]
    huge = isinstance(value, int) and abs(value) >= _HUGE  # no JSON of ours can hold it
    return value if isinstance(value, bool | int | float) and not huge else None
