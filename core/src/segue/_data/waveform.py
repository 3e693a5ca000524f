"""The loudness of a piece over time, for its pictures.

The file is read block by block, and only so many samples of it are read that a long piece
takes no longer than a short one.
"""

from __future__ import annotations

import wave
from array import array
from collections.abc import Callable, Generator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

_BLOCK = 1 << 14
_LOOKS = 1 << 17
_CONTRAST = 1.25  # finished music is loud all through; this shows where it is louder
_SIGNED = bytes(byte ^ 0x80 for byte in range(256))


class Shape(NamedTuple):
    """The loudness of each column of the picture, 0 to 1, and the piece's duration in seconds."""

    levels: tuple[float, ...]
    seconds: float


class _Sound(NamedTuple):
    """An open file: how many frames, how many a second, and how to read some of them."""

    frames: int
    rate: int
    read: Callable[[int], array[int]]


def shape(path: Path, columns: int) -> Shape | None:
    """The shape of a piece; None when the file cannot be read here, whatever the reason.

    WAV needs nothing; the other containers need `soundfile`, which comes with `segue-local`.
    """
    for opened in (_wav, _any):
        try:
            with closing(opened(path)) as sounds:
                return _measured(next(sounds), columns)
        except (ImportError, OSError, EOFError, ValueError, RuntimeError, wave.Error):
            continue
    return None


def _measured(sound: _Sound, columns: int) -> Shape:
    """The mean of the peaks of short blocks, for every column, against the loudest column."""
    if sound.frames <= 0 or sound.rate <= 0:
        raise ValueError("there is no sound in it")
    size = max(min(_BLOCK, sound.frames // (columns * 4)), 1)
    peaks: list[list[int]] = [[] for _ in range(columns)]
    done = 0
    while samples := sound.read(size):
        step = max(sound.frames // _LOOKS, 1) | 1  # odd, so that it meets both channels
        seen = samples[::step]
        highest, lowest = max(seen), min(seen)
        column = min(done * columns // sound.frames, columns - 1)
        peaks[column].append(max(highest, -lowest))
        done += size
    means = [sum(column) / len(column) if column else 0.0 for column in peaks]
    loudest = max(means) or 1.0
    levels = tuple((mean / loudest) ** _CONTRAST for mean in means)
    return Shape(levels, sound.frames / sound.rate)


def _wav(path: Path) -> Generator[_Sound, None, None]:
    with wave.open(str(path), "rb") as file:
        width = file.getsampwidth()

        def read(frames: int) -> array[int]:
            return _samples(file.readframes(frames), width)

        yield _Sound(file.getnframes(), file.getframerate(), read)


def _any(path: Path) -> Generator[_Sound, None, None]:
    soundfile = import_module("soundfile")  # it may well be missing, and has no types

    with soundfile.SoundFile(str(path)) as file:

        def read(frames: int) -> array[int]:
            return array("h", bytes(file.buffer_read(frames, dtype="int16")))

        yield _Sound(file.frames, file.samplerate, read)


def _samples(data: bytes, width: int) -> array[int]:
    """Samples as numbers; of those with three bytes, the highest is enough for a picture."""
    match width:
        case 1:
            return array("b", data.translate(_SIGNED))
        case 2:
            return array("h", data)
        case 3:
            return array("b", data[2::3])
        case _:
            return array("i", data)
