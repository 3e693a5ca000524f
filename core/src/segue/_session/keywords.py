"""The fields of `Generate` as keywords of a client's methods. Pure.

    client.generate_and_wait("lofi, rainy night", duration=30, bpm=90)

`GenerateFields` types them for type checkers and editors; a test compares it with `Generate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypedDict

from segue._data.suggestions import nearest
from segue._tasks.construction import UnknownKeyword
from segue.errors import InvalidTask
from segue.tasks import Generate, Task

SUBMIT = (
    "to",
    "overwrite",
    "unsupported",
    "max_cost",
    "label",
    "labels",
    "key",
    "backend",
    "budgets",
)
"""The options of `submit`, for suggestions."""

WAIT = (
    *SUBMIT,
    "keep_original",
    "tags",
    "timeout",
    "patience",
    "on_update",
    "on_progress",
)
"""The options of `generate_and_wait`."""

_NOTHING = "nothing was sent and nothing was spent"
_ELSEWHERE = {
    "model": "name it behind the slash of the backend: 'provider/model'",
    "timeout": "it belongs to generate_and_wait and to job.wait",
    "keep_original": "it belongs to generate_and_wait and to job.download",
    "tags": "it belongs to generate_and_wait and to job.download",
    "patience": "it belongs to generate_and_wait and to job.wait",
    "on_update": "it belongs to generate_and_wait and to job.wait",
    "on_progress": "it belongs to generate_and_wait and to job.download",
}


class GenerateFields(TypedDict, total=False):
    """The fields of `segue.Generate`, all optional; `prompt` is the prompt, where it is not the
    first argument."""

    prompt: str
    lyrics: str | None
    instrumental: bool | None
    duration: float | None
    title: str | None
    style: str | None
    negative_style: str | None
    voice: str | None
    vocal_gender: Literal["female", "male"] | None
    language: str | None
    speed: float | None
    bpm: float | None
    seed: int | None
    loop: bool | None
    extra: Mapping[str, Mapping[str, object]]


def wanted(
    task: Task | str | None, fields: Mapping[str, object], *, options: Iterable[str] = ()
) -> Task | str:
    """Make a task from a prompt and fields, or return the task itself where no field is given.

    Raises `UnknownKeyword` with the nearest name of a field or of one of `options`, and
    `InvalidTask` where a prompt is missing, or fields are given beside a whole task.
    """
    for name in fields:
        if name not in GenerateFields.__annotations__:
            raise _unknown(name, options)
    if isinstance(task, Task) and fields:
        raise InvalidTask(
            f"{' and '.join(fields)} cannot be given beside a {type(task).__name__}",
            advice=f"write it into the task; {_NOTHING}",
        )
    if isinstance(task, str) and "prompt" in fields:
        raise InvalidTask("the prompt is given twice", advice=f"leave one out; {_NOTHING}")
    if task is None and "prompt" not in fields:
        raise InvalidTask(
            "there is no prompt",
            advice=f"say what the music should be like, such as 'lofi, rainy night'; {_NOTHING}",
        )
    if not fields or not isinstance(task, str | None):
        return task or ""
    given = fields if task is None else {"prompt": task, **fields}
    return Generate(**given)  # type: ignore[arg-type] # values are checked before a job is sent


def _unknown(name: str, options: Iterable[str]) -> UnknownKeyword:
    known = [*GenerateFields.__annotations__, *options]
    close = nearest(name, known)
    if name in _ELSEWHERE:
        advice = _ELSEWHERE[name]
    elif close is not None:
        advice = f"did you mean {close!r}?"
    else:
        advice = f"known are {', '.join(known)}"
    return UnknownKeyword(f"there is no keyword {name!r}", advice=f"{advice} ({_NOTHING})")
