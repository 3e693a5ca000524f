"""Turns a score into sound: block by block, so that memory does not grow with the piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from segue_local.containers import Encoder
from segue_local.mix.desk import Desk
from segue_local.mix.dynamics import Master
from segue_local.mix.soundcheck import check_sound
from segue_local.mix.strip import Pump, Strip
from segue_local.score import Score
from segue_local.synth.sound import Sound, frames
from segue_local.synth.voices import Shelf

BLOCK = 1 << 14
"""Frames that are mixed at a time, 0.37 s."""

_GRAIN = 256


def blocks(score: Score, size: int = BLOCK) -> Iterator[Sound]:
    """The finished piece as float32 blocks, (2, frames), between -1 and 1.

    All blocks together have exactly `round(score.duration * 44100)` frames. Their own length
    follows `size`, which must be a multiple of 256 (`ValueError` otherwise) and changes nothing
    in the sound.
    """
    if size <= 0 or size % _GRAIN:
        raise ValueError(f"size {size} is not a positive multiple of {_GRAIN}")
    shelf = Shelf()
    settings = check_sound(score, shelf)
    pump = Pump(score, size)
    strips = [Strip(score, part, shelf, pump) for part in score.parts]
    desk = Desk(score, settings, size)
    master = Master(settings.gain, score.mix.glue, score.mix.drive)
    total = frames(score.duration)
    for start in range(0, total + master.delay, size):
        loud = master.feed(desk.mix((strip.part, strip.block(start)) for strip in strips))
        first = start - master.delay
        heard = loud[:, max(0, -first) : max(0, min(size, total - first))]
        if heard.shape[1]:
            yield _faded(heard, max(0, first), score)


def render(score: Score, file: BinaryIO, container: str, report: Callable[[float], None]) -> None:
    """Write the finished piece into a file that is open for reading and writing ("w+b").

    `report` is called with the finished share, 0 to 1, after every block; whatever it raises stops
    the work and comes out here. So does the file's `OSError`. The caller flushes and closes it.
    Raises `ValueError` for a container that is not in `segue_local.containers.CONTAINERS`.
    """
    total = frames(score.duration)
    dither = np.random.Generator(np.random.PCG64(score.seed & 0xFFFFFFFF))
    done = 0
    with Encoder(file, container, _tags(score)) as encoder:
        report(0.0)
        for block in blocks(score):
            encoder.write(_quantized(block, dither))
            done += block.shape[1]
            report(done / total)


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
    shape = (block.shape[1], 4)
    draws = dither.random(shape)
    steps = block.T.astype(np.float64) * 32767 + draws[:, :2] - draws[:, 2:]
    return np.clip(np.rint(steps), -32768, 32767).astype(np.int16)


def _tags(score: Score) -> dict[str, str]:
    return {
        "title": score.title,
        "genre": score.genre,
        "software": "Segue",
        "comment": f"{score.bpm:g} bpm, {score.tonic} {score.mode}",
    }
