"""Venice's words: what it is sent and what it answers. No other module knows them.

Answers are read tolerantly: unknown fields are ignored, everything is optional, words are
open. Requests are strict at Venice's side: one field that a model does not take is a 400
(Venice's audio skill, 2026-10), so nothing is sent that was not requested.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from segue.job import Ticket
from segue.numbers import figure
from segue.tasks import Generate, Task

FIELDS = {
    "prompt": "prompt",
    "lyrics": "lyrics_prompt",
    "instrumental": "force_instrumental",
    "duration": "duration_seconds",
    "loop": "loop",
    "voice": "voice",
    "language": "language_code",
    "speed": "speed",
}
"""Segue's field of `Generate`, and Venice's name for it."""

_NOISE = Decimal("1e-9")
_SWITCHES = frozenset({"instrumental", "loop"})


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """All ten fields of `POST /audio/queue`."""

    model: str = ""
    prompt: str = ""
    lyrics_prompt: str | None = None
    duration_seconds: float | None = None
    force_instrumental: bool | None = None
    lyrics_optimizer: bool | None = None
    loop: bool | None = None
    voice: str | None = None
    language_code: str | None = None
    speed: float | None = None


class Queued(msgspec.Struct, frozen=True):
    """The answer of `POST /audio/queue`; older documents print it without `status`. Whatever is
    odd in it, the id counts: it is paid for."""

    queue_id: object = None
    model: object = None
    status: object = None


class Seen(msgspec.Struct, frozen=True):
    """The JSON answer of `POST /audio/retrieve`. Times are in milliseconds.

    Only `PROCESSING` is documented, with its two times; the rest is read in case it ever comes.
    One field that is odd spoils no other.
    """

    status: object = None
    average_execution_time: object = None
    execution_duration: object = None
    error: object = None
    error_message: object = None
    error_code: object = None
    reason: object = None
    message: object = None
    suggested_prompt: object = None
    suggestion: object = None
    url: object = None


class Quoted(msgspec.Struct, frozen=True):
    """The answer of `POST /audio/quote`, in USD."""

    quote: float


class Completed(msgspec.Struct, frozen=True):
    """The answer of `POST /audio/complete`: False means that it can be tried again later."""

    success: bool = False


class Balances(msgspec.Struct, frozen=True):
    """What this key may still spend, by currency; any may be missing, or odd."""

    balances: Mapping[str, object] = {}


class RateLimits(msgspec.Struct, frozen=True):
    """The answer of `GET /api_keys/rate_limits`, which any key may call."""

    data: Balances = Balances()


class Spec(msgspec.Struct, frozen=True, rename={"model_source": "modelSource"}):
    """`model_spec` of a row of `GET /models`, as far as audio goes. None: not published."""

    name: str | None = None
    description: str | None = None
    offline: bool | None = None
    beta: bool | None = None
    privacy: str | None = None
    pricing: Mapping[str, object] | None = None
    voices: list[str] | None = None
    default_voice: str | None = None
    supports_custom_voice_id: bool | None = None
    duration_options: list[float] | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    default_duration: float | None = None
    supported_formats: list[str] | None = None
    default_format: str | None = None
    min_prompt_length: int | None = None
    prompt_character_limit: int | None = None
    supports_lyrics: bool | None = None
    lyrics_required: bool | None = None
    lyrics_character_limit: int | None = None
    supports_lyrics_optimizer: bool | None = None
    supports_force_instrumental: bool | None = None
    supports_loop: bool | None = None
    supports_language_code: bool | None = None
    supports_speed: bool | None = None
    default_speed: float | None = None
    min_speed: float | None = None
    max_speed: float | None = None
    voice_changer: bool | None = None
    voice_cloning: Mapping[str, object] | None = None
    model_source: str | None = None


class Row(msgspec.Struct, frozen=True):
    """A row of `GET /models`, its `model_spec` still unread: one odd row spoils no other."""

    id: str
    type: str | None = None
    model_spec: msgspec.Raw = msgspec.Raw(b"{}")


class Rows(msgspec.Struct, frozen=True):
    """The answer of `GET /models`; a row that cannot be read is left out."""

    data: list[msgspec.Raw]


class Complaint(msgspec.Struct, frozen=True, rename={"x402": "x402Version"}):
    """An error body. Usually `error` alone; no field is sure to be there, or to be text."""

    error: object = None
    code: object = None
    message: object = None
    details: object = None
    issues: object = None
    suggested_prompt: object = None
    suggestion: object = None
    request_id: object = None
    reason: object = None
    x402: object = None


def queue(task: Task) -> dict[str, object]:
    """The body of `POST /audio/queue`: what the user set, and what `extra` adds to it.

    A switch that is off is what every model does anyway, and its mere presence is refused by
    models that lack it; so it is left out.
    """
    body: dict[str, object] = {"model": task.model}
    if isinstance(task, Generate):
        for field, word in FIELDS.items():
            value = getattr(task, field)
            if value is not None and not (field in _SWITCHES and value is False):
                body[word] = _whole(value) if field == "duration" else value
    return {**task.extra.get("venice", {}), **body}


def finding(ticket: Ticket) -> dict[str, object]:
    """What every later call needs to find a job again: its model, as Venice wrote it, and id."""
    return {"model": str(ticket.state.get("model") or ticket.model or ""), "queue_id": ticket.id}


def retrieving(ticket: Ticket) -> dict[str, object]:
    """The body of `POST /audio/retrieve`. It never requests the deletion of what it fetches:
    that is one shot, and a broken transfer would lose a track that was paid for."""
    return {**finding(ticket), "delete_media_on_completion": False}


def exact(value: object) -> Decimal | None:
    """An amount without the noise of floats: 0.0028750000000000004 is 0.002875, and a price of
    0.18000000000000002 is not rounded up to 0.19."""
    if figure(value) is None:
        return None
    try:
        return Decimal(str(value)).quantize(_NOISE).normalize()
    except InvalidOperation:
        return None


def _whole(seconds: float) -> int | float:
    return int(seconds) if float(seconds).is_integer() else seconds


class Moment(msgspec.Struct, frozen=True):
    """A timestamp of a transcript, in seconds; one of the three texts is there."""

    start: float
    end: float
    word: str | None = None
    text: str | None = None
    char: str | None = None


class Timestamps(msgspec.Struct, frozen=True):
    """The timestamps of a transcript."""

    word: list[Moment] = []
    segment: list[Moment] = []
    char: list[Moment] = []


class Transcribed(msgspec.Struct, frozen=True):
    """The JSON answer of `POST /audio/transcriptions`."""

    text: str
    duration: float | None = None
    timestamps: Timestamps | None = None


class Cloned(msgspec.Struct, frozen=True):
    """The answer of `POST /audio/voices`."""

    id: str
    model: str | None = None


def speech(
    text: str,
    *,
    model: str,
    container: str | None,
    options: Mapping[str, object],
    streaming: bool = False,
) -> dict[str, object]:
    """The body of `POST /audio/speech`. `model` is always sent: the documented default is
    never applied (Venice's speech skill, 2026-10)."""
    body: dict[str, object] = {"model": model, "input": text}
    if container is not None:
        body["response_format"] = "opus" if container == "ogg" else container
    if streaming:
        body["streaming"] = True
    return {**body, **{SPEECH[name]: value for name, value in options.items()}}


SPEECH = {
    "voice": "voice",
    "speed": "speed",
    "language": "language",
    "style": "prompt",
    "temperature": "temperature",
    "top_p": "top_p",
}
"""A field of `Speak`, and Venice's name for it."""
