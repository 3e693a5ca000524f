"""Tasks, which become jobs, and queries, which are answered at once.

The tasks here are those that more than one vendor has, in the field's own words. A vendor's package
defines more of them by subclassing `Task` and `Query`; `tag` is their name in JSON. Only fields
that a user set count: None means the vendor's default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Meta

from segue._data.unicode import Fault, faults, is_path, spelt
from segue._tasks.construction import Kind
from segue.job import Ticket

Positive = Annotated[float, Meta(gt=0)]
Seconds = Annotated[float, Meta(ge=0)]
Weight = Annotated[float, Meta(ge=0, le=1)]
Text = Annotated[str, Meta(min_length=1)]
A = TypeVar("A")


class Source(msgspec.Struct, metaclass=Kind, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Existing music: a track of an earlier job, or a file that the vendor can fetch.

    `ticket` is the earlier job's, `track` the id of one of its tracks (or of another track at the
    vendor), `url` a public address of an audio file.
    """

    ticket: Ticket | None = None
    track: str | None = None
    url: str | None = None


class Task(
    msgspec.Struct,
    metaclass=Kind,
    frozen=True,
    kw_only=True,
    tag=True,
    forbid_unknown_fields=True,
):
    """Something to make. `model` is filled in by core from the backend `provider/model`.

    `extra={"musicapi": {...}}` passes fields unchanged to one vendor, and is ignored by every
    other.
    """

    model: str | None = None
    extra: Annotated[
        Mapping[str, Mapping[str, object]],
        Meta(description="a provider's name and its fields, as in {'musicapi': {'mood': 'calm'}}"),
    ] = {}


class Generate(Task, frozen=True, kw_only=True, tag="generate"):
    """Make a new piece of music from words.

    `prompt` describes it. `lyrics` are sung; `instrumental` requests no voice at all. `duration` is
    in seconds, `bpm` in beats a minute. `style` and `negative_style` are words for how it should
    and should not sound. `voice` names one of the vendor's voices, `vocal_gender` is a preference,
    `language` an ISO 639-1 code such as `en`. `speed` is a factor for spoken or sung pace. The same
    `seed` requests the same piece. `loop` requests an end that joins the beginning.
    """

    prompt: Text
    lyrics: Text | None = None
    instrumental: bool | None = None
    duration: Positive | None = None
    title: Text | None = None
    style: Text | None = None
    negative_style: Text | None = None
    voice: Text | None = None
    vocal_gender: Literal["female", "male"] | None = None
    language: (
        Annotated[str, Meta(pattern="^[a-z]{2}$", description="two small letters, such as en")]
        | None
    ) = None
    speed: Positive | None = None
    bpm: Annotated[float, Meta(ge=20, le=400)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    loop: bool | None = None


class Extend(Task, frozen=True, kw_only=True, tag="extend"):
    """Continue a piece from `at` seconds (its end, if not given)."""

    source: Source
    at: Seconds | None = None
    prompt: Text | None = None
    lyrics: Text | None = None
    instrumental: bool | None = None
    duration: Positive | None = None
    title: Text | None = None
    style: Text | None = None
    negative_style: Text | None = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None


class Cover(Task, frozen=True, kw_only=True, tag="cover"):
    """Play a piece again in another style. `closeness` 1 stays near the original, 0 goes far."""

    source: Source
    prompt: Text | None = None
    lyrics: Text | None = None
    instrumental: bool | None = None
    title: Text | None = None
    style: Text | None = None
    negative_style: Text | None = None
    closeness: Weight | None = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None


class Replace(Task, frozen=True, kw_only=True, tag="replace"):
    """Make the part between `start` and `end` seconds again."""

    source: Source
    start: Seconds
    end: Positive
    prompt: Text | None = None
    lyrics: Text | None = None
    style: Text | None = None


class Stems(Task, frozen=True, kw_only=True, tag="stems"):
    """Separate a piece into stems; `full` requests every instrument by itself."""

    source: Source
    full: bool | None = None


class Upload(Task, frozen=True, kw_only=True, tag="upload"):
    """Upload a recording to the vendor, so that other tasks can refer to it."""

    source: Source


class Query(msgspec.Struct, Generic[A], metaclass=Kind, frozen=True, kw_only=True, tag=True):
    """A request that a vendor answers at once, with an `A`: lyrics, a tempo, a balance.

    `spends` is how many of its calls may cost money; a subclass overrides it.
    """

    @property
    def spends(self) -> int:
        """0, unless a subclass overrides it."""
        return 0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why a task would be refused: the field, its value, and what is allowed.

    `unsupported` marks a field that the backend cannot honour (it may be dropped, on request), and
    not a value that is wrong.
    """

    field: str
    value: object
    allowed: str
    unsupported: bool = False

    def __str__(self) -> str:
        shown = repr(self.value)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
        verb = "is not supported" if self.unsupported else "is not allowed"
        return f"{self.field}={shown} {verb}: {self.allowed}"


def asked(task: Task) -> dict[str, object]:
    """The fields that the user set, without `model` and `extra`."""
    return {
        name: value
        for name in task.__struct_fields__
        if name not in {"model", "extra"} and (value := getattr(task, name)) is not None
    }


def invalid_fields(task: Task) -> list[Problem]:
    """A problem for every field whose value is of the wrong type or out of range."""
    types = _types(type(task))
    problems = []
    required = {field.name for field in msgspec.structs.fields(task) if field.required}
    names = required | asked(task).keys() | {"extra"}
    for name in (each for each in task.__struct_fields__ if each in names):
        value = getattr(task, name)
        try:
            plain = msgspec.to_builtins(
                value, builtin_types=(bytes, bytearray)
            )  # else they are valid text
            msgspec.convert(plain, types[name], strict=True)
        except (msgspec.ValidationError, TypeError, UnicodeError) as error:
            problems.append(Problem(field=name, value=value, allowed=_allowed(error, types[name])))
    return problems or invalid_texts(task)


def invalid_texts(asked: msgspec.Struct) -> list[Problem]:
    """A problem for every text of a task or a query, at any depth, that is no valid Unicode; and
    for every path that is invalid. File names may hold any bytes."""
    types = _types(type(asked))
    problems: list[Problem] = []
    for name in asked.__struct_fields__:
        value = getattr(asked, name)
        if Path in get_args(types[name]):
            found = [] if value is None or is_path(value) else [Fault(name, value, "write a path")]
        else:
            found = list(faults(value, name))
        problems += map(_problem, found)
    return problems


def _problem(fault: Fault) -> Problem:
    return Problem(field=spelt(fault.at), value=fault.value, allowed=fault.why)


def json_schema(kind: type[Task] | type[Query[Any]]) -> dict[str, object]:
    """The JSON Schema (2020-12) of a task or a query, such as `json_schema(Generate)`.

    It has the fields with their types, limits, titles and defaults, and the class's docstring as
    its description. `type`, which names the class in JSON, is optional. What a schema cannot
    express, such as the limits of a model, is validated before a job is sent.
    """
    from segue._tasks.json_schema import schema  # noqa: PLC0415 - few programs need one

    return schema(kind)


def unhonoured(task: Task, fields: Iterable[str], honours: str) -> list[Problem]:
    """A problem for every field that is set and not among `fields`; `honours` says whose."""
    known = sorted(fields)
    return [
        Problem(
            field=name,
            value=value,
            allowed=f"{honours} takes {', '.join(known) or 'none of these fields'}",
            unsupported=True,
        )
        for name, value in asked(task).items()
        if name not in known
    ]


@cache
def _types(kind: type[msgspec.Struct]) -> Mapping[str, object]:
    return get_type_hints(kind, include_extras=True)


def _allowed(error: Exception, kind: object) -> str:
    """The values that the field takes, in words; for a type without a description, the error's
    text."""
    from segue._data.describe_type import described, sentence  # noqa: PLC0415 - only errors need it

    words = described(kind)
    return f"write {words}" if words else sentence(error)
