"""A piece as data: exact, JSON-able, and the same on every machine for the same plan.

Times are in quarter notes from the start ("beats"); `Score.seconds` turns them into seconds.
"""

from __future__ import annotations

from msgspec import Struct


class Note(Struct, frozen=True, kw_only=True, gc=False):
    """One note. In a drum part `pitch` is the General MIDI number of the drum."""

    start: float
    length: float
    pitch: int
    velocity: float
    """0 to 1."""


class Part(Struct, frozen=True, kw_only=True):
    """One player of the band: its notes in order of onset and its place in the mix."""

    name: str
    role: str
    instrument: str
    """A name that `segue_local.synth.voices` turns into a voice."""
    level: float
    """Loudness wanted, in LU relative to the other parts."""
    pan: float
    """-1 left to 1 right."""
    reverb: float
    echo: float
    duck: float
    """How far the kick pushes this part down, 0 to 1."""
    notes: tuple[Note, ...]


class Section(Struct, frozen=True, kw_only=True):
    """A stretch of whole bars with one character.

    intro, a, b, c (another theme), build (towards what follows), break, outro or end.
    """

    name: str
    start: float
    bars: int


class ChordAt(Struct, frozen=True, kw_only=True):
    """A chord and when it sounds. `tones` are pitch classes, the root first."""

    start: float
    length: float
    symbol: str
    tones: tuple[int, ...]


class Mix(Struct, frozen=True, kw_only=True):
    """The genre's targets for the whole mix."""

    room: float
    """Reverberation time in seconds."""
    glue: float
    """How hard the bus compressor works, 0 to 1."""
    drive: float
    """Saturation of the mix bus, 0 to 1."""
    spectrum: tuple[float, ...]
    """Energy in dB for each band of `segue_local.mix.loudness.BANDS`, relative to the whole.
    Empty leaves the sound as it is."""


class Score(Struct, frozen=True, kw_only=True):
    """A finished piece, ready to render."""

    title: str
    genre: str
    bpm: float
    meter: int
    """Quarter notes a bar."""
    tonic: str
    mode: str
    seed: int
    duration: float
    """Seconds, kept to the sample."""
    sections: tuple[Section, ...]
    chords: tuple[ChordAt, ...]
    parts: tuple[Part, ...]
    mix: Mix
    metre: str = "4/4"
    """As it is written: "4/4", "3/4" or "6/8"."""
    loop: bool = False
    """Whether the end joins the beginning: then nothing rings out or fades."""
    prompt: str = ""
    """The words that the piece was made from, for the file's tags."""

    def seconds(self, beats: float) -> float:
        """The time in seconds of a moment given in beats."""
        return beats * 60.0 / self.bpm
