"""producer: music from a description, by Google's Lyria 3 Pro since 2026-04. Pure.

What `sound`, `lyrics` and `instruction` are, and that `make_instrumental` and the strengths are
ignored, is of docs.musicapi.ai/producer-api-overview; the statuses of a poll are documented by
a site with the same service, and read before `code`. A song is an m4a file; its `wav_url` is in
the track's details.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from segue.flow import Call, Reply
from segue.job import Asset, Snapshot, Status, Ticket, Track
from segue.provider import Model
from segue.tasks import Cover, Extend, Generate, Problem, Replace, Source, Task, Upload
from segue_musicapi import files, orders, states
from segue_musicapi.family import Accepted, Family, Order
from segue_musicapi.other_tasks import Download, ReplaceUpload
from segue_musicapi.sonic_tasks import ExtendUpload
from segue_musicapi.wire import (
    Clip,
    Envelope,
    clip,
    clips,
    file_url,
    first_text,
    is_object,
    text_of,
)

LONGEST_TITLE = 80
LENGTH = (1.0, 240.0)
"""Seconds that can be requested; the engine is said to make about 30."""

NO_JOB = frozenset({502})
"""Of `/producer/download`: "Provider did not return a job id"."""

INSTRUMENTAL = "instrumental, no vocals"
"""What producer's documents say to write, for a switch is ignored."""

UPLOAD = "producer/upload"

INSTEAD = "Extend or Replace, or sonic, which has a Cover"

_KINDS: Mapping[type[Task], str] = {
    Generate: "create_music",
    Extend: "extend_music",
    ExtendUpload: "extend_upload_music",
    Replace: "replace_music",
    ReplaceUpload: "replace_upload_music",
    Cover: "cover_music",
}
_WORDS = {
    "lyrics": "lyrics",
    "title": "title",
    "seed": "seed",
    "bpm": "bpm",
    "duration": "length",
    "at": "starts_at",
    "start": "starts_at",
    "end": "ends_at",
    "container": "format",
}
"""Segue's field, and producer's name for it."""


class Producer(Family):
    """`musicapi/producer`."""

    name = "producer"
    tasks: ClassVar[Mapping[type[Task], frozenset[str]]] = {
        Generate: frozenset(
            {"prompt", "lyrics", "instrumental", "duration", "title", "style", "seed", "bpm"}
        ),
        **dict.fromkeys(
            (Extend, ExtendUpload),
            frozenset({"source", "at", "prompt", "lyrics", "duration", "title", "style", "seed"}),
        ),
        **dict.fromkeys(
            (Replace, ReplaceUpload),
            frozenset({"source", "start", "end", "prompt", "lyrics", "style"}),
        ),
        Cover: frozenset({"source", "prompt", "lyrics", "title", "style", "seed"}),
        Upload: frozenset({"source"}),
        Download: frozenset({"source", "container"}),
    }

    def models(self) -> Sequence[Model]:
        """One, whatever `mv` says: all of its names lead to the same engine."""
        return (Model(id=self.name, name="Producer (Lyria 3 Pro)", price="12 credits a job"),)

    def problems(self, task: Task) -> list[Problem]:
        """Every reason why producer would refuse the task, or not do what it says."""
        return [*_problems(task)]

    def order(self, task: Task) -> Order:
        """The request of a submission; `extra` may name a task_type of its own."""
        if isinstance(task, Upload):
            body = orders.body(task, {"audio_url": task.source.url})
            return Order(path="/producer/upload", body=body, operation=UPLOAD, webhook=True)
        if isinstance(task, Download):
            body = orders.body(task, {"clip_id": task.source.track, **_mapped(task)})
            return Order(
                path="/producer/download",
                body=body,
                operation="producer/download",
                final=NO_JOB,
                webhook=True,
            )
        body = orders.body(task, {"task_type": _KINDS[type(task)], **_sounding(task)})
        operation = f"producer/create/{body['task_type']}"
        return Order(path="/producer/create", body=body, operation=operation, webhook=True)

    def accepted(self, order: Order, reply: Reply) -> Accepted:
        """The job's id; a 410 says which task_type is retired."""
        return orders.accepted(order, reply, instead=INSTEAD)

    def poll_call(self, ticket: Ticket) -> Call:
        """One path for creations, uploads and downloads."""
        return orders.poll_call("/producer/task", ticket.id)

    def seen(self, ticket: Ticket, reply: Reply) -> Snapshot:
        """The state of the job: by its `status`, where there is one, else by its songs."""
        body = states.read(reply)
        if isinstance(body, Snapshot):
            return body
        word = first_text(body.status)
        stands = states.of_word(word) if word else None
        if stands is not None and stands in states.BAD:
            return states.failed(body, word=word or "", status=stands)
        tracks = [
            _track(song, number, stands=stands, imported=_imported(ticket))
            for number, song in enumerate(_songs(body), start=1)
        ]
        done = stands is Status.SUCCEEDED
        together = states.together(tracks, word=word or "", done=done)
        if stands is None or done:
            return together
        reason = first_text(body.error, body.message) if stands is Status.UNKNOWN else None
        notes = (*together.notes, *states.says(reason))
        return msgspec.structs.replace(together, status=stands, error=None, missing="", notes=notes)

    def assets(self, ticket: Ticket, snapshot: Snapshot) -> list[Asset]:
        """The songs; of an upload none, for the user has it."""
        return [] if _imported(ticket) else files.songs(ticket, snapshot)


def _imported(ticket: Ticket) -> bool:
    return ticket.state.get("operation") == UPLOAD


def _problems(task: Task) -> Iterator[Problem]:
    yield from orders.repeated(task, _WORDS)
    yield from orders.too_long("title", getattr(task, "title", None), LONGEST_TITLE, "producer")
    if (source := getattr(task, "source", None)) is not None:
        yield from _of_source(task, source)
    length = getattr(task, "duration", None)
    if length is not None and not LENGTH[0] <= length <= LENGTH[1]:
        allowed = f"{LENGTH[0]:g} to {LENGTH[1]:g} seconds"
        yield orders.wrong("duration", length, allowed)
    if isinstance(task, Generate) and task.instrumental and task.lyrics is not None:
        yield orders.wrong("lyrics", task.lyrics, "an instrumental has none; set one of the two")
    if isinstance(task, Extend) and task.at is None and "starts_at" not in orders.extra_of(task):
        yield orders.wrong("at", None, "producer needs the second to continue from")
    if isinstance(task, Replace) and task.end <= task.start:
        yield orders.wrong("end", task.end, f"it must be later than start, {task.start:g}")


def _of_source(task: Task, source: Source) -> Iterator[Problem]:
    who = f"producer's {type(task).__name__}"
    if isinstance(task, Upload):
        return orders.addressed(source, who)
    return orders.source_problems(source, who, families=("producer",))


def _mapped(task: Task) -> dict[str, object]:
    """The fields that are only called differently."""
    values = ((word, getattr(task, field, None)) for field, word in _WORDS.items())
    return {word: _whole(value) for word, value in values if value is not None}


def _sounding(task: Task) -> dict[str, object]:
    """The body of a creation: what it should sound like, and what should be done to a clip."""
    source, prompt = getattr(task, "source", None), getattr(task, "prompt", None)
    instructed = isinstance(task, Extend | Replace)
    sound = [None if instructed else prompt, getattr(task, "style", None)]
    if isinstance(task, Generate) and task.instrumental:
        sound.append(INSTRUMENTAL)
    return {
        "clip_id": source.track if source is not None else None,
        "sound": ", ".join(filter(None, sound)) or None,
        "instruction": prompt if instructed else None,
        **_mapped(task),
    }


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _songs(body: Envelope) -> list[Clip]:
    """The songs of an answer. An upload's is not documented: a list, an object, or an id."""
    if songs := clips(body.data):
        return songs
    one = clip(body.data) if is_object(body.data) else None
    if one is not None and one.id:
        return [one]
    id_ = text_of(body.clip_id)
    return [Clip(id=id_)] if id_ else []


def _track(song: Clip, number: int, *, stands: Status | None, imported: bool) -> Track:
    """A song as a track. Many have no state: such a one is ready when the job is said to be;
    where nothing is said of that, with its file, or, if `imported`, with its id."""
    if song.audio_url is None:
        song = msgspec.structs.replace(song, audio_url=file_url(song.details.get("wav_url")))
    status = None
    if song.state is None:
        arrived = song.id if imported else song.audio_url
        ready = stands is Status.SUCCEEDED if stands else arrived is not None
        status = Status.SUCCEEDED if ready else Status.RUNNING
    return states.track(song, number, status=status, file=not imported)
