"""What the Venice models behind the marketplace are known to refuse, before anything is sent. Pure.

The marketplace lists their names and prices, and nothing of what they take, so that a length
that Venice refuses is priced here and fails only with the seller. The limits below are those
that Venice's own pages and live rows name (Venice's audio skill, its model pages and its
catalogue, 2026-04 to 2026-10). Only models of whom something is known are in it, and only that:
what a model is not listed for is left to the seller. What is passed on by `extra` is not
checked, so that a limit which has moved since can be got round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from segue.tasks import Problem, Task
from segue_marketplace import discount

_LEGACY = {"venice-music-gen": "venice-ace-step-15"}
"""The old name of ACE-Step (the marketplace's music page)."""

PREFIX = "venice-"
"""How the names of models that Venice makes begin."""

CONTAINERS = ("mp3", "wav", "flac")
"""What Venice's queue of audio answers with (Venice's OpenAPI file)."""

SHORTEST_PROMPT = 10
"""The least characters of a prompt at Venice, where a model names no other number."""

NEEDED_LYRICS = 10
"""The least characters of lyrics of the MiniMax models that sing, unless instrumental."""


class Takes(msgspec.Struct, frozen=True, kw_only=True):
    """What one model takes. `seconds` are the lengths to choose from, `shortest` and `longest`
    a range; `fixed` says that it takes no length at all. None is not known."""

    seconds: tuple[int, ...] = ()
    shortest: int | None = None
    longest: int | None = None
    fixed: bool = False
    prompt: int | None = None
    lyrics: int | None = None
    sings: bool | None = None
    needs_lyrics: bool = False
    instrumental: bool | None = None


MODELS: Mapping[str, Takes] = {
    "venice-ace-step-15": Takes(
        seconds=(60, 90, 120, 150, 180, 210), prompt=512, lyrics=4096, instrumental=False
    ),
    "venice-elevenlabs-music": Takes(shortest=3, longest=600, instrumental=True),
    "venice-minimax-music-v2": Takes(fixed=True, needs_lyrics=True),
    "venice-minimax-music-v25": Takes(
        fixed=True, lyrics=3500, needs_lyrics=True, instrumental=True
    ),
    "venice-minimax-music-v26": Takes(fixed=True, needs_lyrics=True, instrumental=True),
    "venice-stable-audio-25": Takes(shortest=5, longest=190),
    "venice-elevenlabs-sound-effects-v2": Takes(shortest=1, longest=22),
    "venice-mmaudio-v2-text-to-audio": Takes(shortest=1, longest=30),
    "venice-sonilo-v1-1-sound-effects": Takes(longest=180),
    "venice-seed-audio-1-0": Takes(fixed=True),
}


def problems(task: Task) -> Iterator[Problem]:
    """Every reason why the model behind the task's name would refuse it, as far as is known."""
    name = discount.model_of(task.model)
    takes = MODELS.get(_LEGACY.get(name, name))
    if takes is None:
        return
    for field, allowed, lacking in (
        *_length(takes, getattr(task, "duration", None)),
        *_prompt(takes, getattr(task, "prompt", "")),
        *_words(takes, task),
    ):
        value = getattr(task, field)
        yield Problem(field=field, value=value, allowed=f"{name} {allowed}", unsupported=lacking)


def _length(takes: Takes, duration: float | None) -> Iterator[tuple[str, str, bool]]:
    if duration is None:
        return
    if takes.fixed:
        yield "duration", "chooses its length itself", True
    elif takes.seconds and duration not in takes.seconds:
        yield "duration", f"takes one of {', '.join(map(str, takes.seconds))} seconds", False
    elif duration < (takes.shortest or 0) or (takes.longest and duration > takes.longest):
        yield "duration", f"takes {takes.shortest or 1} to {takes.longest} seconds", False


def _prompt(takes: Takes, prompt: str) -> Iterator[tuple[str, str, bool]]:
    length = len(prompt.strip())
    if length < SHORTEST_PROMPT:
        yield "prompt", f"needs at least {SHORTEST_PROMPT} characters, not {length}", False
    if takes.prompt is not None and length > takes.prompt:
        yield "prompt", f"takes at most {takes.prompt} characters, not {length}", False


def _words(takes: Takes, task: Task) -> Iterator[tuple[str, str, bool]]:
    lyrics, instrumental = getattr(task, "lyrics", None), getattr(task, "instrumental", None)
    length = len((lyrics or "").strip())
    if instrumental and takes.instrumental is False:
        yield "instrumental", "has no such option", True
    if takes.lyrics is not None and length > takes.lyrics:
        yield "lyrics", f"takes at most {takes.lyrics} characters, not {length}", False
    if takes.needs_lyrics and length < NEEDED_LYRICS and not (instrumental and takes.instrumental):
        either = ", or instrumental=true" if takes.instrumental else ""
        yield "lyrics", f"needs at least {NEEDED_LYRICS} characters of lyrics{either}", False
