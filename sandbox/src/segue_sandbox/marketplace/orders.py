"""The body of a submission: what the vendor's page says of its fields, and what it refuses.

The page names the fields, their types and two lengths. What it leaves open is decided so: null
says nothing; a field that the page does not name is refused, and so is an option that the model
is known not to have ("when supported" may also mean that it is ignored). The words for a value
that is too long, or that a model does not take, were observed of videos.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from segue_sandbox.marketplace.catalogue import model
from segue_sandbox.marketplace.errors import coded, invalid
from segue_sandbox.vendor import Refused
from segue_sandbox.venice import options
from segue_sandbox.venice.catalogue import Row

Rule: TypeAlias = Callable[[object], str | None]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that is in order. `fails` says that Venice itself would refuse it."""

    model: str
    row: Row
    prompt: str
    seconds: int | None
    fails: bool = False


def read(body: bytes) -> Order:
    """The order in a body; refused where something is wrong with it."""
    asked = checked(body)
    current, row = model(str(asked["model"]))
    seconds = _seconds(row, current, asked.get("duration_seconds"))
    _capable(row, current, asked)
    prompt = str(asked["prompt"])
    fails = not _accepted(row, asked)
    return Order(model=current, row=row, prompt=prompt, seconds=seconds, fails=fails)


def checked(body: bytes) -> dict[str, object]:
    """The fields of a body, each of its type; refused with the first fault."""
    try:
        asked = msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid("The body must be a JSON object.") from None
    asked = {name: value for name, value in asked.items() if value is not None}
    if unknown := next((name for name in asked if name not in _FIELDS), None):
        raise invalid(f"property {unknown} should not exist.")
    for name, rule in _FIELDS.items():
        if name in _REQUIRED and asked.get(name, "") == "":
            raise invalid(f"{name} should not be empty.")
        told = rule(asked[name]) if name in asked else None
        if told:
            raise invalid(f"{name} {told}.")
    return asked


def _text(value: object) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def _at_most(longest: int) -> Rule:
    def rule(value: object) -> str | None:
        if isinstance(value, str) and len(value) > longest:
            return f"must be shorter than or equal to {longest} characters"
        return _text(value)

    return rule


def _whole(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return None if value > 0 else "must be a positive number"
    return "must be an integer number"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be a boolean value"


def _object(value: object) -> str | None:
    return None if isinstance(value, dict) else "must be an object"


_REQUIRED = frozenset({"model", "prompt"})
_FIELDS: Mapping[str, Rule] = {
    "model": _text,
    "prompt": _at_most(2000),
    "duration_seconds": _whole,
    "lyrics_prompt": _at_most(5000),
    "force_instrumental": _flag,
    "voice": _text,
    "language_code": _text,
    "webhook_url": _text,
    "metadata": _object,
}


def _seconds(row: Row, name: str, asked: object) -> int | None:
    """The duration asked for, if the model takes it; None asks for its default."""
    if not isinstance(asked, int):
        return None
    told = f"Unsupported duration_seconds '{asked}' for model '{name}'."
    if not row.timed:
        raise invalid(told)
    choices = row.listed("duration_options")
    if choices and asked not in choices:
        raise invalid(f"{told} Supported: {', '.join(map(str, choices))}.")
    low, high = row.number("min_duration") or 1, row.number("max_duration") or asked
    if not low <= asked <= high:
        raise invalid(f"{told} Supported: {low} to {high}.")
    return asked


def _capable(row: Row, name: str, asked: Mapping[str, object]) -> None:
    """An option that changes nothing (false, or empty) is never refused."""
    has = {
        "lyrics_prompt": row.knows("supports_lyrics") is not False,
        "force_instrumental": row.knows("supports_force_instrumental") is not False,
        "language_code": row.knows("supports_language_code") is True,
        "voice": bool(row.listed("voices")),
    }
    lacking = next((one for one, able in has.items() if asked.get(one) and not able), None)
    if lacking:
        told = f"Model '{name}' does not support {lacking}."
        raise coded(400, "model_capability_unsupported", told)


def _accepted(row: Row, asked: Mapping[str, object]) -> bool:
    """Whether Venice takes it: its own, shorter lengths, lyrics that it needs, its voices.

    What the marketplace does then is not documented. Its check of sellers asks Venice for a
    price only, so here the job is taken, and fails with the seller.
    """
    ours = {"model", "webhook_url", "metadata"}
    sent = {name: value for name, value in asked.items() if name not in ours and value}
    try:
        options.check(row, sent)
    except Refused:
        return False
    return True
