"""Queries of vendors of speech: text to speech, transcription and voices.

Nothing here is specific to a vendor. Only `Speak` results in a file, or a stream.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from segue.job import Saved
from segue.tasks import Query

Gender = Literal["female", "male", "unknown"]


class Speak(Query[Saved], frozen=True, kw_only=True, tag="speak"):
    """Read `text` aloud. `client.ask` writes it to the file `to`, and returns when that is
    complete; `client.stream` yields its bytes as they come.

    `style` are words for emotion and delivery, `language` a hint in the model's notation, `speed` a
    factor. `format` is the container; the default is the extension of `to`. A text of more than
    `segment` characters is split at the ends of sentences, and each piece is a separate request. A
    file requests `at_once` of them at a time, joined in order; a stream requests each when the one
    before it has been read, so what is not read is not paid for.
    """

    text: str
    to: str | Path | None = None
    model: str | None = None
    voice: str | None = None
    language: str | None = None
    speed: float | None = None
    style: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    format: str | None = None
    segment: int = 4000
    at_once: int = 4
    overwrite: bool = False

    @property
    def segments(self) -> list[str]:
        """The pieces into which the text is split."""
        return split(self.text, self.segment)

    @property
    def spends(self) -> int:
        """The number of requests, each of which is paid for."""
        return max(len(self.segments), 1)


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice of one model. `region` is a letter, for vendors that state it."""

    id: str
    model: str
    gender: Gender = "unknown"
    region: str | None = None
    language: str | None = None
    accent: str | None = None


class Voices(Query[tuple[Voice, ...]], frozen=True, kw_only=True, tag="voices"):
    """The available voices, of one model, gender or region if given."""

    model: str | None = None
    gender: Gender | None = None
    region: str | None = None


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a transcript with its times in seconds."""

    text: str
    start: float
    end: float


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """A transcript. `duration` is in seconds; the pieces are there if they were requested."""

    text: str
    duration: float | None = None
    words: tuple[Timed, ...] = ()
    segments: tuple[Timed, ...] = ()
    characters: tuple[Timed, ...] = ()


class Transcribe(Query[Transcript], frozen=True, kw_only=True, tag="transcribe"):
    """Transcribe `file`. `plain` requests bare text, which has neither duration nor
    `timestamps`."""

    file: str | Path
    model: str | None = None
    language: str | None = None
    timestamps: bool = False
    plain: bool = False

    @property
    def spends(self) -> int:
        """One request, which is paid for."""
        return 1


class ClonedVoice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice made from a sample: the value for `voice`, and the model that it is for."""

    id: str
    model: str
    details: Mapping[str, object] = {}


class CloneVoice(Query[ClonedVoice], frozen=True, kw_only=True, tag="clone-voice"):
    """Make a voice from the recording `sample`: some seconds of clean speech."""

    sample: str | Path
    model: str | None = None

    @property
    def spends(self) -> int:
        """One request, which is paid for."""
        return 1


def split(text: str, most: int) -> list[str]:
    """The text in pieces of at most `most` characters: cut after a sentence where there is one,
    else between words, else anywhere. White space at the cuts is dropped, and no word is."""
    pieces, rest = [], text.strip()
    while len(rest) > max(most, 1):
        cut = _cut(rest, max(most, 1))
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


_SENTENCE_END = re.compile(r"""[.!?…]["'”’)\]]*(?=\s)|[。！？]|\n{2,}""")


def _cut(text: str, most: int) -> int:
    ends = [end.end() for end in _SENTENCE_END.finditer(text, 0, most + 1) if end.end() <= most]
    if ends:
        return ends[-1]
    spaces = [space.start() for space in re.finditer(r"\s", text[: most + 1]) if space.start()]
    return spaces[-1] if spaces else most
