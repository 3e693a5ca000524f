"""The models: the rows of `catalogue.json`, and `GET /models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from segue.flow import Reply
from segue_sandbox.strict import one_of, shape
from segue_sandbox.vendor import json_reply
from segue_sandbox.venice.errors import schema

TYPES = (
    *("asr", "embedding", "image", "music", "text", "tts", "upscale", "inpaint", "video"),
    *("decision", "all", "code"),
)
"""The values of `type`: those of the specification, and `decision` (venice-models)."""

_DEFAULTS = {"min_prompt_length": 10, "lyrics_character_limit": 4096}


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """What the sandbox knows of a model and does not send.

    `assumed` names the fields that are documented nowhere. `seconds` is the length of a piece
    whose request names none; `reserves` is the length that is paid for until the real one is
    known; `lyrics` says whether they are needed "always" or "unless" an option is on.
    """

    container: str
    assumed: frozenset[str] = frozenset()
    seconds: int = 30
    reserves: int | None = None
    lyrics: str = ""
    lyrics_unless: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One model as it is listed, flat capabilities and all."""

    id: str
    type: str
    spec: Mapping[str, object] = msgspec.field(name="model_spec")
    hidden: Hidden = msgspec.field(name="sandbox")
    created: int | None = None

    def knows(self, capability: str) -> bool | None:
        """What the row declares of a capability; None where it declares nothing."""
        value = self.spec.get(capability)
        return value if isinstance(value, bool) else None

    def number(self, name: str) -> int | None:
        """A number of the row, or Venice's default for it, or None."""
        value = self.spec.get(name, _DEFAULTS.get(name))
        return value if isinstance(value, int) else None

    def listed(self, name: str) -> list[object]:
        """A list of the row, such as `voices`; empty where it has none."""
        value = self.spec.get(name)
        return value if isinstance(value, list) else []

    @property
    def timed(self) -> bool:
        """Whether it publishes any duration metadata, and so takes `duration_seconds`."""
        names = ("duration_options", "min_duration", "max_duration")
        return any(name in self.spec for name in names)

    def shown(self) -> dict[str, object]:
        """The row as Venice sends it."""
        released = {} if self.created is None else {"created": self.created}
        fixed = {"object": "model", "owned_by": "venice.ai", "type": self.type}
        return {**released, "id": self.id, **fixed, "model_spec": self.spec}


class _Document(msgspec.Struct, frozen=True):
    models: tuple[Row, ...]


@cache
def rows() -> Mapping[str, Row]:
    """All models, by their ids, which are case-sensitive."""
    data = files("segue_sandbox.venice").joinpath("catalogue.json").read_bytes()
    return {row.id: row for row in msgspec.json.decode(data, type=_Document).models}


def listing(query: Mapping[str, str]) -> Reply:
    """`GET /models?type=…`. Without a type, that is `text`, of which the sandbox has none."""
    kind = query.get("type", "text")
    if issues := shape({}, {"type": one_of(*TYPES)})({"type": kind}):
        raise schema(issues)
    found = [row.shown() for row in rows().values() if kind in {row.type, "all"}]
    return json_reply(200, {"object": "list", "type": kind, "data": found})


def ids(kind: str) -> Sequence[str]:
    """The ids of a type of model."""
    return [row.id for row in rows().values() if row.type == kind]
