"""Read tasks from a file: a prompt on each line, or a JSON object with fields.

Either all lines are JSON, or none. Empty lines and text lines that begin with `#` are skipped.
The whole file is read and validated before the first job is submitted.
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
"""Keys of a JSON line that are no fields of the task: the backend, and where to save."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file: its number and task, and its own backend and destination, if any."""

    number: int
    task: Generate
    backend: tuple[str, ...] = ()
    to: str | None = None


def read(source: str, common: Mapping[str, Any]) -> list[Line]:
    """The lines of a file, `-` for standard input; `common` are fields for all of them.

    Raises `BadParameter` with the number of the first invalid line.
    """
    text = fields.read_text("@-" if source == "-" else f"@{source}", option="--from")
    numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in numbered if line and not line.startswith("#")]
    if not lines:
        raise _invalid(source, None, "no prompts")
    as_json = lines[0][1].startswith("{")
    return [_line(source, number, line, common, as_json=as_json) for number, line in lines]


def _line(source: str, number: int, text: str, common: Mapping[str, Any], *, as_json: bool) -> Line:
    given = _object(source, number, text) if as_json else {"prompt": text}
    for key in given:
        if key not in GenerateFields.__annotations__ and key not in _OWN:
            known = [*GenerateFields.__annotations__, *_OWN]
            raise _invalid(source, number, f"unknown key {key!r}; {suggestion(key, known)}")
    own = {key: given.pop(key) for key in _OWN if key in given}
    music = {**common, **{key: value for key, value in given.items() if value is not None}}
    if "prompt" not in music:
        raise _invalid(source, number, "no prompt")
    task = Generate(**music)
    for problem in invalid_fields(task):
        raise _invalid(source, number, str(problem))
    return Line(number=number, task=task, **dict(_own_values(source, number, own)))


def _object(source: str, number: int, text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        why = (
            "not a JSON object" if text.startswith("{") else "not JSON, but the lines before it are"
        )
        raise _invalid(source, number, why) from error


def _own_values(source: str, number: int, own: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    backend, to = own.get("backend"), own.get("to")
    if backend is not None:
        several = [backend] if isinstance(backend, str) else backend
        if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
            raise _invalid(source, number, "backend must be 'provider/model', or a list of them")
        yield "backend", tuple(several)
    if to is not None:
        if not isinstance(to, str) or not to:
            raise _invalid(source, number, "to must be the name of a file or folder")
        yield "to", to


def _invalid(source: str, number: int | None, what: str) -> BadParameter:
    name = "standard input" if source == "-" else source
    where = name if number is None else f"{name}, line {number}"
    return BadParameter(f"{where}: {what}", param_hint="--from")
