"""The bodies of requests, and the task that one makes. Pure.

The names are the marketplace's where it has one (`duration_seconds`, `lyrics_prompt`), else those
of `segue.Generate`. `/openapi.json` is made from these structs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from segue.tasks import Generate
from segue_server.errors import ApiError, invalid

S = TypeVar("S", bound=msgspec.Struct)

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Meta(min_length=1, max_length=10)]
Text = Annotated[str, Meta(min_length=1)]
Positive = Annotated[float, Meta(gt=0)]
Amount = Annotated[
    str,
    Meta(pattern=r"^\s*(\d+(\.\d+)?|\.\d+)\s*[A-Za-z]+\s*$", examples=["0.50 USD", "15 credits"]),
]

RENAMED = {
    "lyrics_prompt": "lyrics",
    "force_instrumental": "instrumental",
    "duration_seconds": "duration",
    "language_code": "language",
}
"""Fields of a body, and what `Generate` calls them."""

_SAME = (
    "prompt", "voice", "title", "style", "negative_style", "vocal_gender", "speed", "bpm", "seed",
    "loop", "extra",
)  # fmt: skip


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be made, and by whom. `model` is a backend (`local`, `venice/ace-step-15`), an
    alias of the server, or a list of them, of which the next one is used only when nothing was
    charged by the one before. Which fields a backend takes, and how long its texts may be, is in
    `/v1/backends`."""

    model: Name | Names
    prompt: Text
    duration_seconds: Positive | None = None
    lyrics_prompt: Text | None = None
    force_instrumental: bool | None = None
    voice: Text | None = None
    language_code: Annotated[str, Meta(pattern="^[a-z]{2}$", max_length=2)] | None = None
    title: Text | None = None
    style: Text | None = None
    negative_style: Text | None = None
    vocal_gender: Literal["female", "male"] | None = None
    speed: Positive | None = None
    bpm: Annotated[float, Meta(ge=20, le=400)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    loop: bool | None = None
    extra: dict[str, dict[str, Any]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The model, or the models, in their order."""
        return (self.model,) if isinstance(self.model, str) else self.model

    def task(self) -> Generate:
        """The task of core's. A switch that is off is left out: it is what every backend does."""
        given: dict[str, Any] = {name: getattr(self, name) for name in _SAME}
        given |= {ours: getattr(self, name) for name, ours in RENAMED.items()}
        given["instrumental"] = self.force_instrumental or None
        return Generate(**given)


class GenerationRequest(Wish, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/music/generations`. `max_cost` is the most that the job may cost;
    `metadata` is given back with the job. `unsupported` says what happens to fields that the
    backend does not take: the job is refused, or they are left out and named in `notes`."""

    max_cost: Amount | None = None
    unsupported: Literal["error", "ignore"] | None = None
    metadata: dict[str, Any] | None = None


class QuoteRequest(Wish, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/quotes`."""


_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")


def decoded(body: bytes, kind: type[S]) -> S:
    """The body as a struct; raise `ApiError` (400) that names the field and what is allowed."""
    try:
        return msgspec.json.decode(body, type=kind, strict=True)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise invalid(f"the body is not JSON: {error}", code="invalid_json") from error


def _invalid(sentence: str) -> ApiError:
    at = _AT.search(sentence)
    unknown = _UNKNOWN.search(sentence)
    path = at["path"] if at else None
    name = unknown["name"] if unknown else path
    words = sentence[: at.start()] if at else sentence
    where = f"{path}: " if path and not unknown else ""
    return invalid(f"{where}{words[:1].lower()}{words[1:]}", code="invalid_field", param=name)


def api_name(field: str | None) -> str | None:
    """What this API calls a field of core's."""
    ours = {core: api for api, core in RENAMED.items()}
    return ours.get(field, field) if field else None


def as_json(value: Mapping[str, Any]) -> bytes:
    """A JSON object, with its names in order, for a fingerprint."""
    return msgspec.json.encode(value, order="sorted")
