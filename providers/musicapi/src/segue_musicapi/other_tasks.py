"""The tasks that only producer, riffusion and suno have. The families know MusicAPI's names.

Core's tasks come first where they fit: `Generate`, `Extend`, `Cover`, `Replace`, `Upload`;
`ExtendUpload` and `CoverUpload` are in `sonic_tasks.py`. Every other field of MusicAPI's goes
through `extra={"musicapi": {...}}`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from segue.tasks import Replace, Source, Task, Text, Weight

Brief = Annotated[str, Meta(min_length=1, max_length=119)]


class ReplaceUpload(Replace, frozen=True, kw_only=True, tag="musicapi-replace-upload"):
    """Regenerate a part of an uploaded recording: producer and riffusion."""


class Download(Task, frozen=True, kw_only=True, tag="musicapi-download"):
    """Have producer make a file of one of its clips, as mp3 or wav."""

    source: Source
    container: Literal["mp3", "wav"] | None = None


class SwapSound(Task, frozen=True, kw_only=True, tag="musicapi-swap-sound"):
    """Give a clip of riffusion's another sound. What else may change is not documented."""

    source: Source
    prompt: Text | None = None
    title: Text | None = None
    variation: Weight | None = None


class SwapVocals(Task, frozen=True, kw_only=True, tag="musicapi-swap-vocals"):
    """Give a clip of riffusion's other vocals. What else may change is not documented."""

    source: Source
    prompt: Text | None = None
    lyrics: Text | None = None
    title: Text | None = None
    variation: Weight | None = None


class SwapUploadSound(SwapSound, frozen=True, kw_only=True, tag="musicapi-swap-upload-sound"):
    """The same with a recording that was uploaded before."""


class SwapUploadVocals(SwapVocals, frozen=True, kw_only=True, tag="musicapi-swap-upload-vocals"):
    """The same with a recording that was uploaded before."""


class MakeLyrics(Task, frozen=True, kw_only=True, tag="musicapi-make-lyrics"):
    """Have the words of a song written, by suno's older way: a job whose file is a text.

    `WriteLyrics` is the newer way, and answers at once.
    """

    prompt: Brief
