"""What MusicAPI answers to a query, read as the query's own type. Pure.

It says "no" with an error status, but also in a 200: by `type`, by an error's `code`, or by
leaving out what was asked for. All of these are errors here, and nothing else is: unknown keys
are kept or passed over, and numbers may come as text.
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
Told = Mapping[str, object]

_WAITING = frozenset({102, 202})
_FINE = frozenset({"success", "ok"})


def answer(query: q.Question[A], reply: Reply) -> object:
    """The answer to a query; raises for a refusal, and a `ProtocolError` for what is none."""
    if not reply.ok:
        raise refused(reply)
    if waits(reply):
        if isinstance(query, q.GetLyrics):
            return q.WrittenLyrics(status="not_ready")
        raise _unready(reply)
    told = reply.json(dict[str, object])
    envelope = wire.envelope(reply)
    if (envelope.number or 0) >= 400:
        raise judged(reply, envelope, envelope.number or 0)
    found = _READERS[type(query)](told)
    if found is None:
        raise _refusal(reply, envelope) or reply.unlike(f"it answers no {type(query).__name__}")
    return found


def waits(reply: Reply) -> bool:
    """Whether the answer is that there is none yet: 202, `not_ready`, or a code that says so."""
    if reply.status == 202:
        return True
    told = wire.maybe_envelope(reply) if reply.ok else None
    if told is None:
        return False
    word = (text_of(told.type) or "").lower()
    return word == "not_ready" or whole(told.code) in _WAITING


def _refusal(reply: Reply, told: Envelope) -> SegueError | None:
    """What an answer without what was asked for says against itself, by its `type`."""
    if (text_of(told.type) or "success").lower() in _FINE:
        return None
    error = Rejected(message_of(told), status=reply.status, code=code_of(told))
    error.endpoint = reply.endpoint or None
    return error


def _unready(reply: Reply) -> Unavailable:
    late = Unavailable("MusicAPI has not made it yet", status=reply.status)
    late.endpoint = reply.endpoint or None
    return late


def _words(told: Told) -> tuple[q.Words, ...] | None:
    results = told.get("results")
    songs = results if is_list(results) else ()
    texts = ((inside(one, "title"), text_of(inside(one, "lyrics"))) for one in songs)
    found = tuple(q.Words(title=text_of(title), lyrics=text) for title, text in texts if text)
    return found or None


def _alignment(told: Told) -> tuple[q.SungWord, ...] | None:
    """Its items are not documented; these keys were seen live. An odd one is passed over."""
    items = inside(told.get("data"), "alignment")
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


def _tempo(told: Told) -> q.Tempo | None:
    data = told.get("data")
    average, fastest, slowest = (
        seconds(inside(data, f"{which}_bpm")) for which in ("avg", "max", "min")
    )
    return (
        q.Tempo(average=average, fastest=fastest, slowest=slowest) if average is not None else None
    )


def _vocals(told: Told) -> q.Vocals | None:
    data = told.get("data")
    id_ = text_of(inside(data, "vox_audio_id"))
    if id_ is None or not is_object(data):
        return None
    wave = wire.kept(data.get("wave_response"))
    return q.Vocals(
        id=id_,
        status=text_of(data.get("status")) or "",
        clip=text_of(data.get("source_clip_id")),
        start=seconds(data.get("vocal_start_s")),
        end=seconds(data.get("vocal_end_s")),
        details={"wave_response": wave} if wave is not None else {},
    )


def _score(told: Told) -> q.Score | None:
    data = told.get("data")
    url = wire.file_url(inside(data, "midi_url"))
    instruments = inside(data, "instruments")
    heard = tuple(map(wire.kept, instruments)) if is_list(instruments) else ()
    return q.Score(url=url, instruments=heard) if url else None


def _written(told: Told) -> q.WrittenLyrics | None:
    data = told.get("data")
    if not is_object(data):
        return None
    known = {"status", "text", "title", "input", "task_id"}
    rest = {key: wire.kept(value) for key, value in data.items() if key not in known}
    return q.WrittenLyrics(
        status=text_of(data.get("status")) or "",
        text=text_of(data.get("text")) or "",
        title=text_of(data.get("title")),
        brief=text_of(data.get("input")),
        details={key: value for key, value in rest.items() if value},
    )


def _shared(told: Told) -> q.SharedSong | None:
    song = told.get("data") if is_object(told.get("data")) else told
    shared = q.SharedSong(
        title=text_of(inside(song, "song_title")),
        author=text_of(inside(song, "song_author")),
        styles=text_of(inside(song, "music_styles")),
        audio_url=wire.file_url(inside(song, "audio_url")),
        video_url=wire.file_url(inside(song, "video_url")),
        image_url=wire.file_url(inside(song, "cover_image")),
    )
    return shared if shared != q.SharedSong() else None


def _left(told: Told) -> q.CreditsLeft | None:
    left = figure(told.get("credits"))
    extra = figure(told.get("extra_credits")) or 0.0
    return None if left is None else q.CreditsLeft(credits=_exact(left), extra=_exact(extra))


def _exact(credits_: float) -> Decimal:
    return Decimal(int(credits_)) if credits_.is_integer() else Decimal(str(credits_))


def _at(*keys: str) -> Callable[[Told], str | None]:
    return lambda told: text_of(inside(told, *keys))


_READERS: Mapping[type[q.Question[Any]], Callable[[Told], object]] = {
    q.WriteLyrics: _words,
    q.AlignedLyrics: _alignment,
    q.Bpm: _tempo,
    q.UpsampleTags: _at("data", "upsampled_tags"),
    q.Persona: _at("persona_id"),
    q.Vox: _vocals,
    q.Midi: _score,
    q.Wav: lambda told: wire.file_url(inside(told, "data", "wav_url")),
    q.SonicUpload: _at("clip_id"),
    q.RiffusionUpload: _at("clip_id"),
    q.GetLyrics: _written,
    q.GetSong: _shared,
    q.Credits: _left,
}
