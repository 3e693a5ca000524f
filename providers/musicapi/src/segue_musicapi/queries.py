"""The queries of MusicAPI, which are answered immediately, and their answers.

A clip is a piece of music at MusicAPI: the id of a `Track`, or of an import. Times are in
seconds. Where a query costs credits, `spends` says in how many calls; which of the imports cost
any is not documented, so they count as if they did and are never sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from segue.tasks import Query, Seconds, Text

A = TypeVar("A")

Address = Annotated[str, Meta(pattern="^https?://[^ ]+$")]
"""A public web address; MusicAPI fetches what is there."""

Name = Annotated[str, Meta(min_length=1, max_length=79)]
Brief = Annotated[str, Meta(min_length=1, max_length=119)]
Styles = Annotated[str, Meta(min_length=1, max_length=2000)]
Looks = Annotated[int, Meta(ge=1, le=200)]


class Question(Query[A], frozen=True, kw_only=True):
    """What all queries of MusicAPI share: `extra={"musicapi": {...}}` passes fields through."""

    extra: Mapping[str, Mapping[str, object]] = {}

    @property
    def spends(self) -> int:
        """One call, unless a query says otherwise."""
        return 1


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A song that is not sung yet: its title and its lyrics."""

    title: str | None
    lyrics: str


class WriteLyrics(
    Question[tuple[Words, ...]], frozen=True, kw_only=True, tag="musicapi-write-lyrics"
):
    """Write the words of a song that `description` describes, usually twice; `MakeLyrics` is
    the older way. A song writer that ran out of time is documented to cost nothing."""

    description: Brief


class SungWord(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the lyrics and when it is sung. `certainty` is 0 to 1, if reported."""

    text: str
    start: float
    end: float
    certainty: float | None = None
    found: bool = True


class AlignedLyrics(
    Question[tuple[SungWord, ...]], frozen=True, kw_only=True, tag="musicapi-aligned-lyrics"
):
    """When each word of a clip's lyrics is sung."""

    clip: Text


class Tempo(msgspec.Struct, frozen=True, kw_only=True):
    """Beats a minute: on average, and where the clip is fastest and slowest."""

    average: float
    fastest: float | None = None
    slowest: float | None = None


class Bpm(Question[Tempo], frozen=True, kw_only=True, tag="musicapi-bpm"):
    """How fast a clip is."""

    clip: Text


class UpsampleTags(Question[str], frozen=True, kw_only=True, tag="musicapi-upsample-tags"):
    """Make a few words of style into a rich description of it."""

    tags: Text


class Persona(Question[str], frozen=True, kw_only=True, tag="musicapi-persona"):
    """Make a voice of a clip's singer; the answer is the persona's id, a `voice` for sonic.

    `vocals` is what `Vox` answered; `start` and `end` say where the voice sings.
    """

    name: Name
    clip: Text
    description: Text | None = None
    vocals: Text | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    styles: Styles | None = None


class Vocals(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a clip's voice alone, to make a `Persona` of: `id` is its `vocals`."""

    id: str
    status: str = ""
    clip: str | None = None
    start: float | None = None
    end: float | None = None
    details: Mapping[str, object] = {}


class Vox(Question[Vocals], frozen=True, kw_only=True, tag="musicapi-vox"):
    """Take the voice out of a clip, from `start` to `end`."""

    clip: Text
    start: Seconds | None = None
    end: Seconds | None = None


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A clip written down as MIDI: the file's address, and the instruments as reported."""

    url: str
    instruments: tuple[object, ...] = ()


class Midi(Question[Score], frozen=True, kw_only=True, tag="musicapi-midi"):
    """Transcribe a clip to MIDI. Until that is ready, the request is repeated after
    `every` seconds, `looks` times in all.

    Whether the first or the last of these is what costs a credit is not documented, so each
    counts as one that may, and none whose answer was lost is sent again.
    """

    clip: Text
    looks: Looks = 30
    every: Seconds = 10.0

    @property
    def spends(self) -> int:
        """One call for each of the `looks`."""
        return self.looks


class Wav(Question[str], frozen=True, kw_only=True, tag="musicapi-wav"):
    """The address of a clip as WAV."""

    clip: Text


class SonicUpload(Question[str], frozen=True, kw_only=True, tag="musicapi-sonic-upload"):
    """Upload a recording of up to 8 minutes to sonic, for its clip id; this takes about
    20 seconds."""

    url: Address


class RiffusionUpload(Question[str], frozen=True, kw_only=True, tag="musicapi-riffusion-upload"):
    """Upload a recording to riffusion, for its clip id."""

    url: Address


class WrittenLyrics(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a `MakeLyrics`. `complete` is the one documented `status`; `text` is
    empty until then."""

    status: str
    text: str = ""
    title: str | None = None
    brief: str | None = None
    details: Mapping[str, object] = {}


class GetLyrics(Question[WrittenLyrics], frozen=True, kw_only=True, tag="musicapi-get-lyrics"):
    """Poll a `MakeLyrics` by its task's id, which is the id of its ticket."""

    task: Text

    @property
    def spends(self) -> int:
        """Looking is free."""
        return 0


class SharedSong(msgspec.Struct, frozen=True, kw_only=True):
    """What a share link leads to. `styles` are in words."""

    title: str | None = None
    author: str | None = None
    styles: str | None = None
    audio_url: str | None = None
    video_url: str | None = None
    image_url: str | None = None


class GetSong(Question[SharedSong], frozen=True, kw_only=True, tag="musicapi-get-song"):
    """Look a Suno share link up. Whether that costs credits is not documented."""

    link: Address


class CreditsLeft(msgspec.Struct, frozen=True, kw_only=True):
    """The credits of an account: the subscription's, which are renewed each month, and the
    `extra` ones, which are used first, last, and need a subscription."""

    credits: Decimal
    extra: Decimal


class Credits(Question[CreditsLeft], frozen=True, kw_only=True, tag="musicapi-credits"):
    """How many credits are left, of both kinds; `balance` is their sum."""

    @property
    def spends(self) -> int:
        """Looking is free."""
        return 0
