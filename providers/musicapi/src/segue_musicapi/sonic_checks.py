"""Why sonic would refuse a task: every reason, before anything is spent. Pure.

Lengths are in characters, by MusicAPI's Sonic instructions and OpenAPI file; those of v5-5 and
the longer tags of v4-5 and later were seen live (2026-07). What `extra` overrides is not
validated, except the weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from segue.tasks import Cover, Extend, Generate, Problem, Replace, Source, Stems, Task, Upload
from segue_musicapi import orders
from segue_musicapi.orders import addressed, lacking, source_problems, too_long, wrong
from segue_musicapi.sonic_tasks import (
    AddInstrumental,
    AddVocals,
    Concat,
    CreateVoice,
    Mashup,
    Remaster,
    Sample,
)
from segue_musicapi.sonic_words import WORDS, Words, writes_lyrics

OLD = ("sonic-v3-5", "sonic-v4")
MODELS = (*OLD, "sonic-v4-5", "sonic-v4-5-plus", "sonic-v5", "sonic-v5-5")
FAMILIES = ("sonic", "suno")
"""Whose clips sonic knows: suno is another name for it."""

MODELLESS = (Concat, CreateVoice, Stems, Upload)
"""The tasks whose requests name no model."""

TITLE, DESCRIPTION, NEGATIVE = 80, 400, 200
_WEIGHTS = ("style_weight", "weirdness_constraint", "audio_weight")


def lyrics_limit(model: str | None) -> int:
    """How long lyrics, or a brief for them, may be."""
    return 3000 if model in OLD else 5000


def tags_limit(task: Task) -> int:
    """How long a style may be: of a mashup and a sample, the OpenAPI file says 200."""
    return 200 if task.model in OLD or isinstance(task, Mashup | Sample) else 1000


def problems(task: Task) -> list[Problem]:
    """Every reason why sonic would refuse the task."""
    rules = (_model, _sources, _texts, _voices, _spans, _extra)
    return list(chain.from_iterable(rule(task) for rule in rules))


def _model(task: Task) -> Iterator[Problem]:
    known = f"sonic's models are {', '.join(MODELS)}"
    if isinstance(task, MODELLESS) or "mv" in orders.extra_of(task):
        return
    if task.model not in MODELS:
        yield wrong("model", task.model, known)
    elif isinstance(task, Replace) and task.model == "sonic-v3-5":
        yield wrong("model", task.model, "sonic replaces parts with sonic-v4 and later")
    if isinstance(task, Remaster) and task.variation and task.model != "sonic-v5":
        yield lacking("variation", task.variation, "only sonic-v5 takes one")


def _sources(task: Task) -> Iterator[Problem]:
    who = f"sonic's {type(task).__name__}"
    match task:
        case Upload() | CreateVoice():
            yield from addressed(task.source, who)
        case Mashup():
            for field, source in (("first", task.first), ("second", task.second)):
                yield from source_problems(source, who, families=FAMILIES, field=field)
        case _:
            of: object = getattr(task, "source", None)
            if isinstance(of, Source):
                yield from source_problems(of, who, families=FAMILIES, url=_fetches(task))


def _fetches(task: Task) -> bool:
    """Whether the request takes an address: one with an upload in it, or a sample."""
    return type(task) in (Extend, Cover, Sample)


def _texts(task: Task) -> Iterator[Problem]:
    if isinstance(task, Replace):
        yield from _infill(task)
        return
    words, who = Words.of(task), f"sonic's {type(task).__name__}"
    tags = words.tags if words.lyrics is not None else words.style
    many, most = lyrics_limit(task.model), DESCRIPTION
    if writes_lyrics(task, words):
        most = many
    yield from too_long("title", words.title, TITLE, who)
    yield from too_long("negative_style", words.negative_style, NEGATIVE, who)
    yield from too_long("lyrics", words.lyrics, many, f"{task.model or 'sonic'}")
    if words.lyrics is None:
        yield from too_long("prompt", words.prompt, most, who)
    if tags is not None:
        field = "style" if words.style else "prompt"
        what = "prompt and style together" if tags != words.style else "style"
        yield from too_long(field, tags, tags_limit(task), f"{who}, as {what},")
    if words.lyrics is not None and words.instrumental:
        yield wrong("instrumental", True, "lyrics are sung; set one of the two")


def _infill(task: Replace) -> Iterator[Problem]:
    yield from too_long("prompt", task.prompt, 5000, "sonic's Replace")
    yield from too_long("lyrics", task.lyrics, 3000, "sonic's Replace")
    yield from too_long("style", task.style, 1000, "sonic's Replace")


def _voices(task: Task) -> Iterator[Problem]:
    gender = getattr(task, "vocal_gender", None)
    if gender is not None and task.model in OLD:
        yield lacking("vocal_gender", gender, "only sonic-v4-5 and later take one")
    if gender is not None and getattr(task, "instrumental", None):
        yield wrong("vocal_gender", gender, "an instrumental has no singer; set one of the two")
    if isinstance(task, Generate) and task.voice is not None and task.instrumental:
        yield wrong("voice", task.voice, "an instrumental has no singer; set one of the two")


def _spans(task: Task) -> Iterator[Problem]:
    needs_at = isinstance(task, Extend) and task.source.url is None and task.at is None
    if needs_at and "continue_at" not in orders.extra_of(task):
        yield wrong(
            "at", None, "sonic needs the second to continue from, such as the song's length"
        )
    if isinstance(task, Replace | Sample | AddVocals | AddInstrumental):
        start, end = task.start or 0.0, task.end
        if end is not None and end <= start:
            yield wrong("end", end, f"it must be later than start, {start:g}")


def _extra(task: Task) -> Iterator[Problem]:
    extra = orders.extra_of(task)
    words = dict(WORDS)
    if writes_lyrics(task, Words.of(task)):
        words["prompt"] = "prompt"
    elif isinstance(task, Replace):
        words |= {"prompt": "prompt", "lyrics": "infill_lyrics"}
    yield from orders.repeated(task, words)
    for name in _WEIGHTS:
        value = extra.get(name)
        if value is not None and not (_is_number(value) and 0 <= float(str(value)) <= 1):
            yield wrong(f"extra.{orders.NAME}.{name}", value, "a number from 0 to 1")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
