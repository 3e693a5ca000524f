"""Mutations of good responses: unknown words, unknown fields, dropped and changed values. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from segue.flow import Reply
from segue.testing.kit.playing import Answer

Path: TypeAlias = tuple[str | int, ...]
"""The path to a value in a JSON document."""

WORD = "nobody-knows-this-word"
_WORDLIKE = re.compile(r"[A-Za-z][A-Za-z _-]*")


def document(answer: Answer) -> object:
    """The JSON of a response; None where it has none."""
    if not isinstance(answer, Reply) or not answer.body:
        return None
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, object]]:  # noqa: ANN401 - JSON
    """Every value in a document that is neither an object nor a list, and its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*path, at))
    else:
        yield path, value


def texts(answer: Answer) -> list[Path]:
    """The paths of every text of a response."""
    return [path for path, leaf in leaves(document(answer)) if isinstance(leaf, str) and path]


def words_apart(one: Answer, other: Answer) -> list[Path]:
    """The paths of the words in which two responses differ, the status word among them. Empty where
    a boolean differs, too."""
    ours, theirs = dict(leaves(document(one))), dict(leaves(document(other)))
    apart = [path for path, leaf in ours.items() if path in theirs and theirs[path] != leaf]
    if any(isinstance(ours[path], bool) for path in apart):
        return []
    return [path for path in apart if _word(ours[path]) and _word(theirs[path])]


def changed(answer: Reply, changes: Mapping[Path, object]) -> Reply:
    """The response with other values at these paths."""
    whole: Any = copy.deepcopy(document(answer))
    for path, value in changes.items():
        *above, last = path
        inner = whole
        for step in above:
            inner = inner[step]
        inner[last] = value
    return msgspec.structs.replace(answer, body=msgspec.json.encode(whole))


def dropped(answer: Reply, path: Path) -> Reply:
    """The response without the value at this path."""
    whole: Any = copy.deepcopy(document(answer))
    *above, last = path
    inner = whole
    for step in above:
        inner = inner[step]
    del inner[last]
    return msgspec.structs.replace(answer, body=msgspec.json.encode(whole))


def extended(answer: Answer) -> Answer:
    """The response with an unknown field in each of its objects."""
    whole = document(answer)
    if not isinstance(answer, Reply) or whole is None:
        return answer
    return msgspec.structs.replace(answer, body=msgspec.json.encode(_more(whole)))


def everywhere(answers: tuple[Answer, ...], change: Callable[[Answer], Answer]) -> list[Answer]:
    """All responses, changed."""
    return [change(answer) for answer in answers]


def _more(value: object) -> object:
    if isinstance(value, dict):  # one of numbers only may be a table, such as amounts by currency
        figures = value and all(isinstance(inner, int | float) for inner in value.values())
        news = 1 if figures else {"a": [1]}
        return {**{name: _more(inner) for name, inner in value.items()}, "kit_news": news}
    return [_more(inner) for inner in value] if isinstance(value, list) else value


def _word(value: object) -> bool:
    return isinstance(value, str) and _WORDLIKE.fullmatch(value) is not None
