"""Speech: one request for each piece of the text, some of them concurrently, to a file; or in
order, to a stream."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from segue.errors import DownloadError, SegueError, TargetError
from segue.flow import Call, Flow, Reply, Save, Stream, call, save, together, work
from segue.job import Asset, Saved
from segue.joining import join
from segue.provider import Model
from segue.speech import Speak
from segue_venice import catalogue, wire
from segue_venice.refusals import accepted, refused
from segue_venice.speakable import DEFAULT_MODEL, container, refuse


def speak(query: Speak) -> Flow[Saved]:
    """Read the text aloud into a file; raise `InvalidTask` before anything is spent."""
    refuse(query, (yield from _models()), streamed=False)
    target = Path(query.to or "").expanduser().absolute()
    yield from work(partial(_make_ready, target, overwrite=query.overwrite))
    texts = query.segments
    if len(texts) == 1:
        return (yield from _speak_to(query, texts[0], target, exact=True))
    return (yield from _in_pieces(query, texts, target))


def stream(query: Speak) -> Flow[Stream]:
    """Read the text aloud as a stream; raise `InvalidTask` before anything is spent.

    Every model takes the request; Venice's own pages do not say which of them really stream
    before the whole is done.
    """
    refuse(query, (yield from _models()), streamed=True)
    format_ = container(query) or ("mp3" if query.spends > 1 else None)
    calls = tuple(_call(query, text, format_, streaming=True) for text in query.segments)
    return Stream(calls=calls, accept=_accept)


def _models() -> Flow[list[Model] | None]:
    """The public catalogue of `type=tts`; None if it is unavailable."""
    try:
        reply = yield from call("GET", "/models", params={"type": "tts"}, keyed=False)
        return catalogue.models(reply) if reply.ok else None
    except SegueError:
        return None


def _call(query: Speak, text: str, format_: str | None, *, streaming: bool = False) -> Call:
    options = {name: value for name in wire.SPEECH if (value := getattr(query, name)) is not None}
    model = query.model or DEFAULT_MODEL
    body = wire.speech(text, model=model, container=format_, options=options, streaming=streaming)
    return Call(method="POST", url="/audio/speech", json=body, spends=True)


def _accept(reply: Reply) -> None:
    """Raise unless the answer is audio; PCM comes as `audio/L16` or bare bytes."""
    if accepted(reply).body is not None:
        raise reply.unlike(f"not audio, but {reply.content_type or 'no type'}")


def _speak_to(query: Speak, text: str, path: Path, *, exact: bool) -> Flow[Saved]:
    """One request, streamed to disk."""
    format_ = container(query)
    asset = Asset(
        kind="track",
        name=path.stem,
        containers=(format_ or "mp3",),
        source=_call(query, text, format_),
    )
    effect = Save(
        asset=asset, path=path, exact=exact, overwrite=exact and query.overwrite, tag="speech"
    )
    try:
        return (yield from save(effect))
    except DownloadError as error:
        if error.reply is None:
            raise
        raise refused(error.reply) from error


def _in_pieces(query: Speak, texts: list[str], target: Path) -> Flow[Saved]:
    """Every piece in a file of its own, and then all of them in one.

    If one fails, those that have not begun are not sent: they would be paid for in vain.
    """
    failures: list[SegueError] = []

    def piece(number: int, text: str) -> Flow[Saved | None]:
        if failures:
            return None
        path = target.with_name(f"{target.stem}-{number}of{len(texts)}{target.suffix}")
        try:
            return (yield from _speak_to(query, text, path, exact=False))
        except SegueError as error:
            failures.append(error)
            return None

    flows = [piece(number, text) for number, text in enumerate(texts, 1)]
    saved_pieces = yield from together(flows, most=query.at_once)
    pieces = [saved for saved in saved_pieces if saved is not None]
    try:
        if failures:
            raise failures[0]
        return (yield from work(partial(join, pieces, target, overwrite=query.overwrite)))
    except SegueError as error:
        if pieces:
            paths = ", ".join(str(saved.path) for saved in pieces)
            error.advice = f"{error.advice}; paid for and saved: {paths}".removeprefix("; ")
        raise


def _make_ready(target: Path, *, overwrite: bool) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TargetError(f"cannot write {target}: {error.strerror}") from error
    if (target.exists() or target.is_symlink()) and not overwrite:
        raise TargetError(
            f"cannot write {target}: the file exists",
            advice="choose another name, or allow overwriting; nothing was sent",
        )
