"""The words of a song, and the mode that they need. Pure.

The meaning of `prompt` hangs on the mode (MusicAPI's Sonic instructions): in custom mode it is
the lyrics, and in description mode `gpt_description_prompt` describes the song. With
`auto_lyrics`, which is of custom mode, it is a brief for lyrics, and a title and a style that
are given are used as they are (seen live, 2026-07).

    lyrics                                    custom: they are sung; prompt and style are tags
    prompt, and a title or a style            custom with auto_lyrics, where the request has it
    prompt                                    description
    neither (an extension, a cover)           custom if there is a title or a style
"""

from __future__ import annotations

import msgspec

from segue.tasks import Generate, Task
from segue_musicapi.sonic_tasks import Mashup, Sample

WORDS = {
    "prompt": "gpt_description_prompt",
    "lyrics": "prompt",
    "instrumental": "make_instrumental",
    "title": "title",
    "style": "tags",
    "negative_style": "negative_tags",
    "vocal_gender": "vocal_gender",
    "voice": "persona_id",
    "at": "continue_at",
    "closeness": "audio_weight",
    "variation": "variation_category",
}
"""A field of a task's, and sonic's name for it, where each has one."""

AUTO_LYRICS = (Generate, Mashup, Sample)
"""The tasks whose requests take `auto_lyrics` and make a whole song."""

_GENDERS = {"female": "f", "male": "m"}


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a task, as far as it has such fields."""

    prompt: str | None = None
    lyrics: str | None = None
    instrumental: bool | None = None
    title: str | None = None
    style: str | None = None
    negative_style: str | None = None
    vocal_gender: str | None = None
    closeness: float | None = None

    @classmethod
    def of(cls, task: Task) -> Words:
        """Those of a task."""
        return cls(**{name: getattr(task, name, None) for name in cls.__struct_fields__})

    @property
    def tags(self) -> str | None:
        """How it should sound, where the lyrics take the prompt's place: prompt and style."""
        return ", ".join(filter(None, (self.prompt, self.style))) or None


def song(task: Task) -> dict[str, object]:
    """The mode and the words of a new song, and its model."""
    words = Words.of(task)
    if words.lyrics is not None:
        mode = {"custom_mode": True, "prompt": words.lyrics, "tags": words.tags}
    elif writes_lyrics(task, words):
        brief = {"prompt": words.prompt, "tags": words.style}
        mode = {"custom_mode": True, "auto_lyrics": True, **brief}
    elif words.prompt is not None:
        described = {"gpt_description_prompt": words.prompt, "tags": words.style}
        mode = {"custom_mode": False, **described}
    else:
        mode = {"custom_mode": bool(words.style or words.title), "tags": words.style}
    return {**mode, **sound(words), "mv": task.model}


def writes_lyrics(task: Task, words: Words) -> bool:
    """Whether the prompt is a brief for lyrics, so that title and style are used as given."""
    brief_only = words.prompt is not None and words.lyrics is None and not words.instrumental
    return brief_only and isinstance(task, AUTO_LYRICS) and bool(words.style or words.title)


def sound(words: Words) -> dict[str, object]:
    """What goes with any mode."""
    return {
        "title": words.title,
        "negative_tags": words.negative_style,
        "make_instrumental": words.instrumental,
        "vocal_gender": _GENDERS.get(words.vocal_gender or ""),
        "audio_weight": words.closeness,
    }
