"""Reading what to make from a file: a prompt on each line, or a JSON object with fields.

A file is all JSON lines, or none of it. Empty lines, and lines of a text that begin with `#`, are
passed over. Everything is read and checked before the first job is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from typer import BadParameter

from segue._data.suggestions import suggestion
from segue._session.keywords import GenerateFields
from segue.cli import fields
from segue.tasks import Generate, invalid_fields

_OWN = ("backend", "to")
"""Keys of a JSON line that are no fields of the music: who makes it, and where it goes."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file: its number, the task, and what it says of backend and place."""

    number: int
    task: Generate
    backend: tuple[str, ...] = ()
    to: str | None = None


def read(source: str, common: Mapping[str, Any]) -> list[Line]:
    """The lines of a file, `-` for the standard input; `common` are fields for all of them.

    Raises `BadParameter` with the number of the first line that cannot be used.
    """
    text = fields.words("@-" if source == "-" else f"@{source}")
    numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in numbered if line and not line.startswith("#")]
    if not lines:
        raise _wrong(source, None, "there is no prompt in it")
    as_json = lines[0][1].startswith("{")
    return [_line(source, number, line, common, as_json=as_json) for number, line in lines]


def _line(source: str, number: int, text: str, common: Mapping[str, Any], *, as_json: bool) -> Line:
    told = _object(source, number, text) if as_json else {"prompt": text}
    for key in told:
        if key not in GenerateFields.__annotations__ and key not in _OWN:
            known = [*GenerateFields.__annotations__, *_OWN]
            raise _wrong(source, number, f"unknown key {key!r}; {suggestion(key, known)}")
    own = {key: told.pop(key) for key in _OWN if key in told}
    music = {**common, **{key: value for key, value in told.items() if value is not None}}
    if "prompt" not in music:
        raise _wrong(source, number, "it has no prompt")
    task = Generate(**music)
    for problem in invalid_fields(task):
        raise _wrong(source, number, str(problem))
    return Line(number=number, task=task, **dict(_placed(source, number, own)))


def _object(source: str, number: int, text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        why = "it is not a JSON object" if text.startswith("{") else "the lines before it are JSON"
        raise _wrong(source, number, why) from error


def _placed(source: str, number: int, own: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    backend, to = own.get("backend"), own.get("to")
    if backend is not None:
        several = [backend] if isinstance(backend, str) else backend
        if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
            raise _wrong(source, number, "backend is 'provider/model', or a list of them")
        yield "backend", tuple(several)
    if to is not None:
        if not isinstance(to, str) or not to:
            raise _wrong(source, number, "to is the name of a file or folder")
        yield "to", to


def _wrong(source: str, number: int | None, what: str) -> BadParameter:
    name = "the standard input" if source == "-" else source
    where = name if number is None else f"{name}, line {number}"
    return BadParameter(f"{where}: {what}", param_hint="--from")
