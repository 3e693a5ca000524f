"""The answers to queries, read as each query's own type. Pure.

A refusal comes with an error status, but also in a 200: by `type`, by an error's `code`, or by
an answer without the requested data. All of these are errors here, and nothing else is: unknown
keys are stored or ignored, and numbers may come as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from segue.errors import Rejected, SegueError, Unavailable
from segue.flow import Reply
from segue.numbers import figure
from segue_musicapi import queries as q
from segue_musicapi import wire
from segue_musicapi.refusals import code_of, judged, message_of, refused
from segue_musicapi.wire import Envelope, inside, is_list, is_object, seconds, text_of, whole

A = TypeVar("A")
Body = Mapping[str, object]

_WAITING = frozenset({102, 202})
_FINE = frozenset({"success", "ok"})


def answer(query: q.Question[A], reply: Reply) -> object:
    """The answer to a query; raises for a refusal, and a `ProtocolError` for no answer."""
    if not reply.ok:
        raise refused(reply)
    if waits(reply):
        if isinstance(query, q.GetLyrics):
            return q.WrittenLyrics(status="not_ready")
        raise _not_ready(reply)
    body = reply.json(dict[str, object])
    envelope = wire.envelope(reply)
    if (envelope.number or 0) >= 400:
        raise judged(reply, envelope, envelope.number or 0)
    found = _READERS[type(query)](body)
    if found is None:
        raise _refusal(reply, envelope) or reply.unlike(f"no answer to {type(query).__name__}")
    return found


def waits(reply: Reply) -> bool:
    """Whether there is no answer yet: 202, `not_ready`, or such a code."""
    if reply.status == 202:
        return True
    body = wire.maybe_envelope(reply) if reply.ok else None
    if body is None:
        return False
    word = (text_of(body.type) or "").lower()
    return word == "not_ready" or whole(body.code) in _WAITING


def _refusal(reply: Reply, body: Envelope) -> SegueError | None:
    """The error in an answer without the requested data, by its `type`."""
    if (text_of(body.type) or "success").lower() in _FINE:
        return None
    error = Rejected(message_of(body), status=reply.status, code=code_of(body))
    error.endpoint = reply.endpoint or None
    return error


def _not_ready(reply: Reply) -> Unavailable:
    late = Unavailable("MusicAPI has not made it yet", status=reply.status)
    late.endpoint = reply.endpoint or None
    return late


def _words(body: Body) -> tuple[q.Words, ...] | None:
    results = body.get("results")
    songs = results if is_list(results) else ()
    texts = ((inside(one, "title"), text_of(inside(one, "lyrics"))) for one in songs)
    found = tuple(q.Words(title=text_of(title), lyrics=text) for title, text in texts if text)
    return found or None


def _alignment(body: Body) -> tuple[q.SungWord, ...] | None:
    """Its items are not documented; these keys were seen live. An invalid one is skipped."""
    items = inside(body.get("data"), "alignment")
    if not is_list(items):
        return None
    words = tuple(word for word in map(_sung, items) if word is not None)
    return words if words or not items else None


def _sung(item: object) -> q.SungWord | None:
    text, start = inside(item, "word"), seconds(inside(item, "start_s"))
    end, certainty = seconds(inside(item, "end_s")), figure(inside(item, "p_align"))
    if not isinstance(text, str) or start is None or end is None:
        return None
    found = inside(item, "success") is not False
    return q.SungWord(text=text, start=start, end=end, certainty=certainty, found=found)


def _tempo(body: Body) -> q.Tempo | None:
    data = body.get("data")
    average, fastest, slowest = (
        seconds(inside(data, f"{which}_bpm")) for which in ("avg", "max", "min")
    )
    return (
        q.Tempo(average=average, fastest=fastest, slowest=slowest) if average is not None else None
    )


def _vocals(body: Body) -> q.Vocals | None:
    data = body.get("data")
    id_ = text_of(inside(data, "vox_audio_id"))
    if id_ is None or not is_object(data):
        return None
    wave = wire.bounded(data.get("wave_response"))
    return q.Vocals(
        id=id_,
        status=text_of(data.get("status")) or "",
        clip=text_of(data.get("source_clip_id")),
        start=seconds(data.get("vocal_start_s")),
        end=seconds(data.get("vocal_end_s")),
        details={"wave_response": wave} if wave is not None else {},
    )


def _score(body: Body) -> q.Score | None:
    data = body.get("data")
    url = wire.file_url(inside(data, "midi_url"))
    instruments = inside(data, "instruments")
    names = tuple(map(wire.bounded, instruments)) if is_list(instruments) else ()
    return q.Score(url=url, instruments=names) if url else None


def _written(body: Body) -> q.WrittenLyrics | None:
    data = body.get("data")
    if not is_object(data):
        return None
    known = {"status", "text", "title", "input", "task_id"}
    rest = {key: wire.bounded(value) for key, value in data.items() if key not in known}
    return q.WrittenLyrics(
        status=text_of(data.get("status")) or "",
        text=text_of(data.get("text")) or "",
        title=text_of(data.get("title")),
        brief=text_of(data.get("input")),
        details={key: value for key, value in rest.items() if value},
    )


def _shared(body: Body) -> q.SharedSong | None:
    song = body.get("data") if is_object(body.get("data")) else body
    shared = q.SharedSong(
        title=text_of(inside(song, "song_title")),
        author=text_of(inside(song, "song_author")),
        styles=text_of(inside(song, "music_styles")),
        audio_url=wire.file_url(inside(song, "audio_url")),
        video_url=wire.file_url(inside(song, "video_url")),
        image_url=wire.file_url(inside(song, "cover_image")),
    )
    return shared if shared != q.SharedSong() else None


def _left(body: Body) -> q.CreditsLeft | None:
    left = figure(body.get("credits"))
    extra = figure(body.get("extra_credits")) or 0.0
    return None if left is None else q.CreditsLeft(credits=_exact(left), extra=_exact(extra))


def _exact(credits_: float) -> Decimal:
    return Decimal(int(credits_)) if credits_.is_integer() else Decimal(str(credits_))


def _at(*keys: str) -> Callable[[Body], str | None]:
    return lambda body: text_of(inside(body, *keys))


_READERS: Mapping[type[q.Question[Any]], Callable[[Body], object]] = {
    q.WriteLyrics: _words,
    q.AlignedLyrics: _alignment,
    q.Bpm: _tempo,
    q.UpsampleTags: _at("data", "upsampled_tags"),
    q.Persona: _at("persona_id"),
    q.Vox: _vocals,
    q.Midi: _score,
    q.Wav: lambda body: wire.file_url(inside(body, "data", "wav_url")),
    q.SonicUpload: _at("clip_id"),
    q.RiffusionUpload: _at("clip_id"),
    q.GetLyrics: _written,
    q.GetSong: _shared,
    q.Credits: _left,
}
