"""Describe the values of a field's type: `a number above 0`, `female or male`.

Only errors need it, so that it is imported when one is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import inspect

_NAMES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a mapping of names to values",
    "array": "a list",
    "null": "nothing",
}


def described(kind: object) -> str | None:
    """The description of a type; None where there is none (a struct, a union of several)."""
    try:
        return _words(inspect.type_info(kind))
    except TypeError:
        return None


def sentence(error: Exception) -> str:
    """A validation error without msgspec's names of types."""
    text = re.sub(r"`(\w+)`", lambda name: _NAMES.get(name[1], name[1]), str(error))
    return text[:1].lower() + text[1:]


def _words(kind: inspect.Type) -> str | None:
    if isinstance(kind, inspect.Metadata):
        inner = (kind.extra_json_schema or {}).get("description")
        return str(inner) if inner else _words(kind.type)
    if isinstance(kind, inspect.UnionType):
        several = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _words(several[0]) if len(several) == 1 else None
    describe = _BY_KIND.get(type(kind))
    return describe(kind) if describe else None


def _text(kind: inspect.StrType) -> str | None:
    if kind.pattern is not None:
        return None
    least, most = kind.min_length or 0, kind.max_length
    if most is not None:
        return f"text of {least} to {most} characters"
    return "some text" if least <= 1 else f"text of at least {least} characters"


def _number(kind: inspect.IntType | inspect.FloatType) -> str:
    noun = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
    if kind.ge is not None and kind.le is not None:
        return f"{noun} from {kind.ge:g} to {kind.le:g}" if kind.le < 1e9 else _least(noun, kind.ge)
    if kind.gt is not None:
        return f"{noun} above {kind.gt:g}"
    return noun if kind.ge is None else _least(noun, kind.ge)


def _least(noun: str, least: float) -> str:
    return f"{noun}, {least:g} or more"


def _one_of(kind: inspect.LiteralType) -> str:
    *others, last = map(str, kind.values)
    return f"{', '.join(others)} or {last}" if others else last


_BY_KIND: dict[type[inspect.Type], Callable[..., str | None]] = {
    inspect.StrType: _text,
    inspect.IntType: _number,
    inspect.FloatType: _number,
    inspect.BoolType: lambda _: "true or false",
    inspect.LiteralType: _one_of,
    inspect.DictType: lambda _: "a mapping of names to values",
}
