"""Validate a provider's class attributes. Pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from segue.provider import Cadence, Capabilities, Key, Limits, Provider
from segue.tasks import Task

_NAME = re.compile(r"[^\s/@,]+")


def misdeclared(provider: Provider | type[Provider]) -> str:
    """The fault of its declaration, as the end of `it …`; empty without one."""
    name = getattr(provider, "name", None)
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        return f"declares name = {name!r}: write one word, without /, @ and commas"
    if not isinstance(getattr(provider, "capabilities", None), Capabilities):
        return "does not declare its capabilities"
    if wrong := _odd_tasks(provider.capabilities.tasks):
        return f"declares capabilities.tasks {wrong}"
    if not isinstance(provider.key, Key | None):
        return f"declares key = {type(provider.key).__name__}: write Key(env=…), or None"
    for name in ("base_url", "retired", "licence"):
        if not isinstance(value := getattr(provider, name), str):
            return f"declares {name} = {value!r}: write a text, which may be empty"
    return _odd_pace(provider.cadence, provider.limits)


def _odd_tasks(tasks: object) -> str:
    if not isinstance(tasks, Mapping):
        return f"as {type(tasks).__name__}: map each task to the fields of it that are honoured"
    for kind, fields in tasks.items():
        if not (isinstance(kind, type) and issubclass(kind, Task)):
            return f"with {kind!r}, which is no task: write the class, such as Generate"
        if not isinstance(fields, frozenset | set | tuple | list):
            return f"with {fields!r} for {kind.__name__}: write a frozenset of its fields' names"
    return ""


def _odd_pace(cadence: object, limits: object) -> str:
    if not isinstance(cadence, Cadence):
        return f"declares cadence = {cadence!r}: write Cadence(first=…)"
    for name in cadence.__struct_fields__:
        if not _between(0, value := getattr(cadence, name)):
            return f"declares cadence.{name} = {value!r}: write a number, 0 or more"
    if not isinstance(limits, Limits):
        return f"declares limits = {limits!r}: write Limits(…)"
    for name in limits.__struct_fields__:
        value = getattr(limits, name)
        if value is not None and (not value or not _between(0, value)):
            return f"declares limits.{name} = {value!r}: write a number above 0, or leave it out"
    return ""


def _between(least: float, value: object) -> bool:
    return isinstance(value, int | float) and least <= value <= sys.maxsize  # what Python can count
