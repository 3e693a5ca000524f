"""Plays recordings of the sample pack at any pitch, for any time, from soft to hard."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from segue_local.synth.expression import breath, buzzed, late, swell, tilt
from segue_local.synth.pack import Sampled, Stretch, index, recording
from segue_local.synth.sound import RATE, Curve, Sound, fade, frames, hertz
from segue_local.synth.tones import Tones

_TOUCHES = (0.3, 0.5, 0.7, 0.92)
"""Velocities that get a tone of their own; a harder touch is brighter."""
_INAUDIBLE = 66.0  # dB below the start of a note
_HOP = 64  # frames between two points of an envelope
_TONES = Tones(20 << 20)
_SHORT, _SOFT = 0.34, 0.7
"""Seconds and velocity below which a guitar is palm-muted, where it can be."""
_DAMPED = 1800.0
"""Hz above which a muted string is dull."""
_CUT = 0.12
"""Seconds in which at the quickest a note dies that is let go, unless its player damps it."""
_GUARD = 4  # frames on both sides of a recording, for the curve through its ends


class Sampler(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="engine", tag="sample"
):
    """How a recorded instrument is played."""

    pack: str
    """Its name in the sample pack."""
    octave: int = 0
    """Semitones by which the recordings are moved."""
    attack: float = 0.0
    """The shortest attack in seconds; the recording has its own."""
    release: float = 0.0
    """Seconds; 0 takes the pack's."""
    cutoff: float = 0.0
    """Hz above which even a hard stroke is dull; 0 for the pack's."""
    doubled: float = 0.0
    """Cents between two players of every note, one to each side; 0 for one player."""
    apart: float = 0.0
    """Seconds by which the second of two players is late, who then stands all by the side."""
    muted: str = ""
    """The recordings that short, soft notes are played with: the palm lies on the strings."""
    vibrato: tuple[float, ...] = ()
    """Rate in Hz, depth in cents, seconds until it begins."""
    swell: float = 0.0
    """How much softer a held note begins than it becomes, 0 to 1."""
    air: float = 0.0
    """How loud the player's breath is."""
    buzz: float = 0.0
    """How much the strings graze the bridge, as a sitar's do."""
    takes: int = 1
    """Strokes of a note that take turns, a hair different from each other."""
    tremolo: tuple[float, ...] = ()
    amplifier: float = 0.0

    def note(self, pitch: int, velocity: float, seconds: float, take: int) -> Sound:
        """One note, with its release; one channel where both would be the same."""
        if self._palm(velocity, seconds):
            return self._damped.note(pitch, velocity, seconds, take)
        which, zone = self._zone(pitch)
        entry = index().instruments[self.pack]
        held = frames(min(seconds, self._longest(zone, entry.rate)))
        length = held + max(64, frames(self._release(zone)))
        speed = 2 ** ((pitch + self.octave - zone.root) / 12) * entry.rate / RATE
        turn, first = late(take, self.takes)
        place = (pitch, which, _touch(velocity), take % self.takes)
        tone = self._tone(place, speed * turn, length + first)[:, first:]
        shape = _level(zone, zone.loop / (speed * RATE), held, tone.shape[1])
        rise = max(16, frames(self.attack))
        shape[:rise] *= _rise(rise)[: len(shape)]
        if self.swell:
            shape *= swell(held / RATE, self.swell, len(shape))
        out = (buzzed(tone, self.buzz) if self.buzz else tone) * shape
        if self.air:
            out = out + breath(pitch, velocity, len(shape), take % 2) * (shape * self.air)
        return out.astype(np.float32, copy=False)

    def key(self, pitch: int, velocity: float, seconds: float, take: int) -> tuple[object, ...]:
        """What a rendered note may be found by again."""
        if self._palm(velocity, seconds):
            return "muted", *self._damped.key(pitch, velocity, seconds, take)
        zone = self._zone(pitch)[1]
        rate = index().instruments[self.pack].rate
        turn = take % 2 if self.air else take % self.takes
        return pitch, _touch(velocity), round(min(seconds, self._longest(zone, rate)), 2), turn

    def _palm(self, velocity: float, seconds: float) -> bool:
        return bool(self.muted) and seconds < _SHORT and velocity < _SOFT

    @property
    def _damped(self) -> Sampler:
        """The same player with the palm on the strings."""
        return msgspec.structs.replace(self, pack=self.muted, muted="", cutoff=_DAMPED)

    def _zone(self, pitch: int) -> tuple[int, Stretch]:
        """The recording whose pitch is nearest."""
        zones = index().instruments[self.pack].zones
        return min(enumerate(zones), key=lambda zone: abs(zone[1].root - pitch - self.octave))

    def _release(self, zone: Stretch) -> float:
        return self.release or min(0.9, max(_CUT, 0.45 * zone.release))

    def _longest(self, zone: Stretch, rate: int) -> float:
        """Seconds after which nothing more is heard."""
        if zone.loop < 0:
            return 1.5 * zone.frames / rate
        fall = zone.fall + (100 / zone.decay if zone.decay and zone.sustain > _INAUDIBLE else 0)
        return zone.frames / rate + _INAUDIBLE / fall if fall else 1e9

    def _tone(self, place: tuple[int, int, float, int], speed: float, length: int) -> Sound:
        """The recording at its pitch, before any envelope; kept for longer and shorter notes."""
        found = _TONES.get((self, place), length)
        if found is None:
            tone, loop = _prepared(self.pack, place[1], place[2], self.cutoff)
            found = self._players(tone, loop, speed, length + frames(0.3))
            _TONES.keep((self, place), found, finished=found.shape[1] < length)
        return found[:, :length]

    def _players(self, tone: Sound, loop: int, speed: float, length: int) -> Sound:
        """The note as one plays it, or as two do, left and right."""
        if not self.doubled:
            return played_at(tone, loop, self._places(speed, length))
        apart = 2 ** (self.doubled / 2400)
        left, right = (
            played_at(tone, loop, self._places(speed * ratio, length))[0]
            for ratio in (apart, 1 / apart)
        )
        count = min(len(left), len(right))
        left, right = left[:count], right[:count]
        if self.apart:
            late = min(count, frames(self.apart))
            right = np.concatenate([np.zeros(late, np.float32), right[: count - late]])
            return np.stack([left, right])
        near, far = np.float32(0.8), np.float32(0.35)
        return np.stack([near * left + far * right, far * left + near * right])

    def _places(self, speed: float, length: int) -> Curve:
        """Which frame of the recording, and between which, each frame of the note is."""
        if not self.vibrato:
            return np.asarray(np.arange(length) * speed, np.float64)
        rate, depth, delay = self.vibrato
        time = np.arange(length) / RATE
        bend = depth * np.clip((time - delay) / 0.4, 0, 1) * np.sin(2 * np.pi * rate * time)
        return np.asarray(np.cumsum(speed * (1 + bend * (np.log(2) / 1200))))


def played_at(tone: Sound, loop: int, places: Curve) -> Sound:
    """A recording with guards, read at rising places by a cubic curve through four frames.

    Beyond the end it goes on at frame `loop`, or stops where that is negative.
    """
    size = tone.shape[1] - 2 * _GUARD
    past = int(np.searchsorted(places, size - (loop < 0)))
    if loop < 0:
        places = places[:past]
    elif past < len(places):
        over = places[past:] - size
        over -= np.floor(over / (size - loop)) * (size - loop)  # quicker than a remainder
        places[past:] = loop + over
    left = places.astype(np.intp)
    share = (places - left).astype(np.float32)
    left += _GUARD
    last = size if past < len(places) else int(left[-1]) if len(left) else 0
    return np.stack([_cubic(side[: last + 2 * _GUARD], left, share) for side in tone])


def _cubic(side: Sound, left: NDArray[np.intp], share: Sound) -> Sound:
    """Catmull and Rom's curve through the frame before a place and the three after it."""
    cubed, squared, straight = _slopes(side)
    out: Sound = cubed.take(left)
    out *= share
    out += squared.take(left)
    out *= share
    out += straight.take(left)
    out *= share
    out += side.take(left)
    return out


def _slopes(side: Sound) -> Sound:
    """The curve's coefficients at every frame: for the third, second and first power."""
    before, here, after, beyond = side[:-3], side[1:-2], side[2:-1], side[3:]
    slopes = np.zeros((3, len(side)), np.float32)
    cubed, squared, straight = slopes[:, 1:-2]
    np.subtract(after, before, out=straight)
    straight *= np.float32(0.5)
    np.subtract(after, here, out=squared)
    np.subtract(beyond, before, out=cubed)
    cubed *= np.float32(0.5)
    cubed -= np.float32(1.5) * squared
    squared -= straight
    squared -= cubed
    return slopes


def guarded(tone: Sound, loop: int) -> Sound:
    """A recording with frames on both sides that continue it."""
    after = tone[:, loop : loop + _GUARD] if loop >= 0 else np.zeros((len(tone), _GUARD))
    before = np.zeros((len(tone), _GUARD))
    return np.concatenate([before, tone, after], axis=1).astype(np.float32)


def dulled(tone: Sound, hertz: float, rate: int) -> Sound:
    """A low pass of first order."""
    if hertz > 0.4 * rate:
        return tone
    size = _fast(tone.shape[1] + 512)
    response = 1 / (1 + 1j * np.fft.rfftfreq(size, 1 / rate) / hertz)
    out = np.fft.irfft(np.fft.rfft(tone, size) * response.astype(np.complex64), size)
    return np.asarray(out[:, : tone.shape[1]], np.float32)


@lru_cache(maxsize=96)
def _prepared(name: str, which: int, touch: float, cutoff: float) -> tuple[Sound, int]:
    """A recording as bright as the touch asks for, and where it loops."""
    entry = index().instruments[name]
    zone = entry.zones[which]
    tone = recording(name, zone.start, zone.frames)
    bright = min(_brightness(entry, touch, cutoff), tilt(hertz(zone.root), _hardness(touch)))
    tone = dulled(tone, bright, entry.rate)
    return guarded(tone, zone.loop), zone.loop


def _brightness(entry: Sampled, touch: float, cutoff: float) -> float:
    """Hz at which a stroke gets dull: between the pack's soft and its hard one."""
    edge = float(entry.soft * (entry.hard / entry.soft) ** _hardness(touch))
    return min(edge, cutoff * (0.4 + 0.6 * touch)) if cutoff else edge


def _hardness(touch: float) -> float:
    """0 for the softest touch to 1 for the hardest."""
    return (touch - _TOUCHES[0]) / (_TOUCHES[-1] - _TOUCHES[0])


def _touch(velocity: float) -> float:
    return min(_TOUCHES, key=lambda level: abs(level - velocity))


def _level(zone: Stretch, looping: float, held: int, length: int) -> Sound:
    """The note's level: the font's envelope, the fall of the loop, and the release."""
    shape = np.ones(length, np.float32)
    falling = (zone.decay and zone.sustain) or zone.fall
    if falling:
        time = np.arange(-(-length // _HOP) + 1) * (_HOP / RATE)
        level = -zone.fall * np.maximum(0, time - looping)
        if zone.decay and zone.sustain:
            level -= np.minimum(zone.sustain, np.maximum(0, time - zone.hold) * 100 / zone.decay)
        points = 10 ** (level / 20)
        share = np.arange(_HOP) / _HOP
        shape *= (points[:-1, None] + np.diff(points)[:, None] * share).ravel()[:length]
    rise = min(length, frames(min(0.25, zone.attack)))
    shape[:rise] *= np.linspace(0, 1, rise)
    if length > held:
        shape[held:] *= fade(length - held)
    return shape


@lru_cache(maxsize=16)
def _rise(length: int) -> Sound:
    return np.asarray(0.5 - 0.5 * np.cos(np.linspace(0, np.pi, length)), np.float32)


def _fast(length: int) -> int:
    """The next length that transforms fast: a power of two, or three quarters of one."""
    size = 1 << (length - 1).bit_length()
    return size * 3 // 4 if length <= size * 3 // 4 else size
