"""riffusion: songs by the FUZZ models, which MusicAPI calls deprecated. Pure.

It has two modes (docs.musicapi.ai, Riffusion's pages): `custom_mode: false` with a `prompt`
alone, and `custom_mode: true` with `lyrics`, `sound`, or both. A finished job has two songs; "if
you receive one, keep polling". It takes no webhook. How its clips are swapped, replaced and
covered is documented by the names of the fields alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from segue.flow import Call, Reply
from segue.job import Asset, Snapshot, Status, Ticket
from segue.provider import Expected, Model
from segue.tasks import Cover, Extend, Generate, Problem, Replace, Source, Task
from segue_musicapi import files, orders, states
from segue_musicapi.family import Accepted, Family, Order
from segue_musicapi.other_tasks import (
    ReplaceUpload,
    SwapSound,
    SwapUploadSound,
    SwapUploadVocals,
    SwapVocals,
)
from segue_musicapi.sonic_tasks import CoverUpload, ExtendUpload
from segue_musicapi.wire import clips, first_text, text_of

MODELS = ("FUZZ-1.1 Pro", "FUZZ-1.1", "FUZZ-1.0 Pro", "FUZZ-1.0")
"""The first is what is meant by `musicapi/riffusion`."""

SONGS = 2
INSTEAD = "producer or sonic"

_LONGEST = {"lyrics": 3000, "prompt": 200, "sound": 200, "title": 80}
_KINDS: Mapping[type[Task], str] = {
    Generate: "create_music",
    Extend: "extend_music",
    ExtendUpload: "extend_upload_music",
    Cover: "cover_music",
    CoverUpload: "cover_upload_music",
    Replace: "replace_music",
    ReplaceUpload: "replace_upload_music",
    SwapSound: "swap_music_sound",
    SwapUploadSound: "swap_upload_music_sound",
    SwapVocals: "swap_music_vocals",
    SwapUploadVocals: "swap_upload_music_vocals",
}
_WORDS = {
    "lyrics": "lyrics",
    "title": "title",
    "at": "continue_at",
    "start": "replace_start_time",
    "end": "replace_end_time",
    "variation": "vocal_variation",
    "instrumental": "make_instrumental",
}
"""Segue's field, and riffusion's name for it."""

_SONG = frozenset({"prompt", "lyrics", "instrumental", "title", "style"})


class Riffusion(Family):
    """`musicapi/FUZZ-1.1 Pro` and its elders; `musicapi/riffusion` is the first of them."""

    name = "riffusion"
    tasks: ClassVar[Mapping[type[Task], frozenset[str]]] = {
        Generate: _SONG,
        **dict.fromkeys((Extend, ExtendUpload), _SONG | {"source", "at"}),
        **dict.fromkeys((Cover, CoverUpload), _SONG | {"source"}),
        **dict.fromkeys(
            (Replace, ReplaceUpload),
            frozenset({"source", "start", "end", "prompt", "lyrics", "style"}),
        ),
        **dict.fromkeys(
            (SwapSound, SwapUploadSound), frozenset({"source", "prompt", "title", "variation"})
        ),
        **dict.fromkeys(
            (SwapVocals, SwapUploadVocals),
            frozenset({"source", "prompt", "lyrics", "title", "variation"}),
        ),
    }

    def models(self) -> Sequence[Model]:
        """The models that `mv` names."""
        price = "12 credits a job"
        return [Model(id=id_, name=f"{id_} (deprecated)", price=price) for id_ in MODELS]

    def problems(self, task: Task) -> list[Problem]:
        """Every reason why riffusion would refuse the task."""
        return [*_problems(task)]

    def order(self, task: Task) -> Order:
        """The request of a submission; `extra` may name a task_type of its own."""
        source = getattr(task, "source", None)
        mapped = {
            "task_type": _KINDS[type(task)],
            "mv": MODELS[0] if task.model in (None, self.name) else task.model,
            "continue_clip_id": source.track if source is not None else None,
            **{word: getattr(task, field, None) for field, word in _WORDS.items()},
            "make_instrumental": getattr(task, "instrumental", None) or None,
            **_mode(task),
        }
        body = orders.body(task, mapped)
        operation = f"riffusion/create/{body['task_type']}"
        return Order(path="/riffusion/create", body=body, operation=operation)

    def expected(self, task: Task) -> Expected:
        """Two songs of each creation ("finished = two songs"); no container is documented."""
        return Expected(tracks=2)

    def accepted(self, order: Order, reply: Reply) -> Accepted:
        """The job's id."""
        return orders.accepted(order, reply, instead=INSTEAD)

    def poll_call(self, ticket: Ticket) -> Call:
        """A poll, which is free."""
        return orders.poll_call("/riffusion/task", ticket.id)

    def seen(self, ticket: Ticket, reply: Reply) -> Snapshot:
        """The state of the job; with one song, or with `processing`, it still runs."""
        body = states.read(reply)
        if isinstance(body, Snapshot):
            return body
        word = first_text(body.status) or ""
        stands = states.of_word(word)
        if stands in states.BAD:
            return states.failed(body, word=word, status=stands)
        tracks = []
        for number, song in enumerate(clips(body.data), start=1):
            ready = Status.SUCCEEDED if song.audio_url else Status.RUNNING
            status = ready if song.state is None else None
            tracks.append(states.track(song, number, status=status))
        done = stands is Status.SUCCEEDED
        seen = states.together(tracks, word=word, songs=SONGS, done=done)
        if tracks or seen.status.terminal:
            return seen
        return msgspec.structs.replace(seen, word=text_of(body.message) or seen.word)

    def assets(self, ticket: Ticket, snapshot: Snapshot) -> list[Asset]:
        """Both songs."""
        return files.songs(ticket, snapshot)


def _custom(task: Task) -> bool:
    """Whether a task needs the mode of lyrics and sound: one that says more than a prompt."""
    fields = ("lyrics", "instrumental", "style", "title")
    swaps = isinstance(task, SwapSound | SwapVocals)
    return swaps or any(getattr(task, field, None) for field in fields)


def _sound(task: Task) -> str | None:
    """What it should sound like: the prompt and the style in one."""
    words = (getattr(task, "prompt", None), getattr(task, "style", None))
    return ", ".join(filter(None, words)) or None


def _mode(task: Task) -> dict[str, object]:
    if _custom(task):
        return {"custom_mode": True, "sound": _sound(task)}
    prompt = getattr(task, "prompt", None)
    return {"custom_mode": False, "prompt": prompt} if prompt is not None else {}


def _problems(task: Task) -> Iterator[Problem]:
    yield from orders.repeated(task, {**_WORDS, "prompt": "sound" if _custom(task) else "prompt"})
    for field in ("lyrics", "title"):
        yield from orders.too_long(field, getattr(task, field, None), _LONGEST[field], "riffusion")
    what = "prompt and style together" if getattr(task, "style", None) else "prompt"
    yield from orders.too_long("prompt", _sound(task), _LONGEST["sound"], f"riffusion, as {what},")
    if getattr(task, "instrumental", None) and (lyrics := getattr(task, "lyrics", None)):
        yield orders.wrong("lyrics", lyrics, "an instrumental has none; set one of the two")
    source = getattr(task, "source", None)
    if isinstance(source, Source):
        who, instead = f"riffusion's {type(task).__name__}", "upload it with RiffusionUpload first"
        yield from orders.source_problems(source, who, families=("riffusion",), instead=instead)
    if isinstance(task, Replace) and task.end <= task.start:
        yield orders.wrong("end", task.end, f"it must be later than start, {task.start:g}")
