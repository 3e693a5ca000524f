"""Builds the sample pack of the offline composer from FluidR3 GM, which is free under MIT.

    python providers/local/pack/build.py fluid-soundfont-gm_3.1-5.3_all.deb

takes Debian's package (or the unpacked .sf2) and writes `segue_local/data/samples`: one Ogg Vorbis
file an instrument, one for all drums, and `index.json`. Equal input gives equal files under the
same libsndfile. Only who changes the pack runs this; it needs numpy, soundfile, msgspec, and
`dpkg-deb` for a .deb.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bake
import msgspec
import numpy as np
import soundfont as sf2
from drumkits import drums
from recipes import HARD, MELODIC, SOFT, Recipe
from tape import Tape

from segue_local.synth.pack import Index, Sampled, Stretch

SAMPLES = Path(__file__).parent.parent / "src" / "segue_local" / "data" / "samples"
_PEAK = 0.8
_DULLER = 2000  # cents that a soft stroke's low pass is below a hard one's (section 8.4.2)


def main() -> None:
    """Read the font, and write the pack anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="Debian's .deb, or the .sf2 itself")
    source = parser.parse_args().source
    with tempfile.TemporaryDirectory() as folder:
        if source.suffix == ".deb":
            subprocess.run(["dpkg-deb", "-x", source, folder], check=True)
            source = next(Path(folder).rglob("FluidR3_GM.sf2"))
        build(sf2.SoundFont(source))


def build(font: sf2.SoundFont) -> None:
    """Write all files of the pack."""
    SAMPLES.mkdir(parents=True, exist_ok=True)
    for old in SAMPLES.glob("*.ogg"):
        old.unlink()
    sampled = {name: melodic(font, name, recipe) for name, recipe in MELODIC.items()}
    index = Index(instruments=sampled, kits=drums(font, SAMPLES))
    (SAMPLES / "index.json").write_bytes(msgspec.json.encode(index) + b"\n")


def melodic(font: sf2.SoundFont, name: str, recipe: Recipe) -> Sampled:
    """One instrument: its recordings in one file."""
    chosen = list(_chosen(font, recipe))
    rate = max(pair[0].recording.rate for _, pair in chosen)
    takes = [_take(font, pair, recipe) for _, pair in chosen]
    gains = _evened([take.audio for take in takes])
    level = _PEAK / max(
        float(np.max(np.abs(take.audio))) * gain for take, gain in zip(takes, gains, strict=True)
    )
    tape = Tape(2 if recipe.stereo else 1)
    zones = []
    for (root, pair), take, gain in zip(chosen, takes, gains, strict=True):
        zone, at = pair[0], tape.add(take.audio * (gain * level))
        off = bake.cents_off(take.audio, zone.recording.rate, root) if recipe.harmonic else 0.0
        own = root + off / 100 + 12 * np.log2(rate / zone.recording.rate)
        zones.append(
            Stretch(
                start=at, frames=take.audio.shape[1], loop=take.loop, fall=round(take.fall, 2),
                root=round(float(own), 3), attack=sf2.seconds(zone.get(sf2.ATTACK, -12000)),
                hold=sf2.seconds(zone.get(sf2.HOLD, -12000)),
                decay=sf2.seconds(zone.get(sf2.DECAY, -12000)),
                sustain=round(min(100.0, zone.get(sf2.SUSTAIN) / 10), 1),
                release=sf2.seconds(zone.get(sf2.RELEASE, -12000)),
            )
        )  # fmt: skip
    tape.write(SAMPLES / f"{name}.ogg", rate)
    cutoffs = _cutoffs(font, recipe)
    return Sampled(rate=rate, zones=tuple(zones), soft=cutoffs[0], hard=cutoffs[1])


def _evened(takes: list[bake.Audio]) -> list[float]:
    """Gains that halve the differences in level between an instrument's recordings."""
    levels = np.array([np.sqrt(np.mean(audio[:, :16_000] ** 2)) for audio in takes])
    gains = np.clip(np.sqrt(np.median(levels) / levels), 0.5, 2)
    return [float(gain) for gain in gains]


def _chosen(font: sf2.SoundFont, recipe: Recipe) -> Iterator[tuple[float, list[sf2.Zone]]]:
    """Roots far enough apart, each with the zones of its left and right channel."""
    groups: dict[float, list[sf2.Zone]] = {}
    for zone in font.zones(recipe.bank, recipe.program):
        if zone.velocities[0] <= HARD <= zone.velocities[1]:
            groups.setdefault(sf2.root_of(zone), []).append(zone)
    inside = [
        (root, _pair(zones, recipe.stereo))
        for root, zones in sorted(groups.items())
        if zones[0].keys[1] >= recipe.low and zones[0].keys[0] <= recipe.high
    ]
    last = -99.0
    for number, (root, pair) in enumerate(inside):
        following = inside[number + 1][0] if number + 1 < len(inside) else None
        if root - last >= recipe.gap - 0.5 or (following and following - last > recipe.gap + 3):
            last = root
            yield root, pair


def _pair(zones: list[sf2.Zone], stereo: bool) -> list[sf2.Zone]:
    sides = sorted(zones, key=lambda zone: zone.get(sf2.PAN))
    return [sides[0], sides[-1]] if stereo else [sides[0]]


def _take(font: sf2.SoundFont, pair: list[sf2.Zone], recipe: Recipe) -> bake.Take:
    length = min(zone.mark("end") - zone.mark("start") for zone in pair)
    audio = np.stack([font.audio(z.mark("start"), z.mark("start") + length) for z in pair])
    audio *= 10 ** (-0.4 * pair[0].get(sf2.ATTENUATION) / 200)
    zone, rate = pair[0], pair[0].recording.rate
    cut = bake.lead_cut(audio, rate)
    start, end = (zone.mark(name) - zone.mark("start") - cut for name in ("loop_start", "loop_end"))
    audio = audio[:, cut:]
    if zone.get(sf2.MODE) % 2 == 0 or end - start < 8:
        return bake.one_shot(audio, rate, recipe.seconds)
    return bake.looped(audio, (max(0, start), min(end, audio.shape[1])), rate, recipe.seconds)


def _cutoffs(font: sf2.SoundFont, recipe: Recipe) -> tuple[float, float]:
    """The font's own low passes for a soft and a hard stroke, in Hz."""
    zones = font.zones(recipe.bank, recipe.program)
    found = []
    for velocity in (SOFT, HARD):
        fitting = [z for z in zones if z.velocities[0] <= velocity <= z.velocities[1]]
        found.append(sf2.hertz(float(np.median([z.get(sf2.CUTOFF, 13_500) for z in fitting]))))
    if found[0] == found[1]:  # then the format's own modulator counts: 2400 cents at most
        found[0] = found[1] * 2 ** (-_DULLER / 1200)
    return round(found[0]), round(found[1])


if __name__ == "__main__":
    main()
