"""The encoding of events and entries in the journal's file: JSON, and times as integers.

A time is the number of microseconds since 1970 in UTC. An amount of money is text. No float
holds either.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec

from segue._journal.entry import Entry, utc
from segue.errors import JournalError
from segue.events import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Convert a time to an integer."""
    return (utc(moment) - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """Convert an integer to a time."""
    return _EPOCH + micros * _MICROSECOND


def _path(kind: type, value: object) -> object:
    return Path(str(value)) if kind is Path else value  # `object`: a task's fields, unchanged


# Any other type in a plugin's ticket becomes text: a paid ticket is always recorded.
_encoder = msgspec.json.Encoder(enc_hook=str)
_entries = msgspec.json.Decoder(Entry, dec_hook=_path)
_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event, dec_hook=_path)


def encoded(value: Entry | Event) -> str:
    """The JSON of an event or an entry."""
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:  # a file name that is not UTF-8; only the slow module escapes it
        return json.dumps(msgspec.to_builtins(value, enc_hook=str))


def verified(event: Event) -> str:
    """The JSON of an event; raise `JournalError` for one that could not be read again, and would
    make the whole journal unreadable. An entry only has values of its events."""
    text = encoded(event)
    try:
        read_event(text)
    except msgspec.ValidationError as error:
        raise JournalError(
            f"this could not be read again, so it was not recorded: {error}",
            advice="correct that field",
        ) from None
    return text


def read_entry(text: str) -> Entry:
    """Decode an entry."""
    try:
        return _entries.decode(text)
    except msgspec.DecodeError:
        return msgspec.convert(json.loads(text), Entry, dec_hook=_path)


def read_event(text: str) -> Event:
    """Decode an event."""
    try:
        return _events.decode(text)
    except msgspec.DecodeError:
        return cast("Event", msgspec.convert(json.loads(text), Event, dec_hook=_path))
