"""Validate speech before it is sent: every reason why Venice would refuse it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from segue.errors import InvalidTask
from segue.joining import JOINED
from segue.provider import Model
from segue.speech import Speak
from segue.tasks import Problem
from segue_venice import catalogue

DEFAULT_MODEL = "tts-kokoro"
LONGEST = 4096
"""Characters that one request takes (Venice's API description, 2026-08)."""

FILES = ("mp3", "wav", "flac", "aac", "ogg")
"""What can be saved. Venice also sends bare PCM, which is no container: use wav."""

STREAMS = (*FILES, "pcm")
ENDLESS = ("mp3", "aac", "pcm")
"""Formats without a length in the header: one can follow another in a stream."""

_RANGES = {"speed": (0.25, 4.0), "temperature": (0.0, 2.0), "top_p": (0.0, 1.0)}
_LENGTHS = {"voice": (1, 512), "language": (2, 32), "style": (1, 500)}
_SUFFIXES = {"opus": "ogg", "oga": "ogg"}


def refuse(query: Speak, models: Sequence[Model] | None, *, streamed: bool) -> None:
    """Raise `InvalidTask` with every reason why this cannot be spoken."""
    formats = _streamed(query) if streamed else _filed(query)
    found = [*_of_values(query), *formats, *_of_model(query, models)]
    if found:
        message = "; ".join(str(problem) for problem in found)
        raise InvalidTask(
            f"Venice would refuse this: {message}", problems=found, advice="nothing was sent"
        )


def container(query: Speak) -> str | None:
    """The requested container: by `format`, else by the name of the file."""
    named = Path(query.to).suffix.lstrip(".") if query.to is not None else ""
    name = (query.format or named).lower()
    return _SUFFIXES.get(name, name) or None


def _of_values(query: Speak) -> Iterator[Problem]:
    if not query.text.strip():
        yield Problem(field="text", value=query.text, allowed="a text that is not blank")
    if not 1 <= query.segment <= LONGEST:
        yield Problem(field="segment", value=query.segment, allowed=f"1 to {LONGEST} characters")
    if query.at_once < 1:
        yield Problem(field="at_once", value=query.at_once, allowed="1 request or more")
    for field, (least, most) in _RANGES.items():
        value = getattr(query, field)
        if value is not None and not least <= value <= most:
            yield Problem(field=field, value=value, allowed=f"{least:g} to {most:g}")
    for field, (least, most) in _LENGTHS.items():
        value = getattr(query, field)
        if value is not None and not least <= len(value) <= most:
            yield Problem(field=field, value=value, allowed=f"{least} to {most} characters")


def _filed(query: Speak) -> Iterator[Problem]:
    container_ = container(query)
    if query.to is None:
        yield Problem(field="to", value=None, allowed="name a file, or use client.stream")
    elif container_ is None:
        yield Problem(field="format", value=None, allowed="name one, or a file with an extension")
    else:
        yield from _of_format(query, container_, FILES, tuple(JOINED), "joined")


def _streamed(query: Speak) -> Iterator[Problem]:
    if query.to is not None:
        yield Problem(field="to", value=query.to, allowed="a stream has no file: use client.ask")
    elif (container_ := container(query)) is not None:
        yield from _of_format(query, container_, STREAMS, ENDLESS, "streamed")


def _of_format(
    query: Speak, container_: str, offered: Sequence[str], joined: Sequence[str], verb: str
) -> Iterator[Problem]:
    if container_ not in offered:
        yield Problem(field="format", value=container_, allowed=f"one of {', '.join(offered)}")
    elif query.spends > 1 and container_ not in joined:
        allowed = f"a text in {query.spends} pieces is {verb} as {' or '.join(joined)}"
        yield Problem(field="format", value=container_, allowed=allowed)


def _of_model(query: Speak, models: Sequence[Model] | None) -> Iterator[Problem]:
    model = catalogue.named(models, query.model or DEFAULT_MODEL)
    if model is None:
        return
    published, container_ = catalogue.spec(model), container(query)
    formats = {_SUFFIXES.get(name, name) for name in published.supported_formats or ()}
    if formats and container_ is not None and container_ not in formats:
        allowed = f"{model.id} makes {', '.join(sorted(formats))}"
        yield Problem(field="format", value=container_, allowed=allowed)
    free = published.supports_custom_voice_id or (query.voice or "").startswith("vv_")
    if query.voice and published.voices and not free and query.voice not in published.voices:
        allowed = f"{model.id} has the voices {', '.join(published.voices)}"
        yield Problem(field="voice", value=query.voice, allowed=allowed)
