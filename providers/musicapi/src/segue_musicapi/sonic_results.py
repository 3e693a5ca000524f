"""What sonic answers to a poll. Pure.

A finished job holds songs (usually two, each with its own state), pairs of an extension and the
whole song that it belongs to (`auto_concat`), a voice, or stems. The form of the last three is
not documented, and is read as tolerantly as can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from segue.flow import Reply
from segue.job import Snapshot, Status, Track
from segue_musicapi import states, wire

_STEMS = "sonic/stems"


def seen(operation: str, reply: Reply) -> Snapshot:
    """The state of a job of that operation."""
    body = states.read(reply)
    if isinstance(body, Snapshot):
        return body
    if wire.is_list(body.data):
        made = [*_tracks(body.data, stems=operation.startswith(_STEMS))]
        return states.together(made, done=states.of_word(body.type) is Status.SUCCEEDED)
    voice = wire.text_of(wire.inside(body.data, "persona_id")) or wire.text_of(body.persona_id)
    if voice is not None:
        return _voice(voice, wire.first_text(wire.inside(body.data, "name"), body.name))
    if wire.is_object(body.data):
        return _object(reply, body, body.data, operation)
    raise reply.unlike("no songs")


def _tracks(items: Sequence[object], *, stems: bool) -> Iterator[Track]:
    """The tracks of a list: songs, or pairs of a part and the whole song."""
    for number, item in enumerate(items, 1):
        if not wire.is_object(item):
            continue
        part = item.get("extended", item.get("replaced"))
        if part is not None:
            yield _whole(part, item.get("full"), number)
        elif (clip := wire.clip(item)) is not None:
            yield states.track(clip, number, status=_stem(clip) if stems else None)


def _whole(part: object, full: object, number: int) -> Track:
    """The whole song of a pair; while it is missing, its parts are still being joined."""
    joined, piece = wire.clip(full), wire.clip(part)
    if joined is not None:
        track = states.track(joined, number)
        part = {"part": piece.id} if piece and piece.id else {}
        return msgspec.structs.replace(track, details={**track.details, **part})
    piece = piece or wire.Clip()
    stands = states.of_word(piece.state)
    return states.track(piece, number, status=stands if stands in states.BAD else Status.RUNNING)


def _stem(clip: wire.Clip) -> Status | None:
    """A stem without a state is ready once it has a file: its form is not documented."""
    if clip.state is not None:
        return None
    return Status.SUCCEEDED if clip.audio_url else Status.RUNNING


def _voice(id_: str, name: str | None) -> Snapshot:
    """A voice that was learnt: a track without a file, whose id is the persona's."""
    track = Track(id=id_, status=Status.SUCCEEDED, title=name, details={"persona_id": id_})
    return Snapshot(
        status=Status.SUCCEEDED,
        word="success",
        progress=1.0,
        tracks=(track,),
        notes=(f"the voice is {id_}: name it as `voice` of Generate",),
    )


def _object(
    reply: Reply, body: wire.Envelope, data: Mapping[str, object], operation: str
) -> Snapshot:
    """`data` that is no list and no voice: one song, stems by name, or just a state."""
    if "clip_id" in data or "audio_url" in data:
        return states.together([*_tracks([data], stems=operation.startswith(_STEMS))])
    if operation.startswith(_STEMS) and (stems := [*_named(data)]):
        return states.together(stems)
    word = wire.text_of(data.get("state")) or wire.text_of(data.get("status"))
    stands = states.of_word(word)
    reason = wire.first_text(
        data.get("error"), data.get("error_message"), data.get("message"), body.error, body.message
    )
    if stands in states.BAD:
        return states.failed(body, word=word or "", reason=reason, status=stands)
    if word is not None and stands is not Status.SUCCEEDED:
        notes = states.says(reason) if stands is Status.UNKNOWN else ()
        return Snapshot(status=stands, word=word, notes=notes)
    raise reply.unlike("neither songs nor a voice")


def _named(data: Mapping[str, object]) -> Iterator[Track]:
    """Stems by their names: addresses, songs, or lists of songs."""
    for number, (name, value) in enumerate(data.items(), 1):
        if wire.is_list(value):
            yield from _tracks(value, stems=True)
        elif wire.is_object(value):
            yield from _tracks([{"title": name, **value}], stems=True)
        elif wire.file_url(value):
            yield from (
                states.track(
                    wire.Clip(id=name, title=name, audio_url=wire.file_url(value)),
                    number,
                    status=Status.SUCCEEDED,
                ),
            )
