"""Speech: one request for each piece of the text, streamed to disk, and joined in order.

Pieces are read one after the other: a flow has one wish at a time. Formats whose files cannot
be joined rightly are refused for long texts before anything is spent.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from segue.errors import DownloadError, InvalidTask, SegueError, TargetError
from segue.flow import Call, Flow, Reply, Save, call, save, work
from segue.job import Asset, Saved
from segue.provider import Model
from segue.tasks import Problem
from segue_venice import catalogue, wire
from segue_venice.joining import JOINED, join
from segue_venice.refusals import refused
from segue_venice.spoken import Speak

DEFAULT_MODEL = "tts-kokoro"
LONGEST = 4096
"""Characters that one request takes (Venice's API description, 2026-08)."""

FORMATS = ("mp3", "wav", "flac", "aac", "ogg")
"""What can be saved. Venice also sends bare PCM, which is no container: ask for wav."""

_RANGES = {"speed": (0.25, 4.0), "temperature": (0.0, 2.0), "top_p": (0.0, 1.0)}
_LENGTHS = {"voice": (1, 512), "language": (2, 32), "style": (1, 500)}
_SUFFIXES = {"opus": "ogg", "oga": "ogg"}


def speak(query: Speak) -> Flow[Saved]:
    """Read the text aloud into a file; raise `InvalidTask` before anything is spent."""
    models = yield from speech_models()
    found = problems(query, models)
    if found:
        told = "; ".join(str(problem) for problem in found)
        raise InvalidTask(
            f"Venice would refuse this: {told}", problems=found, advice="nothing was sent"
        )
    target = Path(query.to).expanduser().absolute()
    yield from work(partial(_make_ready, target, overwrite=query.overwrite))
    texts = query.segments
    if len(texts) == 1:
        return (yield from _said(query, texts[0], target, exact=True))
    return (yield from _in_pieces(query, texts, target))


def speech_models() -> Flow[list[Model] | None]:
    """The public catalogue of `type=tts`; None where it cannot be had."""
    try:
        reply = yield from call("GET", "/models", params={"type": "tts"}, keyed=False)
        return catalogue.models(reply) if reply.ok else None
    except SegueError:
        return None


def problems(query: Speak, models: list[Model] | None) -> list[Problem]:
    """Every reason why this could not be spoken, or not be joined. Pure."""
    return [*_of_values(query), *_of_format(query), *_of_model(query, models)]


def container(query: Speak) -> str | None:
    """The container that is asked for: by `format`, else by the name of the file."""
    told = (query.format or Path(query.to).suffix.lstrip(".")).lower()
    return _SUFFIXES.get(told, told) or None


def _of_values(query: Speak) -> Iterator[Problem]:
    if not query.text.strip():
        yield Problem(field="text", value=query.text, allowed="something to say")
    if not 1 <= query.segment <= LONGEST:
        yield Problem(field="segment", value=query.segment, allowed=f"1 to {LONGEST} characters")
    for field, (least, most) in _RANGES.items():
        value = getattr(query, field)
        if value is not None and not least <= value <= most:
            yield Problem(field=field, value=value, allowed=f"{least:g} to {most:g}")
    for field, (least, most) in _LENGTHS.items():
        value = getattr(query, field)
        if value is not None and not least <= len(value) <= most:
            yield Problem(field=field, value=value, allowed=f"{least} to {most} characters")


def _of_format(query: Speak) -> Iterator[Problem]:
    wanted = container(query)
    if wanted is None:
        yield Problem(field="format", value=None, allowed="name one, or a file with an extension")
    elif wanted not in FORMATS:
        yield Problem(field="format", value=wanted, allowed=f"one of {', '.join(FORMATS)}")
    elif query.spends > 1 and wanted not in JOINED:
        told = f"a text in {query.spends} pieces is joined as {' or '.join(JOINED)}"
        yield Problem(field="format", value=wanted, allowed=told)


def _of_model(query: Speak, models: list[Model] | None) -> Iterator[Problem]:
    model = catalogue.named(models, query.model or DEFAULT_MODEL)
    if model is None:
        return
    published, wanted = catalogue.spec(model), container(query)
    formats = {_SUFFIXES.get(name, name) for name in published.supported_formats or ()}
    if formats and wanted not in formats:
        told = f"{model.id} makes {', '.join(sorted(formats))}"
        yield Problem(field="format", value=wanted, allowed=told)
    free = published.supports_custom_voice_id or (query.voice or "").startswith("vv_")
    if query.voice and published.voices and not free and query.voice not in published.voices:
        told = f"{model.id} has the voices {', '.join(published.voices)}"
        yield Problem(field="voice", value=query.voice, allowed=told)


def _said(query: Speak, text: str, path: Path, *, exact: bool) -> Flow[Saved]:
    """One request, streamed to disk."""
    wanted = container(query)
    options = {name: value for name in wire.SPEECH if (value := getattr(query, name)) is not None}
    model = query.model or DEFAULT_MODEL
    body = wire.speech(text, model=model, container=wanted, options=options)
    source = Call(method="POST", url="/audio/speech", json=body, spends=True)
    asset = Asset(kind="track", name=path.stem, containers=(wanted or "mp3",), source=source)
    effect = Save(
        asset=asset, path=path, exact=exact, overwrite=exact and query.overwrite, tag="speech"
    )
    try:
        return (yield from save(effect))
    except DownloadError as error:
        if error.status is None:
            raise
        raise refused(_without_words(error.status)) from error


def _in_pieces(query: Speak, texts: list[str], target: Path) -> Flow[Saved]:
    pieces: list[Saved] = []
    try:
        for number, text in enumerate(texts, 1):
            path = target.with_name(f"{target.stem}-{number}of{len(texts)}{target.suffix}")
            pieces.append((yield from _said(query, text, path, exact=False)))
        return (yield from work(partial(join, pieces, target, overwrite=query.overwrite)))
    except SegueError as error:
        if pieces:
            kept = ", ".join(str(piece.path) for piece in pieces)
            error.advice = f"{error.advice}; paid for and kept: {kept}".removeprefix("; ")
        raise


def _make_ready(target: Path, *, overwrite: bool) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TargetError(f"cannot write {target}: {error.strerror}") from error
    if target.exists() and not overwrite:
        raise TargetError(
            f"cannot write {target}: the file exists",
            advice="choose another name, or allow overwriting; nothing was sent",
        )


def _without_words(status: int) -> Reply:
    """A refusal whose body was not kept, as the streaming of a file keeps none."""
    body = msgspec.json.encode({"error": "Venice refused to speak"})
    return Reply(status=status, body=body, endpoint="POST /audio/speech")
