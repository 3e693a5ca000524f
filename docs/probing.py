"""What a model takes, field by field, found by probes: tasks that are checked and never sent.

A cell is `yes`, `—`, `?` where the vendor's catalogue does not say, or the limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from segue.provider import Model, Provider
from segue.tasks import Generate, Problem, unhonoured

FIELDS = tuple(name for name in Generate.__struct_fields__ if name not in {"model", "extra"})
NO, YES, UNPUBLISHED = "—", "yes", "?"
WORDS = "a quiet evening"
"""A prompt that no backend refuses for its length."""

_LONG = "la " * 40_000
_PROBES: Mapping[str, Sequence[object]] = {
    "prompt": ("x", _LONG),
    "lyrics": ("la la la la", _LONG),
    "instrumental": (True, False),
    "duration": (1e6, 61.5),
    "title": ("Rain", _LONG),
    "style": ("lofi", _LONG),
    "negative_style": ("drums", _LONG),
    "voice": ("nobody-s-voice",),
    "vocal_gender": ("female",),
    "language": ("en",),
    "speed": (1.0, 1000.0),
    "bpm": (20.0, 400.0),
    "seed": (1, 2**63 - 1),
    "loop": (True,),
}
"""For each field a usual value, and those beyond what any model takes."""


_PUBLISHED: Mapping[str, Mapping[str, frozenset[str]]] = {
    "venice": {
        "lyrics": frozenset({"supports_lyrics"}),
        "instrumental": frozenset({"supports_force_instrumental"}),
        "duration": frozenset({"min_duration", "max_duration", "duration_options"}),
        "loop": frozenset({"supports_loop"}),
        "language": frozenset({"supports_language_code"}),
        "speed": frozenset({"supports_speed"}),
    },
    "marketplace": dict.fromkeys(
        ("lyrics", "instrumental", "duration", "voice", "language"), frozenset({"(nowhere)"})
    ),
}
"""What a catalogue calls a field; where a model's row has none of it, the vendor decides.

The marketplace publishes none: what a model takes is what its seller takes.
"""


class Probe:
    """A model, and what is said of a task for it; `assumed` are details that nobody published."""

    def __init__(
        self,
        provider: Provider,
        model: Model,
        models: Sequence[Model],
        assumed: frozenset[str] = frozenset(),
    ) -> None:
        self._provider, self._model, self._models = provider, model, models
        self._assumed = assumed

    def cells(self) -> dict[str, str]:
        """What the model takes of each field."""
        return {field: self._cell(field) for field in FIELDS}

    def _cell(self, field: str) -> str:
        found = {value: self._problems(field, {field: value}) for value in _PROBES[field]}
        keys = _PUBLISHED.get(self._provider.name, {}).get(field, frozenset())
        if any(one.unsupported for each in found.values() for one in each):
            if keys & self._assumed:
                return UNPUBLISHED
            return "only `True`" if found.get(True) == [] else NO
        needed = self._problems(field, {})
        limits = map(self._limit, [*needed, *(one for each in found.values() for one in each)])
        silent = keys and not keys & self._model.details.keys() and not needed
        return _together([UNPUBLISHED, *limits] if silent else [*limits]) or YES

    def _problems(self, field: str, values: Mapping[str, object]) -> list[Problem]:
        """What is said against a field of a task that has those values."""
        fields = {"prompt": WORDS, "model": self._model.id, **values}
        task = msgspec.convert(fields, Generate, strict=False)
        honoured = self._provider.capabilities.tasks[Generate]
        found = unhonoured(task, honoured, self._provider.name)
        refused = found or self._provider.check(task, self._models)
        return [problem for problem in refused if problem.field == field]

    def _limit(self, problem: Problem) -> str:
        """What is allowed, without names and the probe's own length."""
        words = re.sub(r", not [\d,]+$", "", problem.allowed.removeprefix(self._model.id).strip())
        words = re.sub(r"^.*?\b(takes|needs) ", "", words).replace(
            "cannot do without lyrics", "needed"
        )
        voices = words.removeprefix("has the voices ").split(", ")
        return f"one of {len(voices)} voices" if words.startswith("has the voices") else words


def _together(limits: Sequence[str]) -> str:
    """The limits in one line; a shortest and a longest text become a range."""
    text = "; ".join(dict.fromkeys(limits)).replace(",000 characters", "000 characters")
    text = re.sub(
        r"at least (\d+) characters; at most (\d+) characters", r"\1 to \2 characters", text
    )
    text = re.sub(r"^at least (\d+) characters$", r"\1 characters or more", text)
    return re.sub(r"at most (\d+) characters", r"up to \1 characters", text)
