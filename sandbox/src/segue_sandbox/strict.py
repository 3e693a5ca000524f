"""Checks of request bodies as strict as a Zod schema, with answers of the same shape.

A check takes a value and returns the issues it has with it, their paths relative to that value.
The wording is that of Zod 3, which Venice's error bodies show (`unionErrors`, a tree of `_errors`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

Issue: TypeAlias = dict[str, object]
Check: TypeAlias = Callable[[object], list[Issue]]


def text(shortest: int = 0, longest: int | None = None) -> Check:
    """A string of `shortest` to `longest` characters."""

    def check(value: object) -> list[Issue]:
        if not isinstance(value, str):
            return [_mistyped("string", value)]
        if len(value) < shortest:
            return [_small(shortest, "string", f"at least {shortest} character(s)")]
        if longest is not None and len(value) > longest:
            return [_big(longest, "string", f"at most {longest} character(s)")]
        return []

    return check


def digits(value: object) -> list[Issue]:
    r"""A string that matches `^\d+$`."""
    if not isinstance(value, str):
        return [_mistyped("string", value)]
    if re.fullmatch(r"[0-9]+", value):
        return []
    return [{"validation": "regex", "code": "invalid_string", "message": "Invalid", "path": []}]


def number(low: float, high: float) -> Check:
    """A number between two bounds, both included."""

    def check(value: object) -> list[Issue]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return [_mistyped("number", value)]
        if value < low:
            return [_small(low, "number", f"greater than or equal to {low:g}")]
        if value > high:
            return [_big(high, "number", f"less than or equal to {high:g}")]
        return []

    return check


def positive(value: object) -> list[Issue]:
    """A whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [_mistyped("number", value)]
    if value != int(value):
        return [_mistyped("integer", value, received="float")]
    return [_small(0, "number", "greater than 0", inclusive=False)] if value <= 0 else []


def flag(value: object) -> list[Issue]:
    """True or false."""
    return [] if isinstance(value, bool) else [_mistyped("boolean", value)]


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
            return [_mistyped("object", value)]
        given = cast("dict[str, object]", value)
        issues = [_missing(name) for name in required if name not in given]
        for name in fields.keys() & given.keys():
            issues += [_at(name, issue) for issue in fields[name](given[name])]
        issues.sort(
            key=lambda issue: list(fields).index(str(cast("list[object]", issue["path"])[0]))
        )
        unknown = [name for name in given if name not in fields]
        return [*issues, _unrecognized(unknown)] if unknown else issues

    return check


def complaint(issues: Sequence[Issue]) -> dict[str, object]:
    """The body of the 400 that says what is wrong: `error`, a tree of `details`, and `issues`."""
    tree: dict[str, object] = {"_errors": []}
    for issue in issues:
        _plant(tree, issue)
    return {"error": "Invalid request parameters", "details": tree, "issues": list(issues)}


def _plant(tree: dict[str, object], issue: Issue) -> None:
    """Hang an issue's message where its path leads; a union hangs those of its members."""
    if "unionErrors" in issue:
        for error in cast("list[dict[str, list[Issue]]]", issue["unionErrors"]):
            for inner in error["issues"]:
                _plant(tree, inner)
        return
    node = tree
    for step in cast("list[object]", issue["path"]):
        node = cast("dict[str, object]", node.setdefault(str(step), {"_errors": []}))
    cast("list[object]", node["_errors"]).append(issue["message"])


def _at(name: str, issue: Issue) -> Issue:
    """The issue with a path that begins with `name`, and so with those inside it."""
    moved: Issue = {**issue, "path": [name, *cast("list[object]", issue["path"])]}
    if "unionErrors" in issue:
        errors = cast("list[dict[str, list[Issue]]]", issue["unionErrors"])
        moved["unionErrors"] = [
            {**error, "issues": [_at(name, inner) for inner in error["issues"]]} for error in errors
        ]
    return moved


def _missing(name: str) -> Issue:
    said = {"expected": "string", "received": "undefined", "message": "Field is required"}
    return {"code": "invalid_type", **said, "path": [name]}


def _unrecognized(names: Sequence[str]) -> Issue:
    listed = ", ".join(f"'{name}'" for name in names)
    message = f"Unrecognized key(s) in object: {listed}"
    return {"code": "unrecognized_keys", "keys": list(names), "path": [], "message": message}


def _mistyped(expected: str, value: object, received: str | None = None) -> Issue:
    seen = received or _type_name(value)
    message = f"Expected {expected}, received {seen}"
    issue: Issue = {"code": "invalid_type", "expected": expected, "received": seen}
    return {
        **issue,
        "path": [],
        "message": message,
    }


def _small(least: float, kind: str, rule: str, *, inclusive: bool = True) -> Issue:
    return {"code": "too_small", "minimum": least} | _bounded(kind, rule, inclusive=inclusive)


def _big(most: float, kind: str, rule: str) -> Issue:
    return {"code": "too_big", "maximum": most} | _bounded(kind, rule, inclusive=True)


def _bounded(kind: str, rule: str, *, inclusive: bool) -> Issue:
    verb = "contain" if kind == "string" else "be"
    message = f"{kind.capitalize()} must {verb} {rule}"
    return {"type": kind, "inclusive": inclusive, "exact": False, "message": message, "path": []}


def _type_name(value: object) -> str:
    """A value's type in JavaScript's words."""
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array"}
    return "null" if value is None else names.get(type(value), "object")
