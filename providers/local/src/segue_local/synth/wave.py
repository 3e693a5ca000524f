"""Oscillators with a moving filter: leads, basses, plucks and solo winds.

The filter is a ladder of band-limited single-cycle tables, from dark to bright; the sweep reads
between two rungs. No harmonic above the audible band is ever in a table, so nothing aliases.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from segue_local.synth.sound import (
    RATE,
    Curve,
    Sound,
    chance,
    envelope,
    formants,
    frames,
    hertz,
    noise,
)
from segue_local.synth.tones import Tones

_TABLE = 2048
_RUNGS = 10
_HIGHEST = 15_000.0
_CENT = np.log(2) / 1200
_TONES = Tones(28 << 20)
_TOUCHES = 6
"""Velocities that get a tone of their own."""


class Wave(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="engine", tag="wave"
):
    """How such an instrument is built."""

    wave: str = "saw"
    """saw or square, unless `harmonics` are written out."""
    harmonics: tuple[float, ...] = ()
    sub: float = 0.0
    voices: int = 1
    detune: float = 0.0
    """Cents from the lowest to the highest of the voices."""
    width: float = 0.0
    cutoff: tuple[float, ...] = (500, 3000)
    """The filter's range in Hz, closed and open."""
    resonance: float = 0.0
    body: tuple[tuple[float, float, float], ...] = ()
    attack: float = 0.01
    decay: float = 0.5
    sustain: float = 0.8
    release: float = 0.1
    sweep_attack: float = 0.0
    sweep_decay: float = 0.5
    sweep_sustain: float = 1.0
    vibrato: tuple[float, ...] = ()
    """Rate in Hz, depth in cents, seconds until it begins."""
    scoop: float = 0.0
    """Cents below the pitch at which a note begins."""
    breath: float = 0.0
    wobble: tuple[float, ...] = ()
    """Rate in Hz at which the filter opens and closes, and how far it closes, 0 to 1."""
    drive: float = 0.0
    """How hard the tone is bent before its envelope; 0 leaves it round."""
    tremolo: tuple[float, ...] = ()
    amplifier: float = 0.0

    def note(self, pitch: int, velocity: float, seconds: float, take: int) -> Sound:
        """One note, with its release."""
        velocity = round(velocity * _TOUCHES) / _TOUCHES
        shape = _shape(self, seconds)
        length = len(shape)
        place = (self, pitch, velocity, take % 2)
        tone = _TONES.get(place, length)
        if tone is None:
            tone = self._tone(pitch, velocity, take % 2, length + frames(0.2))
            if self.drive:
                tone = np.tanh(tone * np.float32(self.drive * 3)) / np.float32(3)
            _TONES.keep(place, tone, finished=False)
        out = tone[:, :length] * shape
        if self.breath:
            time = np.arange(length) / RATE
            air = noise(length, hertz(pitch) * 1.5, 6000, chance("breath", pitch, take % 2))
            out = out + (air * shape * self.breath * (0.35 + 0.65 * np.exp(-time / 0.06))).astype(
                np.float32
            )
        return out

    def key(self, pitch: int, velocity: float, seconds: float, take: int) -> tuple[object, ...]:
        """What a rendered note may be found by again."""
        return pitch, round(velocity * _TOUCHES), seconds, take % 2

    def _tone(self, pitch: int, velocity: float, take: int, length: int) -> Sound:
        """All voices with the filter's sweep, before any envelope; one channel if they are one."""
        time = np.arange(length) / RATE
        rungs = _opened(self, length, velocity)
        ladder = _ladder(self, pitch)
        turns = self._turns(hertz(pitch) / RATE, time)
        if self.voices == 1:
            return _read(ladder, turns + take * 0.21, *rungs)[None]
        out = np.zeros((2, length), np.float32)
        for voice in range(self.voices):
            place = voice / (self.voices - 1) - 0.5
            phase = turns * 2 ** (place * self.detune / 1200) + (voice * 0.37 + take * 0.21)
            side = place * 2 * self.width * (1 if voice % 2 else -1)
            tone = _read(ladder, phase, *rungs)
            out[0] += tone * np.float32(1 - side)
            out[1] += tone * np.float32(1 + side)
        return out * np.float32(1 / np.sqrt(self.voices))

    def sweep(self, time: Curve) -> Curve:
        """How far the filter is open, 0 to 1."""
        rise = np.minimum(1.0, time / max(1e-4, self.sweep_attack))
        fall = np.exp(-np.maximum(0, time - self.sweep_attack) / self.sweep_decay)
        bright = rise * (self.sweep_sustain + (1 - self.sweep_sustain) * fall)
        if self.wobble:
            rate, depth = self.wobble
            bright *= 1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * rate * time))
        return np.asarray(bright)

    def _turns(self, pace: float, time: Curve) -> Curve:
        """How often the wave has gone round, with vibrato and scoop."""
        if not self.vibrato and not self.scoop:
            return np.asarray(np.arange(1, len(time) + 1) * pace)
        bend = -self.scoop * np.exp(-time / 0.035) if self.scoop else np.zeros(len(time))
        if self.vibrato:
            rate, depth, delay = self.vibrato
            onset = np.clip((time - delay) / 0.35, 0, 1)
            bend = bend + depth * onset * np.sin(2 * np.pi * rate * time)
        return np.asarray(np.cumsum(pace * np.exp(bend * _CENT)))

    def ladder(self, pitch: int) -> Sound:
        """The tables, dark to bright, each with its first sample repeated at the end."""
        first = hertz(pitch)
        count = max(1, min(_TABLE // 2 - 1, int(_HIGHEST / first)))
        number = np.arange(1.0, count + 1)
        gain = self._gains(number) * formants(number * first, self.body)
        low, high = self.cutoff
        edges = np.geomspace(max(low, 0.8 * first), max(high, 1.6 * first), _RUNGS)[:, None]
        response = 1 / np.sqrt(1 + (number * first / edges) ** 6)
        response *= 1 + self.resonance * np.exp(-((np.log2(number * first / edges) / 0.35) ** 2))
        spectrum = np.zeros((_RUNGS, _TABLE // 2 + 1), complex)
        spectrum[:, 1 : count + 1] = -0.5j * _TABLE * gain * response
        tables = np.fft.irfft(spectrum)
        tables /= np.sqrt(np.mean(tables[_RUNGS // 2] ** 2)) * 4
        return np.concatenate([tables, tables[:, :1]], axis=1).astype(np.float32)

    def _gains(self, number: Curve) -> Curve:
        gain = np.zeros_like(number)
        if self.harmonics:
            count = min(len(number), len(self.harmonics))
            gain[:count] = self.harmonics[:count]
        else:
            gain = (
                1 / number
                if self.wave == "saw"
                else np.where(number % 2 == 1, 1 / number, 0.04 / number)
            )
        gain[0] += self.sub
        return np.asarray(gain)


@lru_cache(maxsize=4)
def _shape(voice: Wave, seconds: float) -> Sound:
    """The envelope of a note, which a chord's notes have in common."""
    attack = min(voice.attack, 0.6 * seconds)
    shape = envelope(frames(seconds), attack, voice.decay, voice.sustain, voice.release)
    return shape.astype(np.float32)


@lru_cache(maxsize=4)
def _opened(voice: Wave, length: int, velocity: float) -> tuple[NDArray[np.intp], Sound]:
    """Between which rungs the filter is at each frame."""
    return _rungs(voice.sweep(np.arange(length) / RATE) * (0.3 + 0.7 * velocity))


@lru_cache(maxsize=48)
def _ladder(voice: Wave, pitch: int) -> Sound:
    return voice.ladder(pitch)


def _rungs(bright: Curve) -> tuple[NDArray[np.intp], Sound]:
    """For each frame, where the lower of two rungs begins, and the share of the upper one."""
    rung = np.clip(bright, 0, 1) * (_RUNGS - 1.001)
    lower = rung.astype(np.intp)
    return lower * (_TABLE + 1), (rung - lower).astype(np.float32)


def _read(ladder: Sound, phase: Curve, lower: NDArray[np.intp], mix: Sound) -> Sound:
    """Samples at the phases, between two neighbours of two rungs."""
    place = (phase - np.floor(phase)) * _TABLE
    left = place.astype(np.intp)
    share = (place - left).astype(np.float32)
    left += lower
    flat, steps = ladder.ravel(), np.diff(ladder.ravel(), append=np.float32(0))
    dark = steps.take(left)
    dark *= share
    dark += flat.take(left)
    left += _TABLE + 1
    light = steps.take(left)
    light *= share
    light += flat.take(left)
    light -= dark
    light *= mix
    light += dark
    return light
