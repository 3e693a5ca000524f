"""Harmonia's wire format: its requests and answers. No other module knows it.

Answers are read tolerantly: unknown fields are ignored, and what may be missing is optional.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from segue.errors import ProtocolError
from segue.flow import Reply
from segue.job import Status
from segue.money import Money
from segue.numbers import figure
from segue.tasks import Task, asked

FIELDS = {"prompt": "prompt", "duration": "seconds", "lyrics": "lyrics"}
"""Segue's fields of `Generate` that Harmonia can honour, and its names for them."""

LONGEST = 240.0
"""Seconds."""

STATES = {
    "queued": Status.QUEUED,
    "working": Status.RUNNING,
    "done": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "stopped": Status.CANCELLED,
}
"""The states of a song; any other word is `Status.UNKNOWN`, which Segue waits on."""

USUAL = 60.0
"""The length of a song in seconds, if none is set."""

UNCHARGED = frozenset({429, 503})
"""The statuses after which Harmonia documents that nothing was charged."""


class Queued(msgspec.Struct, frozen=True):
    """The answer of `POST /songs`."""

    id: str


class Song(msgspec.Struct, frozen=True):
    """The answer of `GET /songs/ID`. `progress` is from 0 to 1. A bad field affects no other."""

    state: str
    progress: object = None
    url: object = None
    error: object = None
    charged_usd: object = None


def song(task: Task) -> dict[str, object]:
    """The body of `POST /songs`: what the user set, and what `extra` adds to it."""
    fields = {FIELDS[name]: value for name, value in asked(task).items() if name in FIELDS}
    return {**task.extra.get("harmonia", {}), **fields, **model(task)}


class Prices(msgspec.Struct, frozen=True):
    """The answer of `GET /prices`."""

    usd_per_minute: Decimal


def usd(amount: object) -> Money | None:
    """An amount as money; None for what is no amount."""
    number = figure(amount if isinstance(amount, str) else str(amount))
    if number is None or not 0 <= number <= 1_000_000:
        return None
    return Money(amount=Decimal(str(amount).strip()), unit="USD")


class Row(msgspec.Struct, frozen=True):
    """One of the models. `longest` is in seconds."""

    id: str
    longest: float = LONGEST


class Rows(msgspec.Struct, frozen=True):
    """The answer of `GET /models`."""

    models: list[Row]


class Credit(msgspec.Struct, frozen=True):
    """The answer of `GET /credit`."""

    usd: Decimal


def model(task: Task) -> dict[str, str]:
    """The requested model; empty if the backend is plain `harmonia`."""
    return {"model": task.model} if task.model else {}


class ErrorBody(msgspec.Struct, frozen=True):
    """Harmonia's error code and message."""

    code: str = ""
    message: str = ""


class ErrorReply(msgspec.Struct, frozen=True):
    """The body of every status from 400 on."""

    error: ErrorBody


def error_of(reply: Reply) -> ErrorBody:
    """The error of a reply; empty if a proxy sent it."""
    try:
        return reply.json(ErrorReply).error
    except ProtocolError:
        return ErrorBody()


class Verses(msgspec.Struct, frozen=True):
    """The answer of `POST /lyrics`."""

    lyrics: str
