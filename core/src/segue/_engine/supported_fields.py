"""The fields that a model takes, found by its provider's own `check`. Pure.

For each field a task is made and checked; nothing is sent. So this works for every provider, and
always agrees with what would be refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from segue.provider import Model, Provider
from segue.tasks import Generate, Problem, Task

_SAMPLES: Mapping[str, object] = {
    "lyrics": "la la la la la la la",
    "instrumental": True,
    "duration": 60.0,
    "title": "Title",
    "style": "lofi",
    "negative_style": "drums",
    "voice": "Nobody",
    "vocal_gender": "female",
    "language": "en",
    "speed": 1.0,
    "bpm": 90.0,
    "seed": 1,
    "loop": True,
}
_BEYOND: Mapping[str, object] = {
    "prompt": "x" * 200_000,
    "lyrics": "x" * 200_000,
    "title": "x" * 20_000,
    "style": "x" * 20_000,
    "negative_style": "x" * 20_000,
    "duration": 10_000_000.0,
    "speed": 1000.0,
}
_PROMPT = "a gentle piece for a rainy evening"


def abilities(
    provider: Provider, model: Model, models: Sequence[Model] | None
) -> dict[str, str] | None:
    """The fields of `Generate` that the model takes, each with its limits where they are known
    (`at most 512 characters`); None for a model that makes no music from a prompt."""
    offered = provider.capabilities.tasks.get(Generate)
    if offered is None:
        return None
    plain = Generate(prompt=_PROMPT, model=model.id)
    if any(problem.field == "model" for problem in _found(provider, plain, models)):
        return None
    taken = {"prompt": _limit(provider, plain, "prompt", models)}
    for field, value in _SAMPLES.items():
        if field not in offered:
            continue
        task = msgspec.structs.replace(plain, **{field: value})
        problem = _of(field, _found(provider, task, models))
        if problem is not None and problem.unsupported:
            continue
        beyond = _limit(provider, plain, field, models)
        taken[field] = beyond or (_words(problem, model.id) if problem else "")
    return taken


def _limit(provider: Provider, plain: Generate, field: str, models: Sequence[Model] | None) -> str:
    """The limit stated for a value that is far too large; empty where it is accepted."""
    if field not in _BEYOND:
        return ""
    task = msgspec.structs.replace(plain, **{field: _BEYOND[field]})
    problem = _of(field, _found(provider, task, models))
    return _words(problem, plain.model or "") if problem else ""


def _found(provider: Provider, task: Task, models: Sequence[Model] | None) -> list[Problem]:
    return provider.check(task, models)


def _of(field: str, problems: Sequence[Problem]) -> Problem | None:
    return next((problem for problem in problems if problem.field == field), None)


def _words(problem: Problem, model: str) -> str:
    """`at most 512 characters`: without the model's name, and without the value."""
    text = problem.allowed.removeprefix(model).strip()
    text = text.partition("takes ")[2] or text.removeprefix("has ")
    return re.sub(r", not [\d,]+$", "", text)
