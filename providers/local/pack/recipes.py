"""What the pack takes from FluidR3: which presets, how many of their recordings, and how long."""

from __future__ import annotations

from msgspec import Struct


class Recipe(Struct, frozen=True, kw_only=True):
    """One melodic instrument of the pack."""

    program: int
    bank: int = 0
    low: int = 36
    high: int = 96
    gap: int = 4
    """The least distance in semitones between the roots of two recordings that are kept."""
    seconds: float = 2.2
    """The longest recording; a longer one is cut, and loops at its end."""
    stereo: bool = False
    harmonic: bool = True
    """Whether its partials are a row of harmonics, so that its tuning can be measured."""


MELODIC = {
    "piano": Recipe(program=0, low=24, high=104, gap=4, seconds=2.8, stereo=True),
    "electric-piano": Recipe(program=4, low=30, high=96, gap=5, seconds=3.0),
    "legend-piano": Recipe(program=5, low=30, high=96, gap=6, seconds=2.5),
    "harpsichord": Recipe(program=6, high=90),
    "clavinet": Recipe(program=7, high=90),
    "celesta": Recipe(program=8, low=55, high=105, harmonic=False),
    "glockenspiel": Recipe(program=9, low=60, high=105, harmonic=False),
    "music-box": Recipe(program=10, low=55, high=100, harmonic=False),
    "vibraphone": Recipe(program=11, low=50, high=94, harmonic=False),
    "marimba": Recipe(program=12, low=40, harmonic=False),
    "xylophone": Recipe(program=13, low=55, high=105, harmonic=False),
    "tubular-bells": Recipe(program=14, low=50, high=84, seconds=3.0, harmonic=False),
    "dulcimer": Recipe(program=15, low=48, high=90),
    "drawbar-organ": Recipe(program=16),
    "rock-organ": Recipe(program=18, gap=7, seconds=1.6),
    "church-organ": Recipe(program=19, gap=7, seconds=2.0),
    "accordion": Recipe(program=21, low=48, seconds=1.6),
    "harmonica": Recipe(program=22, low=52),
    "bandoneon": Recipe(program=23, low=42, seconds=1.6),
    "nylon-guitar": Recipe(program=24, low=38, high=90),
    "steel-guitar": Recipe(program=25, low=38, high=90),
    "jazz-guitar": Recipe(program=26, low=38, high=90),
    "clean-guitar": Recipe(program=27, low=38, high=90),
    "muted-guitar": Recipe(program=28, low=38, high=84, seconds=1.0),
    "overdriven-guitar": Recipe(program=29, low=38, high=88, seconds=2.5),
    "distorted-guitar": Recipe(program=30, low=36, high=88, seconds=2.5),
    "guitar-harmonics": Recipe(program=31, low=48, high=90),
    "upright-bass": Recipe(program=32, low=26, high=62),
    "finger-bass": Recipe(program=33, low=26, high=62),
    "picked-bass": Recipe(program=34, low=26, high=62),
    "fretless-bass": Recipe(program=35, low=26, high=62),
    "slap-bass": Recipe(program=36, low=26, high=62),
    "violin": Recipe(program=40, low=55, high=100),
    "viola": Recipe(program=41, low=48, high=90),
    "cello": Recipe(program=42, low=36, high=81),
    "contrabass": Recipe(program=43, low=26, high=60),
    "pizzicato": Recipe(program=45, low=36, high=96, seconds=1.2, stereo=True),
    "harp": Recipe(program=46, low=30, high=100),
    "timpani": Recipe(program=47, low=36, high=60),
    "strings": Recipe(program=48, low=30, high=98, gap=5, seconds=2.6, stereo=True),
    "choir": Recipe(program=52, low=42, high=88, gap=5, seconds=2.4, stereo=True),
    "voices": Recipe(program=53, low=42, high=84),
    "orchestra-hit": Recipe(program=55, low=48, high=72, harmonic=False),
    "trumpet": Recipe(program=56, low=52, high=90),
    "trombone": Recipe(program=57, low=38, high=76),
    "tuba": Recipe(program=58, low=28, high=62),
    "muted-trumpet": Recipe(program=59, low=52, high=88),
    "horns": Recipe(program=60, low=36, high=80),
    "brass": Recipe(program=61, low=36, high=88),
    "soprano-saxophone": Recipe(program=64, low=54, high=90, seconds=1.6),
    "alto-saxophone": Recipe(program=65, low=48, high=84, seconds=1.6),
    "tenor-saxophone": Recipe(program=66, low=42, high=80, seconds=2.0),
    "baritone-saxophone": Recipe(program=67, low=34, high=72, seconds=1.6),
    "oboe": Recipe(program=68, low=56, high=92),
    "english-horn": Recipe(program=69, low=50, high=82, seconds=1.6),
    "bassoon": Recipe(program=70, low=33, high=72, seconds=1.4),
    "clarinet": Recipe(program=71, low=48, high=92),
    "piccolo": Recipe(program=72, low=70, high=106),
    "flute": Recipe(program=73, low=58, high=98),
    "recorder": Recipe(program=74, low=60, high=96),
    "pan-flute": Recipe(program=75, low=55, high=92),
    "shakuhachi": Recipe(program=77, low=52, high=88),
    "whistle": Recipe(program=78, low=64, high=100),
    "ocarina": Recipe(program=79, low=58, high=90),
    "sitar": Recipe(program=104, low=42, high=84),
    "banjo": Recipe(program=105, low=48, high=88),
    "shamisen": Recipe(program=106, low=48, high=84),
    "koto": Recipe(program=107, low=48, high=90),
    "kalimba": Recipe(program=108, low=50, high=90, harmonic=False),
    "bagpipe": Recipe(program=109, low=50, high=84, seconds=1.4),
    "steel-drums": Recipe(program=114, low=48, high=90),
}
"""By the name of their file."""

KITS = {
    "standard": 0, "room": 8, "power": 16, "electronic": 24, "808": 25, "jazz": 32, "brush": 40,
    "orchestra": 48,
}  # fmt: skip
"""Drum kits, in bank 128."""

STROKES = (36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 53, 54, 55, 56, 57, 62)
HANDS = (60, 61, 63, 64, 65, 66, 67, 68, 69, 70, 73, 74, 75, 76, 77, 80, 81)
"""The General MIDI drums of every kit, and those that only the standard kit needs."""
EXTRAS = {("taiko", 41): (116, 0, 55), ("taiko", 36): (116, 8, 55)}
"""Kits made of melodic presets: (kit, drum) to (program, bank, key)."""
HARD, SOFT = 115, 72
"""The velocities at which the two layers are taken."""
