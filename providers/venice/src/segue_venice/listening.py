"""Transcription and voice cloning: a file goes up in a form, an answer comes at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from segue.containers import container_of, id3_length
from segue.errors import InvalidTask
from segue.flow import Attachment, Flow, Reply, call, work
from segue.speech import ClonedVoice, CloneVoice, Timed, Transcribe, Transcript
from segue.tasks import Problem
from segue_venice import wire
from segue_venice.refusals import accepted

LARGEST = 25_000_000
"""Bytes: Venice says 25 MB, and not which; the smaller reading is safe."""

LISTENS = "nvidia/parakeet-tdt-0.6b-v3"
CLONES = "tts-chatterbox-hd"
INPUTS = frozenset({"wav", "flac", "m4a", "mp4", "aac", "mp3", "ogg", "webm"})
_SAMPLES = {
    "tts-chatterbox-hd": frozenset({"mp3", "wav", "flac", "m4a", "mp4"}),
    "tts-minimax-speech-02-hd": frozenset({"mp3", "wav"}),
}


def transcribe(query: Transcribe) -> Flow[Transcript]:
    """Write down what is said; Venice charges for it."""
    if query.plain and query.timestamps:
        raise _invalid("timestamps", value=True, allowed="plain text has none")
    file = yield from work(partial(_attached, query.file, "file", INPUTS))
    form = {
        "model": query.model or LISTENS,
        "response_format": "text" if query.plain else "json",
        **({"timestamps": "true"} if query.timestamps else {}),
        **({"language": query.language} if query.language else {}),
    }
    reply = yield from call(
        "POST", "/audio/transcriptions", form=form, files={"file": file}, spends=True
    )
    return _transcript(accepted(reply))


def clone(query: CloneVoice) -> Flow[ClonedVoice]:
    """Make a voice from a sample, for a flat fee. It is bound to its model, and is stored for
    seven days (MiniMax: since it was last used)."""
    model = query.model or CLONES
    taken = _SAMPLES.get(model, INPUTS)
    file = yield from work(partial(_attached, query.sample, "sample", taken))
    reply = yield from call(
        "POST", "/audio/voices", form={"model": model}, files={"file": file}, spends=True
    )
    cloned = accepted(reply).json(wire.Cloned)
    if not cloned.id:
        raise reply.unlike("no voice id")
    return ClonedVoice(id=cloned.id, model=cloned.model or model)


def _attached(file: str | Path, field: str, taken: Collection[str]) -> Attachment:
    """The file, once it is known to be small enough and of a kind that is taken."""
    path = Path(file).expanduser()
    try:
        size = path.stat().st_size
        if not 0 < size <= LARGEST:
            raise _invalid(field, value=str(path), allowed=f"1 byte to 25 MB, and not {size} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise _invalid(
            field, value=str(path), allowed=f"a file that can be read: {error.strerror}"
        ) from error
    tag = id3_length(content[:10])
    kind = container_of(content[tag : tag + 64]) or ("mp3" if tag else None)
    if kind not in taken:
        allowed = f"a recording as {', '.join(sorted(taken))}; its bytes are {kind or 'no audio'}"
        raise _invalid(field, value=str(path), allowed=allowed)
    return Attachment(name=path.name, content=content, type=f"audio/{kind}")


def _transcript(reply: Reply) -> Transcript:
    if reply.content_type.startswith("text/") and reply.content_type != "text/html":
        return Transcript(text=reply.text)
    body = reply.json(wire.Transcribed)
    times = body.timestamps or wire.Timestamps()
    return Transcript(
        text=body.text,
        duration=body.duration,
        words=_timed(times.word),
        segments=_timed(times.segment),
        characters=_timed(times.char),
    )


def _timed(moments: Sequence[wire.Moment]) -> tuple[Timed, ...]:
    return tuple(
        Timed(text=one.word or one.text or one.char or "", start=one.start, end=one.end)
        for one in moments
    )


def _invalid(field: str, *, value: object, allowed: str) -> InvalidTask:
    problem = Problem(field=field, value=value, allowed=allowed)
    return InvalidTask(str(problem), problems=[problem], advice="nothing was sent")
