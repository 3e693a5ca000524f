"""`segue models --verbose`: what each model takes, and what else its vendor publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from segue._engine.supported_fields import abilities
from segue.cli.describe import truncate
from segue.cli.exits import one_line

if TYPE_CHECKING:
    from segue.provider import Model, Provider

Taken = Mapping[str, str] | None


def taken(provider: Provider, models: Sequence[Model]) -> dict[str, Taken]:
    """What each model takes, by model id."""
    return {model.id: abilities(provider, model, models) for model in models}


def takes_text(fields: Taken) -> str:
    """`prompt (at most 512 characters), duration (one of 60, 90 seconds), seed`."""
    if fields is None:
        return "no music from a prompt"
    parts = [f"{name} ({limit})" if limit else name for name, limit in fields.items()]
    return one_line(", ".join(parts))


def published(model: Model) -> str:
    """What else the vendor publishes of the model, in one line, without price tables and name."""
    plain = {
        name: value
        for name, value in model.details.items()
        if value not in (None, "", []) and not isinstance(value, Mapping) and name != "name"
    }
    return truncate(
        one_line(", ".join(f"{name} {_plain(value)}" for name, value in plain.items())), 400
    )


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "/".join(map(str, value))
    return str(value)
