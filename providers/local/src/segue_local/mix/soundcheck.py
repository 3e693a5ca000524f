"""The sound check: listens to short stretches of a piece and sets the desk for all of it.

Each part is brought to the loudness that its genre asks for, the whole is bent towards the genre's
spectrum, and the gain into the master chain is chosen so that the piece comes out at -14 LUFS.
"""

from __future__ import annotations

import numpy as np

from segue_local.mix.convolver import Convolver
from segue_local.mix.desk import FLAT, Desk, Settings, tone_curve
from segue_local.mix.dynamics import Master
from segue_local.mix.loudness import SILENT, band_levels, loudness
from segue_local.mix.strip import Pump, Strip
from segue_local.score import Part, Score
from segue_local.synth.sound import Sound, frames
from segue_local.synth.voices import Shelf

TARGET = -14.0
"""LUFS of a finished piece."""

_REFERENCE = -20.0  # LUFS of a part whose level is 0
_SIZE = 1 << 13
_STRETCH = 2  # blocks in a stretch, 0.37 s
_STRETCHES = 27
_GOLDEN = 0.618  # steps of the places' unevenness, with which no rhythm keeps pace
_PUSH = 1.3  # a compressor gives back less than it is given
_CLOSE = 0.05  # dB that say nothing about how much less
_BEND = 0.9  # how much of the difference to the genre's spectrum is corrected
_MOST, _LEAST = 6.0, -6.0  # dB that the correction may add or take


def check_sound(score: Score, shelf: Shelf) -> Settings:
    """Settings for a score. What is rendered on the way stays on the shelf."""
    places = _places(score)
    stems = [_stem(score, part, shelf, places) for part in score.parts]
    gains = tuple(
        _gain(score, part, stem, shelf) for part, stem in zip(score.parts, stems, strict=True)
    )
    flat = _mixed(score, stems, Settings(gains=gains))
    tone = _correction(flat, score)
    mixed = _toned(flat, tone) if tone else flat
    return Settings(gains=gains, tone=tone, gain=_master_gain(score, mixed))


def _places(score: Score) -> list[int]:
    """Where to listen: everywhere in a short piece, otherwise in stretches spread over it."""
    total = frames(score.duration)
    if total <= _SIZE * _STRETCH * _STRETCHES:
        return list(range(0, total, _SIZE * _STRETCH))
    last = total - _SIZE * _STRETCH
    return [int(last * (n + 0.2 + 0.4 * (n * _GOLDEN % 1)) / _STRETCHES) for n in range(_STRETCHES)]


def _stem(score: Score, part: Part, shelf: Shelf, places: list[int]) -> Sound:
    """One part at all those places, one after the other."""
    blocks: list[Sound] = []
    pump = Pump(score, _SIZE)
    for place in places:
        strip = Strip(score, part, shelf, pump, first=place)
        blocks += [strip.block(place + number * _SIZE) for number in range(_STRETCH)]
    return np.concatenate(blocks, axis=1)


def _gain(score: Score, part: Part, stem: Sound, shelf: Shelf) -> float:
    heard = loudness(stem)
    if heard <= SILENT and part.notes:
        heard = loudness(_stem(score, part, shelf, [frames(score.seconds(part.notes[0].start))]))
    if heard <= SILENT:
        return 0.0
    return float(10 ** ((_REFERENCE + part.level - heard) / 20))


def _mixed(score: Score, stems: list[Sound], settings: Settings) -> Sound:
    desk = Desk(score, settings, _SIZE)
    length = stems[0].shape[1]
    blocks = [
        desk.mix(
            (part, stem[:, at : at + _SIZE]) for part, stem in zip(score.parts, stems, strict=True)
        )
        for at in range(0, length, _SIZE)
    ]
    return np.concatenate(blocks, axis=1)


def _toned(mixed: Sound, tone: tuple[float, ...]) -> Sound:
    equalizer = Convolver([tone_curve(tone)], _SIZE)
    blocks = [equalizer.feed(mixed[:, at : at + _SIZE]) for at in range(0, mixed.shape[1], _SIZE)]
    return np.concatenate(blocks, axis=1)


def _correction(mixed: Sound, score: Score) -> tuple[float, ...]:
    """The equalizer that brings the mix near its genre's spectrum."""
    if not score.mix.spectrum:
        return ()
    wanted = np.array(score.mix.spectrum)
    wanted = wanted - 10 * np.log10(np.sum(10 ** (wanted / 10)))
    missing = np.clip((wanted - band_levels(mixed)) * _BEND, _LEAST, _MOST)
    return tuple(round(float(level), 2) for level in missing) if len(missing) == len(FLAT) else FLAT


def _master_gain(score: Score, mixed: Sound) -> float:
    """The gain that makes the master chain's output as loud as it should be."""
    first = TARGET - loudness(mixed)
    missing = TARGET - _mastered(score, mixed, first)
    second = first + _PUSH * missing
    left = TARGET - _mastered(score, mixed, second)
    pace = (missing - left) / (second - first) if abs(missing) > _CLOSE else 1 / _PUSH
    return float(10 ** ((second + left / min(1.2, max(0.4, pace))) / 20))


def _mastered(score: Score, mixed: Sound, gain: float) -> float:
    """How loud the master chain's output is with a gain in dB before it."""
    master = Master(10 ** (gain / 20), score.mix.glue, score.mix.drive)
    starts = range(0, mixed.shape[1], _SIZE)
    return loudness(
        np.concatenate([master.feed(mixed[:, at : at + _SIZE]) for at in starts], axis=1)
    )
