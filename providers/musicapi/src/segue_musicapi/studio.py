"""studio: songs by Udio's models, which MusicAPI calls unavailable. Pure.

Its envelope is another one: `code` is a word, the job's id is `data` itself, and a poll reports
the job in an object of its own, with `status`, `progress` ("50%") and `fail_reason`. `SUCCESS`
is printed in its documents and `NOT_START` and `IN_PROGRESS` in its SDK; the other words are
those of the open-source relay whose envelope this is, and no document of MusicAPI's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from segue.errors import Rejected
from segue.flow import Call, Reply, id_of
from segue.job import Asset, Snapshot, Status, Ticket, Track
from segue.numbers import figure
from segue.provider import Model
from segue.tasks import Generate, Problem, Task
from segue.words import status_of
from segue_musicapi import files, orders, states
from segue_musicapi.family import Accepted, Family, Order
from segue_musicapi.refusals import code_of
from segue_musicapi.wire import (
    Clip,
    Envelope,
    clips,
    file_url,
    first_text,
    inside,
    is_object,
    maybe_envelope,
    text_of,
)

MODELS = {"studio130-v1.5": "Studio 130 v1.5", "studio32-v1.5": "Studio 32 v1.5"}
DEFAULT = "studio130-v1.5"
LONGEST_LYRICS = 1000
INSTEAD = "sonic or producer"

STRENGTHS = {
    "prompt_strength": 0.8,
    "clarity_strength": 0.7,
    "lyrics_strength": 0.5,
    "generation_quality": 0.9,
}
"""What every request must say; these are the SDK's examples, and `extra` overrides them."""

_STATUS = {
    **states.WORDS,
    "NOT_START": Status.QUEUED,
    "SUBMITTED": Status.QUEUED,
    "QUEUED": Status.QUEUED,
    "IN_PROGRESS": Status.RUNNING,
    "SUCCESS": Status.SUCCEEDED,
    "FAILURE": Status.FAILED,
}
_FINE = frozenset({"success", "ok"})
_NO_JOB = frozenset({"error", "fail", "failed", "failure"})
_WORDS = {"lyrics": "lyrics", "negative_style": "negative_prompt", "seed": "seed"}


class Studio(Family):
    """`musicapi/studio130-v1.5` and `musicapi/studio32-v1.5`; `musicapi/studio` is the first."""

    name = "studio"
    tasks: ClassVar[Mapping[type[Task], frozenset[str]]] = {
        Generate: frozenset({"prompt", "lyrics", "instrumental", "style", "negative_style", "seed"})
    }

    def models(self) -> Sequence[Model]:
        """The values of `model_type`."""
        price = "15 credits a job"
        return [Model(id=id_, name=name, price=price) for id_, name in MODELS.items()]

    def problems(self, task: Task) -> list[Problem]:
        """Every reason why studio would refuse the task."""
        return [*_problems(task)]

    def order(self, task: Task) -> Order:
        """The request of a submission."""
        style = (getattr(task, "prompt", None), getattr(task, "style", None))
        mapped = {
            "prompt": ", ".join(filter(None, style)),
            "lyrics_type": _lyrics_type(task),
            "model_type": DEFAULT if task.model in (None, self.name) else task.model,
            "config": {"mode": "regular"},
            **{word: getattr(task, field, None) for field, word in _WORDS.items()},
            **STRENGTHS,
        }
        body = orders.body(task, mapped)
        return Order(path="/studio/create", body=body, operation="studio/create")

    def accepted(self, order: Order, reply: Reply) -> Accepted:
        """The job's id, which is `data` itself; a `code` that is no success is a refusal."""
        body = maybe_envelope(reply)
        if body is not None and (reply.ok or (code_of(body) or "").lower() in _FINE):
            if (id_ := id_of(body.data)) is not None and not _failed(body):
                return Accepted(id=id_)
            if reply.ok and isinstance(body.data, str | None) and _refuses(body):
                raise _refusal(reply, body)
        return orders.accepted(order, reply, instead=INSTEAD)

    def poll_call(self, ticket: Ticket) -> Call:
        """A poll, which is free."""
        return orders.poll_call("/studio/task", ticket.id)

    def seen(self, ticket: Ticket, reply: Reply) -> Snapshot:
        """The state of the job, by the `status` of its own object."""
        body = states.read(reply)
        if isinstance(body, Snapshot):
            return body
        job = body.data
        word = text_of(inside(job, "status"))
        if not is_object(job) or word is None:
            raise reply.unlike("no status")
        stands = status_of(word, _STATUS)
        reason = first_text(job.get("fail_reason"), job.get("error_message"), job.get("error"))
        if stands in states.BAD:
            reason = reason or text_of(body.message) or states.NO_REASON
            return states.failed(body, word=word, reason=reason, status=stands)
        tracks = [
            _track(song, place, done=stands is Status.SUCCEEDED)
            for place, song in enumerate(clips(inside(job, "data", "songs")), start=1)
        ]
        seen = states.together(tracks, word=word, done=stands is Status.SUCCEEDED)
        if stands is Status.SUCCEEDED:
            return seen
        return msgspec.structs.replace(
            seen,
            status=stands,
            progress=_fraction(job.get("progress")),
            error=None,
            missing="",
            notes=(*seen.notes, *states.says(reason)),
        )

    def assets(self, ticket: Ticket, snapshot: Snapshot) -> list[Asset]:
        """The songs."""
        return files.songs(ticket, snapshot)


def _problems(task: Task) -> Iterator[Problem]:
    yield from orders.repeated(task, {**_WORDS, "prompt": "prompt"})
    lyrics = getattr(task, "lyrics", None)
    yield from orders.too_long("lyrics", lyrics, LONGEST_LYRICS, "studio")
    if lyrics is not None and getattr(task, "instrumental", None):
        yield orders.wrong("lyrics", lyrics, "an instrumental has none; set one of the two")


def _lyrics_type(task: Task) -> str:
    if getattr(task, "lyrics", None) is not None:
        return "user"
    return "instrumental" if getattr(task, "instrumental", None) else "generate"


def _refuses(body: Envelope) -> bool:
    """Whether `code` is a word, and none for success."""
    word = code_of(body)
    return word is not None and word.lower() not in _FINE


def _failed(body: Envelope) -> bool:
    """Whether `code` says that there is no job, so that `data` is no id, whatever it is."""
    return (code_of(body) or "").lower() in _NO_JOB or 400 <= (body.number or 0) < 600


def _refusal(reply: Reply, body: Envelope) -> Rejected:
    why = first_text(body.message, body.error, body.data) or states.NO_REASON
    error = Rejected(why, status=reply.status, code=code_of(body))
    error.endpoint = reply.endpoint or None
    return error


def _track(song: Clip, place: int, *, done: bool) -> Track:
    """A song of a job: its file is `song_path`, which is empty until it is ready."""
    path = file_url(song.details.get("song_path")) or song.audio_url
    status = Status.SUCCEEDED if done else Status.RUNNING
    whole = msgspec.structs.replace(song, audio_url=path)
    return states.track(whole, place, status=status if song.state is None else None)


def _fraction(value: object) -> float | None:
    """`"50%"` as 0.5."""
    percent = figure(value.strip().removesuffix("%") if isinstance(value, str) else value)
    return min(max(percent / 100, 0.0), 1.0) if percent is not None else None
