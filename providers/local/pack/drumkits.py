"""The drums of the pack: each stroke as the font plays it, all kits in one file."""

from __future__ import annotations

from pathlib import Path

import bake
import numpy as np
import soundfont as sf2
from recipes import EXTRAS, HANDS, HARD, KITS, SOFT, STROKES
from tape import Tape

from segue_local.synth.pack import Hit

_RATE = 44_100


def drums(font: sf2.SoundFont, folder: Path) -> dict[str, dict[int, Hit]]:
    """All kits in one file; what two kits share is in it once."""
    tape, seen = Tape(1), dict[bytes, tuple[int, int]]()
    kits: dict[str, dict[int, Hit]] = {}
    plan = [
        *((kit, key, 128, program, key) for kit, program in KITS.items()
          for key in (*STROKES, *(HANDS if kit == "standard" else ()))),
        *((kit, key, bank, program, pitch)
          for (kit, key), (program, bank, pitch) in EXTRAS.items()),
    ]  # fmt: skip
    for kit, key, bank, program, pitch in plan:
        zones = [z for z in font.zones(bank, program) if z.keys[0] <= pitch <= z.keys[1]]
        layers = []
        for velocity in (SOFT, HARD):
            struck = [z for z in zones if z.velocities[0] <= velocity <= z.velocities[1]]
            if struck:
                audio = _stroke(font, struck, pitch)
                mark = audio.tobytes()
                if mark not in seen:
                    seen[mark] = (tape.add(audio), audio.shape[1])
                layers.append(seen[mark])
        if layers:
            loud = _stroke(font, [z for z in zones if z.velocities[1] >= HARD], pitch)
            kits.setdefault(kit, {})[key] = Hit(
                soft=layers[0], hard=layers[-1], hertz=_fundamental(loud[0])
            )
    tape.write(folder / "drums.ogg", _RATE)
    return kits


def _stroke(font: sf2.SoundFont, zones: list[sf2.Zone], key: int) -> bake.Audio:
    """A stroke as the font plays it: all its zones together, with their envelopes and filters."""
    parts = [_drum(font, zone, key) for zone in zones]
    out = np.zeros((1, max(part.shape[1] for part in parts)))
    for part in parts:
        out[:, : part.shape[1]] += part / len(parts)
    out = out[:, bake.lead_cut(out, _RATE) :]
    loud = np.flatnonzero(np.abs(out[0]) > 0.002 * np.max(np.abs(out)))
    return bake.one_shot(out[:, : int(loud[-1]) + 1], _RATE, 2.4).audio


def _drum(font: sf2.SoundFont, zone: sf2.Zone, key: int) -> bake.Audio:
    audio = font.audio(zone.mark("start"), zone.mark("end"))[None]
    ratio = 2 ** ((key - sf2.root_of(zone)) * zone.get(sf2.SCALE, 100) / 100 / 12)
    audio = bake.resampled(audio, ratio * zone.recording.rate / _RATE)
    audio = bake.softened(audio, sf2.hertz(zone.get(sf2.CUTOFF, 13_500)), _RATE)
    decay = sf2.seconds(zone.get(sf2.DECAY, -12000))
    if decay > 0.01 and zone.get(sf2.SUSTAIN) > 0:
        late = np.maximum(
            0, np.arange(audio.shape[1]) / _RATE - sf2.seconds(zone.get(sf2.HOLD, -12000))
        )
        floor = min(100.0, zone.get(sf2.SUSTAIN) / 10)
        audio = audio * 10 ** (-np.minimum(floor, 100 * late / decay) / 20)
    return audio * 10 ** (-0.4 * zone.get(sf2.ATTENUATION) / 200)


def _fundamental(audio: bake.Audio) -> float:
    """The strongest tone below 180 Hz; 0 where the drum has none."""
    spectrum = np.abs(np.fft.rfft(audio[: _RATE // 2], 1 << 17))
    hz = np.fft.rfftfreq(1 << 17, 1 / _RATE)
    low = (hz > 35) & (hz < 180)
    peak = float(spectrum[low].max())
    return (
        round(float(hz[low][np.argmax(spectrum[low])]), 1) if peak > 0.5 * spectrum.max() else 0.0
    )
