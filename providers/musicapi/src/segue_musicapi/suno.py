"""suno: other paths to sonic, and lyrics by an older way. Pure.

`/suno/create` and `/suno/clip/ID` lead to the same as `/sonic/create` and `/sonic/task/ID`
(MusicAPI's OpenAPI file), so all but the paths is `sonic.py`'s. `/suno/make-lyrics` begins a
job of its own; of the states that `/suno/get-lyrics/ID` reports, only `complete` is documented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

import msgspec

from segue.flow import Call, Reply
from segue.job import Asset, Snapshot, Status, Target, Ticket, Track
from segue.provider import Model
from segue.tasks import Cover, Extend, Generate, Problem, Task
from segue_musicapi import orders, sonic_checks, states
from segue_musicapi.family import Order
from segue_musicapi.other_tasks import MakeLyrics
from segue_musicapi.sonic import Sonic
from segue_musicapi.sonic_tasks import (
    AddInstrumental,
    AddVocals,
    Concat,
    CoverUpload,
    ExtendUpload,
    Remaster,
)
from segue_musicapi.wire import inside, is_object, text_of

LYRICS = "suno/make-lyrics"
COMPLETE = "complete"

_PREFIX = "suno/"
_CREATED: tuple[type[Task], ...] = (
    Generate,
    Extend,
    ExtendUpload,
    Cover,
    CoverUpload,
    Concat,
    Remaster,
    AddInstrumental,
    AddVocals,
)
"""What sonic has one path for, which suno has, too."""


class Suno(Sonic):
    """`musicapi/suno/sonic-v5` and the like; `musicapi/suno` for what needs no model."""

    name = "suno"
    path = "/suno/clip"
    tasks: ClassVar[Mapping[type[Task], frozenset[str]]] = {
        **{kind: Sonic.tasks[kind] for kind in _CREATED},
        MakeLyrics: frozenset({"prompt"}),
    }

    def models(self) -> Sequence[Model]:
        """Sonic's, by the other path."""
        return [
            msgspec.structs.replace(model, id=_PREFIX + model.id, name=f"{model.name}, as suno")
            for model in super().models()
        ]

    def answers_to(self, model: str) -> bool:
        """Every `suno/…`, so that an unknown one gets the list of models."""
        return model == self.name or model.startswith(_PREFIX)

    def problems(self, task: Task) -> list[Problem]:
        """Sonic's, and what only sonic's own paths do."""
        if isinstance(task, MakeLyrics):
            return [*orders.repeated(task, {"prompt": "prompt"})]
        found = sonic_checks.problems(_as_sonic(task))
        if isinstance(task, Extend | Cover) and task.source.url is not None:
            found.append(orders.wrong("source.url", task.source.url, "suno takes tracks only"))
        return found

    def order(self, task: Task) -> Order:
        """Sonic's request at suno's path, and at sonic's price."""
        if isinstance(task, MakeLyrics):
            body = orders.body(task, {"prompt": task.prompt})
            return Order(path=f"/{LYRICS}", body=body, operation=LYRICS)
        return msgspec.structs.replace(super().order(_as_sonic(task)), path="/suno/create")

    def poll_call(self, ticket: Ticket) -> Call:
        """A poll of a song, or of lyrics."""
        if _is_text(ticket):
            return orders.poll_call("/suno/get-lyrics", ticket.id)
        return super().poll_call(ticket)

    def seen(self, ticket: Ticket, reply: Reply) -> Snapshot:
        """The state of the job."""
        return _written(reply) if _is_text(ticket) else super().seen(ticket, reply)

    def assets(self, ticket: Ticket, snapshot: Snapshot) -> list[Asset]:
        """The songs; of lyrics, a text."""
        if not _is_text(ticket):
            return super().assets(ticket, snapshot)
        return [_text(track, track.lyrics) for track in snapshot.tracks if track.lyrics]


def _as_sonic(task: Task) -> Task:
    """The same task for sonic, whose models have no prefix."""
    return msgspec.structs.replace(task, model=(task.model or "").removeprefix(_PREFIX) or None)


def _is_text(ticket: Ticket) -> bool:
    return ticket.state.get("operation") == LYRICS


def _written(reply: Reply) -> Snapshot:
    body = states.read(reply)
    if isinstance(body, Snapshot):
        return body
    data = body.data
    word, text = text_of(inside(data, "status")), text_of(inside(data, "text"))
    if not is_object(data) or (word is None and text is None):
        raise reply.unlike("neither a status nor a text")
    stands = states.of_word(word)
    if stands in states.BAD:
        return states.failed(body, word=word or "", status=stands)
    if (word or COMPLETE).lower() == COMPLETE:
        stands = Status.SUCCEEDED
    done = stands is Status.SUCCEEDED
    track = Track(id="1", status=stands, title=text_of(data.get("title")), lyrics=text)
    return Snapshot(
        status=stands,
        word=word or COMPLETE,
        progress=1.0 if done else None,
        tracks=(track,) if done else (),
    )


def _text(track: Track, lyrics: str) -> Asset:
    source = partial(_write, lyrics)
    return Asset(kind="lyrics", name="lyrics", containers=("txt",), source=source, track=track.id)


def _write(lyrics: str, target: Target) -> None:
    target.file.write(lyrics.encode())
