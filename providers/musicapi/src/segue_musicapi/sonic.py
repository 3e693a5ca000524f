"""The family sonic: songs, and whatever can be done with them. Pure.

What it is sent is in `sonic_orders.py` and `sonic_words.py`, what it would refuse in
`sonic_checks.py`, and how its answers are read in `sonic_results.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from segue.flow import Call, Reply, id_of
from segue.job import Asset, Snapshot, Status, Ticket, Track
from segue.provider import Expected, Model
from segue.tasks import Cover, Extend, Generate, Problem, Replace, Stems, Task, Upload
from segue_musicapi import files, orders, sonic_checks, sonic_orders, sonic_results, wire
from segue_musicapi.family import Accepted, Family, Order
from segue_musicapi.sonic_tasks import (
    AddInstrumental,
    AddVocals,
    Concat,
    CoverUpload,
    CreateVoice,
    ExtendUpload,
    Mashup,
    Remaster,
    Sample,
)

_SONG = frozenset({"prompt", "lyrics", "instrumental", "title", "style", "negative_style"})
_ADDED = frozenset({"source", "start", "end", "title", "style", "negative_style", "closeness"})


class Sonic(Family):
    """MusicAPI's family sonic."""

    name = "sonic"
    path = "/sonic/task"
    tasks: ClassVar[Mapping[type[Task], frozenset[str]]] = {
        Generate: _SONG | {"voice", "vocal_gender"},
        Extend: _SONG | {"source", "at"},
        ExtendUpload: _SONG | {"source", "at"},
        Cover: _SONG | {"source", "closeness"},
        CoverUpload: _SONG | {"source", "closeness"},
        Replace: frozenset({"source", "start", "end", "prompt", "lyrics", "style"}),
        Stems: frozenset({"source", "full"}),
        Upload: frozenset({"source"}),
        Concat: frozenset({"source"}),
        Remaster: frozenset({"source", "variation"}),
        AddInstrumental: _ADDED,
        AddVocals: _ADDED | {"lyrics", "vocal_gender"},
        CreateVoice: frozenset({"source"}),
        Mashup: _SONG | {"first", "second", "vocal_gender", "closeness"},
        Sample: _SONG | {"source", "start", "end", "vocal_gender", "closeness"},
    }

    def models(self) -> Sequence[Model]:
        """The versions that MusicAPI's OpenAPI file names."""
        return [_model(id_) for id_ in sonic_checks.MODELS]

    def answers_to(self, model: str) -> bool:
        """Every `sonic-…`, so that an unknown one gets the list of models."""
        return model == self.name or model.startswith("sonic-")

    def problems(self, task: Task) -> list[Problem]:
        """See `sonic_checks.py`."""
        return sonic_checks.problems(task)

    def order(self, task: Task) -> Order:
        """See `sonic_orders.py`."""
        return sonic_orders.order(task)

    def expected(self, task: Task) -> Expected:
        """Two songs of each creation ("normally 2 clips per create"), as mp3. What `auto_concat`
        and the other operations return is not documented."""
        order = self.order(task)
        plain = order.path == "/sonic/create" and not order.body.get("auto_concat")
        return Expected(containers=("mp3",), tracks=2) if plain else Expected()

    def accepted(self, order: Order, reply: Reply) -> Accepted:
        """The job's id; an upload is answered with its clip, and has ended then."""
        body = wire.maybe_envelope(reply) if order.path == "/sonic/upload" else None
        if body is not None and not body.failed_step:
            clip = id_of(body.clip_id) or id_of(wire.inside(body.data, "clip_id"))
            if clip is not None:
                return Accepted(id=clip, state={"settled": True})
        return orders.accepted(order, reply)

    def settled(self, ticket: Ticket) -> Snapshot | None:
        """An upload's clip is a track without a file, for other tasks to name."""
        if ticket.state.get("settled") is not True:
            return None
        track = Track(id=ticket.id, status=Status.SUCCEEDED)
        return Snapshot(status=Status.SUCCEEDED, word="success", progress=1.0, tracks=(track,))

    def poll_call(self, ticket: Ticket) -> Call:
        """A poll, which is free."""
        return orders.poll_call(self.path, ticket.id)

    def seen(self, ticket: Ticket, reply: Reply) -> Snapshot:
        """The state of the job."""
        seen = sonic_results.seen(_operation(ticket), reply)
        warning = ticket.state.get("warning")
        if not isinstance(warning, str):
            return seen
        return msgspec.structs.replace(seen, notes=(*seen.notes, f"MusicAPI warns: {warning}"))

    def assets(self, ticket: Ticket, snapshot: Snapshot) -> list[Asset]:
        """One file for each song, or each stem."""
        kind = "stem" if _operation(ticket).startswith("sonic/stems") else "track"
        return files.songs(ticket, snapshot, kind=kind)


def _model(id_: str) -> Model:
    old = id_ in sonic_checks.OLD
    return Model(
        id=id_,
        name=f"Sonic {id_.removeprefix('sonic-v').replace('-', '.', 1).replace('-', ' ')}",
        price="15 credits for two songs",
        details={"lyrics_limit": 3000 if old else 5000, "tags_limit": 200 if old else 1000},
    )


def _operation(ticket: Ticket) -> str:
    return str(ticket.state.get("operation", ""))
