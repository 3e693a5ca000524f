"""From core's tasks to briefs, and every reason why a task cannot be one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from segue.errors import NotFound
from segue.job import Ticket
from segue.tasks import Cover, Extend, Generate, Problem, Source, Stems, Task, asked
from segue_local.brief import Brief
from segue_local.metres import BEATS
from segue_local.reading import FASTEST, LONGEST, SHORTEST, SLOWEST
from segue_local.theory import parse_key
from segue_local.understand import understand

Order: TypeAlias = Generate | Extend | Cover | Stems
"""The tasks that the composer takes."""

SHEETS = ("midi", "chords")
"""What can be had besides the sound."""
_WORDS = ("key", "genre", "metre")
_SHARED = ("prompt", "duration", "style", "negative_style", "title", "closeness")
_OWN: dict[type[Task], tuple[str, ...]] = {
    Generate: (*_WORDS, "assets"), Extend: ("assets",), Cover: (*_WORDS, "assets"), Stems: (),
}  # fmt: skip


def brief_of(task: Task, drawn: int) -> Brief:
    """The brief that a task is; `drawn` is its seed if it brings none."""
    match task:
        case Generate():
            brief = Brief(prompt=task.prompt, bpm=task.bpm, loop=bool(task.loop))
        case Extend():
            brief = Brief(continues=remembered(_ticket(task.source)), at=task.at)
        case Cover():
            brief = Brief(covers=remembered(_ticket(task.source)))
        case Stems():
            return remembered(_ticket(task.source))
        case _:
            raise TypeError(f"the offline composer cannot do {type(task).__name__}")
    seed = drawn if task.seed is None else task.seed
    return msgspec.structs.replace(brief, **{**_fields(task), "seed": seed})


def _fields(task: Task) -> dict[str, object]:
    """What a task and its options say in a brief's own fields."""
    own = task.extra.get("local", {})
    said = {name: own.get(name) for name in _WORDS if isinstance(own.get(name), str)}
    return {name: value for name, value in asked(task).items() if name in _SHARED} | said


def remembered(ticket: Ticket) -> Brief:
    """The brief in a ticket; raises `NotFound` where there is none."""
    try:
        return msgspec.convert(ticket.state.get("brief"), Brief)
    except msgspec.ValidationError as error:
        raise NotFound(f"this ticket holds no piece of the offline composer: {error}") from error


def sheets(task: Task) -> tuple[str, ...]:
    """The files besides the sound that were asked for."""
    wanted = task.extra.get("local", {}).get("assets", ())
    return tuple(name for name in SHEETS if isinstance(wanted, list | tuple) and name in wanted)


def problems(task: Task) -> Iterator[Problem]:
    """Every reason why a task would be refused."""
    if task.model not in (None, "composer"):
        yield Problem(field="model", value=task.model, allowed="the backend is just 'local'")
    if getattr(task, "instrumental", None) is False:
        allowed = "the offline composer has no voices, so everything is instrumental"
        yield Problem(field="instrumental", value=False, allowed=allowed, unsupported=True)
    yield from _ranges(task)
    yield from _own(task)
    if isinstance(task, Extend | Cover | Stems):
        yield from _source(task)


def _ranges(task: Task) -> Iterator[Problem]:
    limits = {
        "duration": (SHORTEST, LONGEST, "seconds"),
        "bpm": (SLOWEST, FASTEST, "beats a minute"),
    }
    for field, (low, high, unit) in limits.items():
        value = getattr(task, field, None)
        if value is not None and not low <= value <= high:
            yield Problem(field=field, value=value, allowed=f"{low:g} to {high:g} {unit}")


def _own(task: Task) -> Iterator[Problem]:
    """What is wrong with `extra["local"]`."""
    taken = _OWN.get(type(task), ())
    for name, value in task.extra.get("local", {}).items():
        if allowed := _refusal(name, value, taken):
            yield Problem(field=f"extra.local.{name}", value=value, allowed=allowed)


def _refusal(name: str, value: object, taken: tuple[str, ...]) -> str:
    """Why an option of the composer's own would be refused; empty if it would not."""
    if name not in taken:
        return f"it takes {', '.join(taken) or 'nothing here'}"
    if name == "assets":
        known = isinstance(value, list | tuple) and all(one in SHEETS for one in value)
        return "" if known else f"a list of {', '.join(SHEETS)}"
    if not isinstance(value, str):
        return "words, such as 'D minor'"
    if name == "metre" and value not in BEATS:
        return ", ".join(BEATS)
    return _key_refusal(value) if name == "key" else ""


def _key_refusal(text: str) -> str:
    try:
        parse_key(text)
    except ValueError as error:
        return str(error)
    return ""


def _source(task: Extend | Cover | Stems) -> Iterator[Problem]:
    """The music that is to be worked on must be a piece of this composer, known by its ticket."""
    ticket, allowed = task.source.ticket, "the ticket of a piece that the offline composer made"
    if task.source.url is not None:
        yield Problem(field="source.url", value=task.source.url, allowed=allowed)
    if task.source.track not in (None, "1"):
        yield Problem(field="source.track", value=task.source.track, allowed="its only track, '1'")
    if ticket is None or ticket.provider != "local":
        value = None if ticket is None else ticket.provider
        yield Problem(field="source.ticket", value=value, allowed=allowed)
        return
    try:
        origin = understand(remembered(ticket))
    except (NotFound, ValueError) as error:
        yield Problem(field="source.ticket", value=ticket.id, allowed=f"{allowed}: {error}")
        return
    if isinstance(task, Extend) and task.at is not None and task.at > origin.duration:
        allowed = f"0 to {origin.duration:g} seconds, where the piece ends"
        yield Problem(field="at", value=task.at, allowed=allowed)


def _ticket(source: Source) -> Ticket:
    if source.ticket is None:
        raise NotFound("the offline composer works on its own pieces: name one by its ticket")
    return source.ticket
