"""The drums: the groove's grids, fills where sections end, and a crash where a new one begins."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from segue_local.genres import Track
from segue_local.grid import bar_of, strokes
from segue_local.scene import Bar, Scene
from segue_local.score import Note

DRUMS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "taiko": 41, "hat": 42, "pedal": 44,
    "tom_low": 45, "open": 46, "tom_mid": 47, "crash": 49, "tom_high": 50, "ride": 51, "tamb": 54,
    "splash": 55, "cowbell": 56, "bongo_hi": 60, "bongo_lo": 61, "conga_hi": 63, "conga_lo": 64,
    "timbale_hi": 65, "timbale_lo": 66, "agogo_hi": 67, "agogo_lo": 68, "shaker": 70, "guiro": 73,
    "clave": 75, "block_hi": 76, "block_lo": 77, "triangle": 81,
}  # fmt: skip
"""The General MIDI numbers of the drums that grooves name."""

_LIGHT = ("hat", "pedal", "shaker", "ride", "rim", "kick", "cowbell", "clave", "guiro", "triangle")
_BACKBEAT = ("snare", "clap", "taiko", "crash")
_OPENED = ("a", "b", "c")
_FILLED = ("a", "b", "c", "build")


def drums(scene: Scene, track: Track, rng: Random) -> Iterator[Note]:
    """The whole drum part."""
    previous = ""
    playing = [bar for bar in scene.bars if track.plays(bar.section)]
    softest = _softest(scene.plan.character.density)
    for bar in playing:
        if bar.place == 0 and bar.section in _OPENED and previous not in ("", bar.section):
            yield _hit("crash", bar.start, 0.62 * bar.intensity)
        for name, grid in _grids(scene, bar, rng).items():
            yield from _line(name, grid, bar, scene.plan.meter, softest)
        previous = bar.section
    if playing and not scene.plan.loop:
        yield from _ending(scene, playing[-1])


def _softest(density: float) -> int:
    """The weakest stroke that is played: a thinner piece has no ghost notes."""
    return max(1, min(6, 1 - round(4 * density))) if density < 0 else 1


def _grids(scene: Scene, bar: Bar, rng: Random) -> dict[str, str]:
    """The grids of one bar: the groove, or a fill at the end of a section, or a lighter version."""
    own = bar.groove.drums
    if bar.section == "intro" or (bar.section == "outro" and bar.closing):
        return {name: grid for name, grid in own.items() if name in _LIGHT}
    if bar.section == "break":
        return {
            name: grid for name, grid in own.items() if name not in _BACKBEAT and name != "kick"
        }
    if bar.section == "build" and scene.genre.builds and bar.place >= 2:
        return scene.genre.builds[bar.index % len(scene.genre.builds)]
    if bar.closing and scene.genre.fills and bar.section in _FILLED:
        return rng.choice(scene.genre.fills)
    return own


def _line(name: str, grid: str, bar: Bar, meter: int, softest: int) -> Iterator[Note]:
    for stroke in strokes(bar_of(grid, bar.place, meter)):
        if int(stroke.letter) >= softest:
            yield _hit(name, bar.start + stroke.at, int(stroke.letter) / 9 * bar.intensity)


_CLOSERS = ("kick", "taiko", "ride")


def _ending(scene: Scene, last: Bar) -> Iterator[Note]:
    """One stroke with the final chord."""
    names: list[str] = [name for name in _CLOSERS if name in last.groove.drums][:2]
    names = names or ["rim"]
    if "kick" in names and "ride" not in names and scene.plan.character.energy >= 0:
        names.append("crash")
    for name in names:
        yield _hit(name, scene.final.start, 0.6)


def _hit(name: str, at: float, velocity: float) -> Note:
    return Note(start=at, length=0.25, pitch=DRUMS[name], velocity=min(1.0, velocity))
