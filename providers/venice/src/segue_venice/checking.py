"""Why Venice would refuse a task: every reason, before anything is sent. Pure.

The rules are Venice's audio skill's (2026-10), applied to what the live catalogue publishes of
the model. What a row does not say is left for Venice to decide; so is everything when there
is no catalogue, or when the model is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from segue.provider import Model
from segue.tasks import Problem, Task
from segue_venice import wire
from segue_venice.catalogue import described, named, spec

SHORTEST_PROMPT = 10
"""Characters that a prompt needs where its model names no other number."""

LONGEST_LYRICS = 4096
SLOWEST, FASTEST = 0.25, 4.0
NEEDED_LYRICS = 10
"""Characters of lyrics that some MiniMax models need, unless another field replaces them."""

_STAND_INS = {
    "minimax-music-v25": ("force_instrumental", "lyrics_optimizer"),
    "minimax-music-v26": ("force_instrumental",),
}
_SWITCHES = ("force_instrumental", "lyrics_optimizer", "loop")
_OURS = {word: field for field, word in wire.FIELDS.items()}


class _Request(NamedTuple):
    """What would be sent, and what is known of the model that it would be sent to."""

    order: wire.Order
    spec: wire.Spec
    model: str
    known: bool

    def problem(self, word: str, allowed: str, *, unsupported: bool = False) -> Problem:
        value = getattr(self.order, word)
        return Problem(
            field=_OURS.get(word, f"extra.venice.{word}"),
            value=value,
            allowed=f"{self.model} {allowed}",
            unsupported=unsupported,
        )


def problems(task: Task, models: Sequence[Model] | None) -> list[Problem]:
    """Every reason why Venice would refuse the task."""
    found = [*_without_catalogue(task), *_misspelt(task, models)]
    if found:
        return found
    try:
        order = msgspec.convert(wire.queue(task), wire.Order, strict=False)
    except msgspec.ValidationError as error:
        return [Problem(field="extra", value=dict(task.extra["venice"]), allowed=str(error))]
    model = named(models, task.model)
    if model is None:
        return []
    if model.kind == "voice-changer":
        return [_changer(model)]
    published = spec(model)
    request = _Request(order, published, model.id, described(published))
    return [problem for rule in _RULES for problem in rule(request)]


def _without_catalogue(task: Task) -> Iterator[Problem]:
    if not task.model:
        yield Problem(
            field="model",
            value=task.model,
            allowed="name one; `segue models --backend venice` lists them",
        )
    extra, mapped = task.extra.get("venice", {}), wire.queue(_bare(task))
    for word in sorted(set(extra) & set(mapped)):
        yield Problem(
            field=f"extra.venice.{word}",
            value=extra[word],
            allowed=f"{_OURS.get(word, word)} is set already; set one of the two",
        )
    duration = getattr(task, "duration", None)
    if duration is not None and not float(duration).is_integer():
        yield Problem(field="duration", value=duration, allowed="Venice takes whole seconds")


def _bare(task: Task) -> Task:
    return msgspec.structs.replace(task, extra={})


def _misspelt(task: Task, models: Sequence[Model] | None) -> Iterator[Problem]:
    """A name that is right but for its case: Venice would not find it."""
    if named(models, task.model) is not None or not task.model:
        return
    for model in models or ():
        if model.id.lower() == task.model.lower():
            yield Problem(field="model", value=task.model, allowed=f"write it {model.id}")


def _changer(model: Model) -> Problem:
    return Problem(
        field="model",
        value=model.id,
        allowed="it changes the voice of a recording; Venice refuses it for new pieces",
    )


def _prompt(request: _Request) -> Iterator[Problem]:
    if not request.known:
        return
    length = len(request.order.prompt.strip())
    least, most = request.spec.min_prompt_length, request.spec.prompt_character_limit
    least = SHORTEST_PROMPT if least is None else least
    if length < least:
        yield request.problem("prompt", f"needs at least {least} characters, not {length}")
    if most is not None and length > most:
        yield request.problem("prompt", f"takes at most {most} characters, not {length}")


def _lyrics(request: _Request) -> Iterator[Problem]:
    order, published = request.order, request.spec
    lyrics = order.lyrics_prompt
    if lyrics is None or not lyrics.strip():
        yield from _missing_lyrics(request)
        return
    if published.supports_lyrics is False:
        yield request.problem("lyrics_prompt", "takes no lyrics", unsupported=True)
        return
    if order.lyrics_optimizer:
        yield request.problem("lyrics_prompt", "writes them itself when lyrics_optimizer is on")
    most = published.lyrics_character_limit or LONGEST_LYRICS
    if request.known and len(lyrics) > most:
        yield request.problem(
            "lyrics_prompt", f"takes at most {most} characters, not {len(lyrics)}"
        )
    if len(lyrics.strip()) < NEEDED_LYRICS and _needs_some(request):
        yield request.problem(
            "lyrics_prompt", f"needs at least {NEEDED_LYRICS} characters of lyrics"
        )


def _missing_lyrics(request: _Request) -> Iterator[Problem]:
    if request.spec.lyrics_required or request.model == "minimax-music-v2":
        yield request.problem("lyrics_prompt", "cannot do without lyrics")
    elif _needs_some(request):
        either = " or ".join(
            f"{_OURS.get(word, f'extra.venice.{word}')}=true" for word in _STAND_INS[request.model]
        )
        yield request.problem(
            "lyrics_prompt", f"needs at least {NEEDED_LYRICS} characters of lyrics, or {either}"
        )


def _needs_some(request: _Request) -> bool:
    """The condition that `lyrics_required` cannot express, for the models that have it."""
    stand_ins = _STAND_INS.get(request.model)
    return stand_ins is not None and not any(getattr(request.order, word) for word in stand_ins)


def _switches(request: _Request) -> Iterator[Problem]:
    """Venice refuses the mere presence of a switch that a model lacks, even when it is off."""
    for word in _SWITCHES:
        if (
            getattr(request.order, word) is None
            or getattr(request.spec, f"supports_{word}") is not False
        ):
            continue
        yield request.problem(word, "has no such option", unsupported=True)


def _duration(request: _Request) -> Iterator[Problem]:
    value, published = request.order.duration_seconds, request.spec
    if value is None or not request.known:
        return
    least, most = published.min_duration, published.max_duration
    if published.duration_options:
        if value not in published.duration_options:
            options = ", ".join(f"{option:g}" for option in published.duration_options)
            yield request.problem("duration_seconds", f"takes one of {options} seconds")
    elif least is None and most is None:
        yield request.problem("duration_seconds", "chooses its length itself", unsupported=True)
    elif value < (least or 0) or (most is not None and value > most):
        upper = f"to {most:g}" if most is not None else "or more"
        yield request.problem("duration_seconds", f"takes {least or 1:g} {upper} seconds")


def _voice(request: _Request) -> Iterator[Problem]:
    value, published = request.order.voice, request.spec
    if value is None or published.supports_custom_voice_id:
        return
    if published.voices and value not in published.voices:
        yield request.problem("voice", f"has the voices {', '.join(published.voices)}")
    elif request.known and not published.voices and published.default_voice is None:
        yield request.problem("voice", "has no voices to choose from", unsupported=True)


def _language(request: _Request) -> Iterator[Problem]:
    if request.order.language_code is not None and request.spec.supports_language_code is False:
        yield request.problem("language_code", "takes no language", unsupported=True)


def _speed(request: _Request) -> Iterator[Problem]:
    value, published = request.order.speed, request.spec
    if value is None:
        return
    if published.supports_speed is False:
        yield request.problem("speed", "takes no speed", unsupported=True)
        return
    least = published.min_speed if published.min_speed is not None else SLOWEST
    most = published.max_speed if published.max_speed is not None else FASTEST
    if not least <= value <= most:
        yield request.problem("speed", f"takes {least:g} to {most:g}")


_RULES = (_prompt, _lyrics, _switches, _duration, _voice, _language, _speed)
