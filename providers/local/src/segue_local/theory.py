"""Keys, scales and roman numerals: the small part of music theory that the composer uses."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
DARK_MODES = frozenset({"minor", "dorian", "phrygian"})

_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_SHARP_KEYS = frozenset({2, 4, 6, 7, 9, 11})
_PARENTS = {"major": 0, "minor": 5, "dorian": 1, "phrygian": 2, "lydian": 3, "mixolydian": 4}
"""The degree of the major scale with the same notes that each mode begins on."""

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_BENDS = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}
_MODE_WORDS = {
    "maj": "major",
    "min": "minor",
    "m": "minor",
    "dur": "major",
    "moll": "minor",
    "ionian": "major",
    "aeolian": "minor",
    "": "major",
}
_KEY = re.compile(r"([A-Ga-g])[\s-]*(#|♯|sharp|b|♭|flat)?[\s-]*([A-Za-z]*)")
_ROMAN = re.compile(r"([b#]?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)")
_DEGREES = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
_SHAPES = {  # suffix: intervals where the numeral is upper case, and where it is lower case
    "": ((0, 4, 7), (0, 3, 7)),
    "5": ((0, 7), (0, 7)),
    "6": ((0, 4, 7, 9), (0, 3, 7, 9)),
    "69": ((0, 4, 7, 9, 14), (0, 3, 7, 9, 14)),
    "7": ((0, 4, 7, 10), (0, 3, 7, 10)),
    "maj7": ((0, 4, 7, 11), (0, 3, 7, 11)),
    "9": ((0, 4, 7, 10, 14), (0, 3, 7, 10, 14)),
    "maj9": ((0, 4, 7, 11, 14), (0, 3, 7, 11, 14)),
    "11": ((0, 5, 7, 10, 14), (0, 3, 7, 10, 17)),
    "13": ((0, 4, 10, 14, 21), (0, 3, 10, 14, 21)),
    "add9": ((0, 4, 7, 14), (0, 3, 7, 14)),
    "sus2": ((0, 2, 7), (0, 2, 7)),
    "sus4": ((0, 5, 7), (0, 5, 7)),
    "7sus4": ((0, 5, 7, 10), (0, 5, 7, 10)),
    "maj13": ((0, 4, 11, 14, 21), (0, 3, 11, 14, 21)),
    "9sus4": ((0, 5, 7, 10, 14), (0, 5, 7, 10, 14)),
    "7#9": ((0, 4, 7, 10, 15), (0, 3, 7, 10, 15)),
    "maj7#11": ((0, 4, 7, 11, 18), (0, 3, 7, 11, 18)),
    "7b9": ((0, 4, 7, 10, 13), (0, 3, 7, 10, 13)),
    "o": ((0, 3, 6), (0, 3, 6)),
    "o7": ((0, 3, 6, 9), (0, 3, 6, 9)),
    "m7b5": ((0, 3, 6, 10), (0, 3, 6, 10)),
    "+": ((0, 4, 8), (0, 4, 8)),
}


class Key(Struct, frozen=True, kw_only=True):
    """A tonic (pitch class 0 to 11, C = 0) and one of `MODES`."""

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        """The key as people write it: "Eb minor"."""
        return f"{NAMES[self.tonic]} {self.mode}"

    @property
    def scale(self) -> tuple[int, ...]:
        """The seven pitch classes, the tonic first."""
        return tuple((self.tonic + step) % 12 for step in MODES[self.mode])


class Chord(Struct, frozen=True, kw_only=True):
    """A chord: its numeral in the key and its pitch classes, the root first."""

    symbol: str
    tones: tuple[int, ...]

    @property
    def root(self) -> int:
        """The pitch class of the root."""
        return self.tones[0]


def parse_key(text: str) -> Key:
    """Read "C minor", "f# major", "Bb", "A flat maj" or "d dorian".

    Raises `ValueError` for anything else.
    """
    match = _KEY.fullmatch(text.strip())
    word = match.group(3).lower() if match else ""
    mode = _MODE_WORDS.get(word, word)
    if match is None or mode not in MODES:
        raise ValueError(
            f"key {text!r} is not a key: write a tonic and a mode, such as 'C minor' or 'F# major'"
        )
    bend = _BENDS[(match.group(2) or "").lower()]
    return Key(tonic=(_LETTERS[match.group(1).upper()] + bend) % 12, mode=mode)


def family(mode: str) -> str:
    """The set of progressions that a mode takes its chords from: "major" or "minor"."""
    return "minor" if mode in DARK_MODES else "major"


@cache
def roman(symbol: str, key: Key) -> Chord:
    """The chord that a numeral such as "ii7", "bVII" or "V7/vi" means in a key.

    Degrees are counted on the plain major or minor scale of the key's family; a numeral with an
    accidental is counted on the major scale, as in a songbook: "bVII" is a whole tone below home.
    Raises `ValueError` for a numeral that cannot be read.
    """
    numeral, _, target = symbol.partition("/")
    home = roman(target, key).root if target else key.tonic
    match = _ROMAN.fullmatch(numeral)
    if match is None or match.group(3) not in _SHAPES:
        raise ValueError(f"chord {symbol!r} is not a roman numeral that the composer knows")
    bend, degree, suffix = match.groups()
    steps = MODES["major" if target or bend else family(key.mode)]
    root = home + steps[_DEGREES[degree.lower()]] + {"": 0, "b": -1, "#": 1}[bend]
    shape = _SHAPES[suffix][degree.islower()]
    return Chord(symbol=symbol, tones=tuple((root + interval) % 12 for interval in shape))


def spelled(chord: Chord, key: Key) -> str:
    """The chord as a lead sheet writes it: "Am7", "F#m7b5", "Bbmaj9"."""
    numeral = chord.symbol.partition("/")[0]
    match = _ROMAN.fullmatch(numeral)
    suffix = match.group(3) if match else ""
    minor = bool(match) and numeral.lstrip("b#")[:1].islower()
    quality = {"o": "dim", "o7": "dim7", "+": "aug"}.get(suffix, suffix)
    plain = quality in ("5", "sus2", "sus4", "7sus4", "9sus4", "dim", "dim7", "m7b5", "aug")
    return _note(chord.root, key) + ("m" if minor and not plain else "") + quality


def _note(tone: int, key: Key) -> str:
    """A pitch class with the sharps or flats of the key's own signature."""
    parent = (key.tonic - MODES["major"][_PARENTS[key.mode]]) % 12
    return (_SHARPS if parent in _SHARP_KEYS else _FLATS)[tone]


@cache
def melodic_scale(key: Key, chord: Chord) -> tuple[int, ...]:
    """The key's scale, with the chord's own tones in place of neighbours that clash."""
    strange = [tone for tone in chord.tones if tone not in key.scale]
    kept = [tone for tone in key.scale if not any((tone - out) % 12 in (1, 11) for out in strange)]
    return tuple(sorted({*kept, *strange}))
