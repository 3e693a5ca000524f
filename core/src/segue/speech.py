"""What can be asked of a vendor that speaks and listens: queries, answered at once.

Nothing here is any vendor's own. `Speak` is the only one whose answer is a file, or a stream.
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
    """Read `text` aloud. `client.ask` writes it to the file `to`, and answers when that is
    whole; `client.stream` hands it over as it comes.

    `style` are words for emotion and delivery, `language` a hint as the model wants it, `speed`
    a factor. `format` is the container; without it, the extension of `to` says it. A text of
    more than `segment` characters is split at the ends of sentences, and each piece is a
    request of its own. A file gets `at_once` of them at a time, joined in order; a stream asks
    for each when the one before it has been heard, so what is not heard is not paid for.
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
        """The text in the pieces in which it is read."""
        return split(self.text, self.segment)

    @property
    def spends(self) -> int:
        """How many requests it takes, each of which is paid for."""
        return max(len(self.segments), 1)


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice of one model. `region` is a letter, for vendors that tell it."""

    id: str
    model: str
    gender: Gender = "unknown"
    region: str | None = None
    language: str | None = None
    accent: str | None = None


class Voices(Query[tuple[Voice, ...]], frozen=True, kw_only=True, tag="voices"):
    """The voices there are, of one model, gender or region if that is named."""

    model: str | None = None
    gender: Gender | None = None
    region: str | None = None


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a transcript and when it is heard, in seconds."""

    text: str
    start: float
    end: float


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """What was said. `duration` is in seconds; the pieces are there if they were asked for."""

    text: str
    duration: float | None = None
    words: tuple[Timed, ...] = ()
    segments: tuple[Timed, ...] = ()
    characters: tuple[Timed, ...] = ()


class Transcribe(Query[Transcript], frozen=True, kw_only=True, tag="transcribe"):
    """Write down what is said in `file`. `plain` asks the vendor for bare text, which has
    neither duration nor `timestamps`."""

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
    """A voice made from a sample: what to give as `voice`, and the model that it is for."""

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
