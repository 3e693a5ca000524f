"""Good answers, changed a little: words that nobody knows, fields that nobody knows, and other
mutations of their JSON. Pure.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from segue.flow import Reply
from segue.testing.kit.playing import Answer

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value in a JSON document."""

WORD = "nobody-knows-this-word"
_WORDLIKE = re.compile(r"[A-Za-z][A-Za-z _-]*")


def document(answer: Answer) -> object:
    """The JSON of an answer; None where it has none."""
    if not isinstance(answer, Reply) or not answer.body:
        return None
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, object]]:  # noqa: ANN401 - JSON
    """Every value in a document that is neither an object nor a list, and the way to it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*path, at))
    else:
        yield path, value


def texts(answer: Answer) -> list[Path]:
    """The ways to every text of an answer."""
    return [path for path, leaf in leaves(document(answer)) if isinstance(leaf, str) and path]


def words_apart(one: Answer, other: Answer) -> list[Path]:
    """The ways to the words in which two answers differ: the status word is among them, if they
    are told apart by a word. None where a switch tells them apart, too."""
    ours, theirs = dict(leaves(document(one))), dict(leaves(document(other)))
    apart = [path for path, leaf in ours.items() if path in theirs and theirs[path] != leaf]
    if any(isinstance(ours[path], bool) for path in apart):
        return []
    return [path for path in apart if _word(ours[path]) and _word(theirs[path])]


def changed(answer: Reply, changes: Mapping[Path, object]) -> Reply:
    """The answer with other values in these places."""
    whole: Any = copy.deepcopy(document(answer))
    for path, value in changes.items():
        *above, last = path
        inner = whole
        for step in above:
            inner = inner[step]
        inner[last] = value
    return msgspec.structs.replace(answer, body=msgspec.json.encode(whole))


def dropped(answer: Reply, path: Path) -> Reply:
    """The answer without the value in this place."""
    whole: Any = copy.deepcopy(document(answer))
    *above, last = path
    inner = whole
    for step in above:
        inner = inner[step]
    del inner[last]
    return msgspec.structs.replace(answer, body=msgspec.json.encode(whole))


def extended(answer: Answer) -> Answer:
    """The answer with a field more in each of its objects."""
    whole = document(answer)
    if not isinstance(answer, Reply) or whole is None:
        return answer
    return msgspec.structs.replace(answer, body=msgspec.json.encode(_more(whole)))


def everywhere(answers: tuple[Answer, ...], change: Callable[[Answer], Answer]) -> list[Answer]:
    """All answers, changed."""
    return [change(answer) for answer in answers]


def _more(value: object) -> object:
    if isinstance(value, dict):  # one of numbers only may be a table, such as amounts by currency
        figures = value and all(isinstance(inner, int | float) for inner in value.values())
        news = 1 if figures else {"a": [1]}
        return {**{name: _more(inner) for name, inner in value.items()}, "kit_news": news}
    return [_more(inner) for inner in value] if isinstance(value, list) else value


def _word(value: object) -> bool:
    return isinstance(value, str) and _WORDLIKE.fullmatch(value) is not None
