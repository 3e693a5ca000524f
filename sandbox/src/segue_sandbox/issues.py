"""What a request body has wrong, in the shape and the words of Zod 3.

Venice's error bodies show them: an issue for each fault, those of a union nested in
`unionErrors`, and a tree of `_errors`. Paths are relative to the value that has the fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

Issue: TypeAlias = dict[str, object]


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


def at(name: str, issue: Issue) -> Issue:
    """The issue with a path that begins with `name`, and so with those inside it."""
    moved: Issue = {**issue, "path": [name, *cast("list[object]", issue["path"])]}
    if "unionErrors" in issue:
        errors = cast("list[dict[str, list[Issue]]]", issue["unionErrors"])
        moved["unionErrors"] = [
            {**error, "issues": [at(name, inner) for inner in error["issues"]]} for error in errors
        ]
    return moved


def missing(name: str) -> Issue:
    """A field that must be there."""
    said = {"expected": "string", "received": "undefined", "message": "Field is required"}
    return {"code": "invalid_type", **said, "path": [name]}


def unrecognized(names: Sequence[str]) -> Issue:
    """Fields that must not be there."""
    listed = ", ".join(f"'{name}'" for name in names)
    message = f"Unrecognized key(s) in object: {listed}"
    return {"code": "unrecognized_keys", "keys": list(names), "path": [], "message": message}


def mistyped(expected: str, value: object, received: str | None = None) -> Issue:
    """A value of another type."""
    seen = received or _type_name(value)
    message = f"Expected {expected}, received {seen}"
    issue: Issue = {"code": "invalid_type", "expected": expected, "received": seen}
    return {
        **issue,
        "path": [],
        "message": message,
    }


def small(least: float, kind: str, rule: str, *, inclusive: bool = True) -> Issue:
    """Less, or shorter, than is allowed."""
    return {"code": "too_small", "minimum": least} | _bounded(kind, rule, inclusive=inclusive)


def big(most: float, kind: str, rule: str) -> Issue:
    """More, or longer."""
    return {"code": "too_big", "maximum": most} | _bounded(kind, rule, inclusive=True)


def _bounded(kind: str, rule: str, *, inclusive: bool) -> Issue:
    verb = "contain" if kind == "string" else "be"
    message = f"{kind.capitalize()} must {verb} {rule}"
    return {"type": kind, "inclusive": inclusive, "exact": False, "message": message, "path": []}


def _type_name(value: object) -> str:
    """A value's type in JavaScript's words."""
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array"}
    return "null" if value is None else names.get(type(value), "object")
