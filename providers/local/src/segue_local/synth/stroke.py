"""Recorded drums: which kit has one, and how it is struck so that no two strokes are the same."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib.resources import files

import msgspec
import numpy as np
from msgspec import Struct

from segue_local.groove import DRUMS
from segue_local.synth.pack import DRUMS as FILE
from segue_local.synth.pack import Hit, index, recording
from segue_local.synth.sampler import dulled, guarded, played_at
from segue_local.synth.sound import RATE, Sound, hertz

_TAKES = ((1.0, 0), (1.006, 13), (0.9945, 29))
"""Speed and first frame of the strokes that take turns."""
_HARD = 0.6
"""The velocity from which the hard recording is struck."""
_TUNED = ("kick", "taiko")
_FAR = 3.2
"""Semitones that such a drum may be moved by, so that it agrees with the key."""


class Recorded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a kit's recordings come from, as `data/kits.toml` says."""

    pack: str
    """The kit's name in the sample pack."""
    cutoff: float = 20_000.0
    """Hz above which the whole kit is dull."""
    pitch: float = 0.0
    """Semitones by which all its drums are moved."""
    length: float = 9.0
    """Seconds after which a drum has died away: shorter for a dry kit."""
    without: tuple[str, ...] = ()
    """Drums that are not taken from the recordings."""


class Stroke(Struct, frozen=True, kw_only=True):
    """One recorded drum of one kit."""

    name: str
    source: Recorded
    hit: Hit
    gain: float

    def layer(self, velocity: float) -> str:
        """Which of the two recordings a stroke takes."""
        return "hard" if velocity >= _HARD else "soft"

    def strike(self, velocity: float, take: int, tonic: int, side: float) -> Sound:
        """One stroke, (2, frames), at full level; `side` is -1 left to 1 right."""
        place = self.hit.hard if self.layer(velocity) == "hard" else self.hit.soft
        tone = _prepared(*place, self.source.cutoff)
        ratio, first = _TAKES[take % len(_TAKES)]
        speed = ratio * 2 ** (self.source.pitch / 12) * self._tuning(tonic)
        length = int((tone.shape[1] - first) / speed)
        out = played_at(tone, -1, np.asarray(first + np.arange(length) * speed, np.float64))[0]
        time = np.arange(len(out)) / RATE
        rise = np.minimum(1, np.arange(len(out)) / 24)
        out = out * rise * np.exp(-6.9 * np.maximum(0, time - 0.3 * self.source.length)
                                  / self.source.length)  # fmt: skip
        level = self.gain * np.array([[1 - side], [1 + side]])
        return np.asarray(out * level, np.float32)

    def _tuning(self, tonic: int) -> float:
        """The speed that brings a kick to the key, if it has a pitch that is near enough."""
        if self.name not in _TUNED or not self.hit.hertz:
            return 1.0
        ratio = tuned(self.hit.hertz, tonic) / self.hit.hertz
        return ratio if abs(12 * np.log2(ratio)) <= _FAR else 1.0


@cache
def kits() -> dict[str, dict[str, object]]:
    """`data/kits.toml` as it is."""
    text = (files("segue_local") / "data" / "kits.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def recorded(kit: str, name: str) -> Stroke | None:
    """A kit's recorded drum; None where it is a synthetic one."""
    source = _source(kit, name)
    if source is None:
        return None
    pack = index().kits.get("taiko" if name == "taiko" else source.pack, {})
    hit = pack.get(DRUMS[name]) or index().kits["standard"].get(DRUMS[name])
    if hit is None:
        return None
    gain = kits()["gains"].get(name, 0.5)
    return Stroke(name=name, source=source, hit=hit, gain=float(str(gain)))


def tuned(wanted: float, tonic: int) -> float:
    """The tonic or the fifth that is nearest to a low frequency, in Hz."""
    choices = [hertz(pitch) for pitch in range(26, 48) if (pitch - tonic) % 12 in (0, 7)]
    return min(choices, key=lambda hz: abs(np.log(hz / wanted)))


_STANDARD = Recorded(pack="standard")
"""Where the drums come from that no kit has of its own."""


def _source(kit: str, name: str) -> Recorded | None:
    """The recordings of a kit, unless it, or one that it is like, has the drum as synthesized."""
    while True:
        if name in kits().get(kit, {}):
            return None
        if kit in kits()["recorded"]:
            source = msgspec.convert(kits()["recorded"][kit], Recorded)
            if name not in source.without:
                return source
        if kit not in kits()["like"]:
            return _STANDARD
        kit = str(kits()["like"][kit])


@lru_cache(maxsize=96)
def _prepared(start: int, frames: int, cutoff: float) -> Sound:
    """A recording with its peak at 1, for `velocity` sets the level."""
    tone = dulled(recording(FILE, start, frames), cutoff, RATE)
    return guarded(tone / max(1e-6, float(np.max(np.abs(tone)))), -1)
