"""Drums: each is a sum of falling tones, noise and metal, as `data/kits.toml` says."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
from msgspec import Struct

from segue_local.groove import DRUMS
from segue_local.synth.sound import RATE, Curve, Sound, chance, fade, frames, noise
from segue_local.synth.stroke import kits, recorded, tuned
from segue_local.synth.struck import ring

_TAKES = 3
"""Recordings of each drum that take turns, so that no two strokes in a row are the same."""
_PLACES = {
    "hat": 0.25, "pedal": 0.25, "open": 0.25, "ride": -0.3, "crash": -0.25, "tom_high": -0.3,
    "tom_low": 0.3, "shaker": -0.35, "tamb": 0.35, "conga_hi": 0.3, "conga_lo": 0.2, "rim": -0.12,
    "bongo_hi": -0.3, "bongo_lo": -0.2, "timbale_hi": 0.35, "timbale_lo": 0.25, "agogo_hi": -0.4,
    "agogo_lo": -0.35, "guiro": -0.45, "clave": 0.15, "block_hi": 0.3, "block_lo": 0.25,
    "triangle": 0.4,
}  # fmt: skip
"""Where in the stereo image a drum stands, -1 to 1."""
_NAMES = {number: name for name, number in DRUMS.items()}


class Layer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ingredient of a drum."""

    kind: str
    decay: float
    gain: float
    low: float = 100.0
    high: float = 8000.0
    start: float = msgspec.field(name="from", default=100.0)
    to: float = 50.0
    sweep: float = 0.03
    tuned: bool = False
    drive: float = 0.0
    attack: float = 0.0
    bursts: int = 1
    freqs: tuple[float, ...] = ()


class Drum(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A drum: its layers and its level within the kit."""

    gain: float
    layers: tuple[Layer, ...]


class Kit(Struct, frozen=True, kw_only=True):
    """A drum kit, tuned to a key."""

    name: str
    tonic: int
    """The pitch class that its kick is tuned to."""
    tremolo: tuple[float, ...] = ()
    amplifier: float = 0.0

    def note(self, pitch: int, velocity: float, seconds: float, take: int) -> Sound:
        """One stroke; `pitch` is the drum's General MIDI number. It rings as long as it likes."""
        name = _NAMES[pitch]
        stroke = recorded(self.name, name)
        if stroke is not None:
            return stroke.strike(velocity, take % _TAKES, self.tonic, _PLACES.get(name, 0.0))
        drum = _drum(self.name, name)
        length = frames(
            min(2.6, max(6.5 * layer.decay + layer.attack for layer in drum.layers) + 0.02)
        )
        out = np.zeros((2, length))
        for place, layer in enumerate(drum.layers):
            rng = chance("drum", self.name, name, place, take % _TAKES)
            out += layer.gain * _LAYERS[layer.kind](layer, length, rng, self._tuning(layer))
        tail = min(length, frames(0.015))
        out[:, -tail:] *= fade(tail)
        side = _PLACES.get(name, 0.0)
        return np.asarray(out * drum.gain * np.array([[1 - side], [1 + side]]), np.float32)

    def key(self, pitch: int, velocity: float, seconds: float, take: int) -> tuple[object, ...]:
        """What a rendered stroke may be found by again."""
        stroke = recorded(self.name, _NAMES[pitch])
        return pitch, take % _TAKES, stroke is not None and stroke.layer(velocity)

    def _tuning(self, layer: Layer) -> float:
        """Where a tone falls to: the tonic or the fifth that is nearest to the drum's own."""
        if not layer.tuned:
            return layer.to
        return tuned(layer.to, self.tonic)


@cache
def _drum(kit: str, name: str) -> Drum:
    """A kit's drum, or that of the kit that it is like."""
    entry = kits().get(kit, {}).get(name)
    if entry is None:
        return _drum(str(kits()["like"][kit]), name)
    return msgspec.convert(entry, Drum)


def _tone(layer: Layer, length: int, _rng: np.random.Generator, to: float) -> Curve:
    time = np.arange(length) / RATE
    hz = to + (layer.start - to) * np.exp(-time / layer.sweep)
    wave = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.exp(-time / layer.decay)
    wave *= np.minimum(1, time / 0.0012)
    if layer.drive:
        wave = np.tanh(wave * layer.drive) / np.tanh(layer.drive)
    return np.asarray(np.broadcast_to(wave, (2, length)))


def _noise(layer: Layer, length: int, rng: np.random.Generator, _to: float) -> Curve:
    time = np.arange(length) / RATE
    shape = np.exp(-time / layer.decay) * np.minimum(1, time / max(0.0004, layer.attack))
    for burst in range(1, layer.bursts):
        late = time - 0.011 * burst
        shape = np.where(late < 0, np.exp(-(time % 0.011) / 0.005), np.exp(-late / layer.decay))
    return np.asarray(noise(length, layer.low, layer.high, rng) * shape * 0.5)


def _ring(layer: Layer, length: int, rng: np.random.Generator, _to: float) -> Curve:
    hz = np.array(layer.freqs) * (1 + 0.004 * (rng.random(len(layer.freqs)) - 0.5))
    return _partials(hz, layer, length, rng)


def _metal(layer: Layer, length: int, rng: np.random.Generator, _to: float) -> Curve:
    places = (np.arange(36) + rng.random(36)) / 36
    return _partials(layer.low * (layer.high / layer.low) ** places, layer, length, rng)


def _partials(hz: Curve, layer: Layer, length: int, rng: np.random.Generator) -> Curve:
    gain = (0.4 + rng.random((2, len(hz)))) / np.sqrt(len(hz))
    rate = (0.7 + 0.6 * rng.random(len(hz))) / layer.decay
    rise = np.minimum(1, np.arange(length) / (0.0006 * RATE))
    return ring(hz, gain, rate, rng.random(len(hz)) * 2 * np.pi, length) * rise


_LAYERS = {"tone": _tone, "noise": _noise, "ring": _ring, "metal": _metal}
