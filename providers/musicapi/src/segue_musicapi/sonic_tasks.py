"""The tasks that only sonic has. `sonic.py` maps them to MusicAPI's names.

Core's tasks come first where they fit: `Generate`, `Extend`, `Cover`, `Replace`, `Stems`,
`Upload`. Every other field of MusicAPI's goes through `extra={"musicapi": {...}}`.
"""

from __future__ import annotations

from typing import Literal

from segue.tasks import Cover, Extend, Positive, Seconds, Source, Task, Text, Weight


class Concat(Task, frozen=True, kw_only=True, tag="musicapi-concat"):
    """Join an extension to the song that it goes on with; `source` is the extension's track."""

    source: Source


class Remaster(Task, frozen=True, kw_only=True, tag="musicapi-remaster"):
    """Remaster a song. `variation` says how far it may go, of sonic-v5 only."""

    source: Source
    variation: Literal["subtle", "normal", "high"] | None = None


class AddInstrumental(Task, frozen=True, kw_only=True, tag="musicapi-add-instrumental"):
    """Play instruments to an uploaded voice, from `start` to `end` seconds if these are given."""

    source: Source
    start: Seconds | None = None
    end: Positive | None = None
    title: Text | None = None
    style: Text | None = None
    negative_style: Text | None = None
    closeness: Weight | None = None


class AddVocals(Task, frozen=True, kw_only=True, tag="musicapi-add-vocals"):
    """Sing `lyrics` to an uploaded instrumental, from `start` to `end` seconds if given."""

    source: Source
    lyrics: Text
    start: Seconds | None = None
    end: Positive | None = None
    title: Text | None = None
    style: Text | None = None
    negative_style: Text | None = None
    vocal_gender: Literal["female", "male"] | None = None
    closeness: Weight | None = None


class ExtendUpload(Extend, frozen=True, kw_only=True, tag="musicapi-extend-upload"):
    """Go on with a recording that was uploaded before; MusicAPI recommends `at=0.1`."""


class CoverUpload(Cover, frozen=True, kw_only=True, tag="musicapi-cover-upload"):
    """Play a recording that was uploaded before in another style."""


class CreateVoice(Task, frozen=True, kw_only=True, tag="musicapi-create-voice"):
    """Learn a voice from a public recording (mp3 or wav, more than 10 seconds, one clear
    speaker). The finished job's track is the voice: its id is what `Generate.voice` takes."""

    source: Source


class Mashup(Task, frozen=True, kw_only=True, tag="musicapi-mashup"):
    """Blend two songs into one."""

    first: Source
    second: Source
    prompt: Text | None = None
    lyrics: Text | None = None
    instrumental: bool | None = None
    title: Text | None = None
    style: Text | None = None
    negative_style: Text | None = None
    vocal_gender: Literal["female", "male"] | None = None
    closeness: Weight | None = None


class Sample(Task, frozen=True, kw_only=True, tag="musicapi-sample"):
    """Make a song around the part of a recording between `start` and `end` seconds; the source
    is a track, or an address."""

    source: Source
    start: Seconds
    end: Positive
    prompt: Text | None = None
    lyrics: Text | None = None
    instrumental: bool | None = None
    title: Text | None = None
    style: Text | None = None
    negative_style: Text | None = None
    vocal_gender: Literal["female", "male"] | None = None
    closeness: Weight | None = None
