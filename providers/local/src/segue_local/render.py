"""Turns a score into sound: block by block, so that memory does not grow with the piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from segue_local.containers import Encoder
from segue_local.mix.desk import Desk, Settings
from segue_local.mix.dynamics import Master
from segue_local.mix.soundcheck import check_sound
from segue_local.mix.strip import Pump, Strip
from segue_local.score import Score
from segue_local.synth.sound import RATE, Sound, frames
from segue_local.synth.voices import Shelf

BLOCK = 1 << 14
"""Frames that are mixed at a time, 0.37 s."""

_GRAIN = 256
_RING = 20.0
"""Seconds of a loop's end that are played unheard before its beginning."""
_PROMPT = 600
"""Characters of the prompt that go into a file's tags."""


def blocks(score: Score, size: int = BLOCK, only: frozenset[str] | None = None) -> Iterator[Sound]:
    """The finished piece as float32 blocks, (2, frames), between -1 and 1.

    All blocks together have exactly `round(score.duration * 44100)` frames. Their own length
    follows `size`, which must be a multiple of 256 (`ValueError` otherwise) and changes nothing
    in the sound. `only` leaves the parts of those names, as loud as they are in the whole piece;
    `ValueError` where there are none. A piece that loops begins with the ringing of its own end.
    """
    if size <= 0 or size % _GRAIN:
        raise ValueError(f"size {size} is not a positive multiple of {_GRAIN}")
    shelf = Shelf()
    settings = check_sound(score, shelf)
    total = frames(score.duration)
    origin = total if score.loop else 0
    begin = origin - min(origin, frames(_RING))
    played = _twice(score) if score.loop else score
    pump = Pump(played, size)
    played, settings = _solo(played, settings, only)
    strips = [Strip(played, part, shelf, pump, first=begin) for part in played.parts]
    desk = Desk(played, settings, size)
    master = Master(settings.gain, score.mix.glue, score.mix.drive)
    for start in range(begin, origin + total + master.delay, size):
        loud = master.feed(desk.mix((strip.part, strip.block(start)) for strip in strips))
        first = start - master.delay - origin
        heard = loud[:, max(0, -first) : max(0, min(size, total - first))]
        if heard.shape[1]:
            yield heard if score.loop else _faded(heard, max(0, first), score)


def render(
    score: Score,
    file: BinaryIO,
    container: str,
    report: Callable[[float], None],
    only: frozenset[str] | None = None,
) -> None:
    """Write the finished piece into a file that is open for reading and writing ("w+b").

    `report` is called with the finished share, 0 to 1, after every block; whatever it raises stops
    the work and comes out here. So does the file's `OSError`. The caller flushes and closes it.
    `only` is as in `blocks`. Raises `ValueError` for a container that is not in
    `segue_local.containers.CONTAINERS`.
    """
    total = frames(score.duration)
    dither = np.random.Generator(np.random.PCG64(score.seed & 0xFFFFFFFF))
    done = 0
    with Encoder(file, container, _tags(score)) as encoder:
        report(0.0)
        for block in blocks(score, only=only):
            encoder.write(_quantized(block, dither))
            done += block.shape[1]
            report(done / total)


def _twice(score: Score) -> Score:
    """The same notes once more, right after the end."""
    later = frames(score.duration) / RATE * score.bpm / 60
    return replace(
        score,
        parts=tuple(
            replace(
                part,
                notes=part.notes
                + tuple(replace(note, start=note.start + later) for note in part.notes),
            )
            for part in score.parts
        ),
    )


def _solo(score: Score, settings: Settings, only: frozenset[str] | None) -> tuple[Score, Settings]:
    """Those parts alone, with the gains that they have among the others."""
    if only is None:
        return score, settings
    kept = [place for place, part in enumerate(score.parts) if part.name in only]
    if not kept:
        known = ", ".join(part.name for part in score.parts)
        raise ValueError(f"no part is named {' or '.join(sorted(only))}; there are {known}")
    return (
        replace(score, parts=tuple(score.parts[place] for place in kept)),
        replace(settings, gains=tuple(settings.gains[place] for place in kept)),
    )


def _faded(block: Sound, first: int, score: Score) -> Sound:
    """The block with the piece's last moments faded out, and its very first frames in."""
    total = frames(score.duration)
    ring = score.duration - score.seconds(score.sections[-1].start)
    out = max(1, frames(min(2.0, 0.5 * max(0.1, ring))))
    if first > frames(0.01) and first + block.shape[1] < total - out:
        return block
    place = first + np.arange(block.shape[1])
    gain = np.clip((total - 1 - place) / out, 0, 1) * np.clip(place / 64, 0, 1)
    return np.asarray(block * np.sin(gain * np.pi / 2) ** 1.5, np.float32)


def _quantized(block: Sound, dither: np.random.Generator) -> NDArray[np.int16]:
    """16-bit samples, (frames, 2), with triangular dither of one step."""
    draws = dither.random((4, block.shape[1]), np.float32)
    steps = block * np.float32(32767)
    steps += draws[:2]
    steps -= draws[2:]
    np.rint(steps, out=steps)
    np.clip(steps, -32768, 32767, out=steps)
    return np.ascontiguousarray(steps.T.astype(np.int16))


def _tags(score: Score) -> dict[str, str]:
    """What fits into the fields that all four containers have; tempo and key have none there."""
    facts = [f"{score.bpm:g} bpm", f"{score.tonic} {score.mode}"]
    words = " ".join(score.prompt.split())[:_PROMPT]
    return {
        "title": score.title,
        "genre": score.genre,
        "software": "Segue",
        "comment": ", ".join(facts) + (f" | {words}" if words else ""),
    }
