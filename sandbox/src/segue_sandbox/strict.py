"""Checks of request bodies, as strict as a Zod schema.

A check takes a value and returns the issues it has with it, their paths relative to that value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

import msgspec

from segue_sandbox.issues import Issue, at, big, missing, mistyped, small, unrecognized

Check: TypeAlias = Callable[[object], list[Issue]]


def json_of(body: bytes) -> object:
    """A request's JSON; None for what is none: also bytes that are no UTF-8, and what nests too
    deep."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def text(shortest: int = 0, longest: int | None = None) -> Check:
    """A string of `shortest` to `longest` characters."""

    def check(value: object) -> list[Issue]:
        if not isinstance(value, str):
            return [mistyped("string", value)]
        if len(value) < shortest:
            return [small(shortest, "string", f"at least {shortest} character(s)")]
        if longest is not None and len(value) > longest:
            return [big(longest, "string", f"at most {longest} character(s)")]
        return []

    return check


def digits(value: object) -> list[Issue]:
    r"""A string that matches `^\d+$`."""
    if not isinstance(value, str):
        return [mistyped("string", value)]
    if re.fullmatch(r"[0-9]+", value):
        return []
    return [{"validation": "regex", "code": "invalid_string", "message": "Invalid", "path": []}]


def number(low: float, high: float) -> Check:
    """A number between two bounds, both included."""

    def check(value: object) -> list[Issue]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return [mistyped("number", value)]
        if value < low:
            return [small(low, "number", f"greater than or equal to {low:g}")]
        if value > high:
            return [big(high, "number", f"less than or equal to {high:g}")]
        return []

    return check


def positive(value: object) -> list[Issue]:
    """A whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [mistyped("number", value)]
    if value != int(value):
        return [mistyped("integer", value, received="float")]
    return [small(0, "number", "greater than 0", inclusive=False)] if value <= 0 else []


def flag(value: object) -> list[Issue]:
    """True or false."""
    return [] if isinstance(value, bool) else [mistyped("boolean", value)]


def one_of(*options: str) -> Check:
    """One of some strings."""

    def check(value: object) -> list[Issue]:
        if value in options:
            return []
        listed = " | ".join(f"'{option}'" for option in options)
        message = f"Invalid enum value. Expected {listed}, received '{value}'"
        issue: Issue = {"received": value, "code": "invalid_enum_value", "options": list(options)}
        return [{**issue, "path": [], "message": message}]

    return check


def either(*checks: Check) -> Check:
    """What passes at least one of the checks; else their issues, nested in `unionErrors`."""

    def check(value: object) -> list[Issue]:
        found = [one(value) for one in checks]
        if not all(found):
            return []
        errors = [{"issues": issues, "name": "ZodError"} for issues in found]
        return [
            {"code": "invalid_union", "unionErrors": errors, "path": [], "message": "Invalid input"}
        ]

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys and no others."""
    fields = {**required, **(optional or {})}

    def check(value: object) -> list[Issue]:
        if not isinstance(value, dict):
            return [mistyped("object", value)]
        given = cast("dict[str, object]", value)
        issues = [missing(name) for name in required if name not in given]
        for name in fields.keys() & given.keys():
            issues += [at(name, issue) for issue in fields[name](given[name])]
        issues.sort(
            key=lambda issue: list(fields).index(str(cast("list[object]", issue["path"])[0]))
        )
        unknown = [name for name in given if name not in fields]
        return [*issues, unrecognized(unknown)] if unknown else issues

    return check
