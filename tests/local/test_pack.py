"""The sample pack and the voices that play it."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from segue_local.casting import instruments
from segue_local.groove import DRUMS
from segue_local.synth.pack import index, recording
from segue_local.synth.sampler import Sampler, guarded, played_at
from segue_local.synth.stroke import kits, recorded
from segue_local.synth.tones import Tones
from segue_local.synth.voices import voice

RATE = 44_100
SAMPLES = files("segue_local") / "data" / "samples"
SAMPLED = [name for name in instruments() if isinstance(voice(name, 0), Sampler)]
KITS = [name for name, entry in instruments().items() if entry.family == "drums"]


def test_the_pack_is_small_and_rich() -> None:
    sizes = [len(entry.read_bytes()) for entry in SAMPLES.iterdir()]
    assert sum(sizes) <= 9_000_000
    assert len(index().instruments) >= 50
    assert len(index().kits) >= 8


def test_the_notice_of_the_recordings_is_shipped_with_them() -> None:
    notice = (SAMPLES / "FLUIDR3-COPYRIGHT.txt").read_text("utf-8")
    assert "Frank Wen" in notice
    assert "Permission is hereby granted, free of charge" in notice


def test_each_recording_of_the_index_is_in_its_file() -> None:
    for name, entry in index().instruments.items():
        last = entry.zones[-1]
        assert recording(name, last.start, last.frames).shape[1] == last.frames
        assert all(-1 <= zone.loop < zone.frames for zone in entry.zones)


def test_soft_and_hard_strokes_are_different_recordings() -> None:
    kit = index().kits["standard"]
    assert kit[DRUMS["snare"]].soft != kit[DRUMS["snare"]].hard
    assert index().instruments["piano"].soft < index().instruments["piano"].hard


@pytest.mark.parametrize("name", SAMPLED)
def test_every_sampled_instrument_sounds_over_its_whole_range(name: str) -> None:
    entry = instruments()[name]
    for pitch in (entry.low, (entry.low + entry.high) // 2, entry.high):
        sound = voice(name, 0).note(pitch, 0.7, 0.5, 0)
        assert np.all(np.isfinite(sound))
        assert 0.02 < np.max(np.abs(sound)) < 3
        assert np.max(np.abs(sound[:, :2])) < 0.02
        assert np.max(np.abs(sound[:, -8:])) < 0.02


@pytest.mark.parametrize("pitch", [60, 67])
@pytest.mark.parametrize("name", ["piano", "steel guitar", "trumpet"])
def test_a_harder_touch_is_brighter(name: str, pitch: int) -> None:
    soft, hard = (voice(name, 0).note(pitch, velocity, 1.0, 0)[0] for velocity in (0.3, 0.95))
    assert centroid(hard) > 1.1 * centroid(soft)


@pytest.mark.parametrize("name", ["strings", "organ", "flute", "violin", "brass"])
def test_a_long_note_goes_on_without_a_seam(name: str) -> None:
    sound = voice(name, 0).note(62, 0.7, 8.0, 0)[0]
    parts = sound[RATE : 7 * RATE].reshape(-1, RATE // 2)
    level = 20 * np.log10(np.sqrt(np.mean(parts**2, axis=1)))
    step = np.abs(np.diff(sound[RATE : 7 * RATE + 2], n=2)).reshape(-1, 147)
    assert np.ptp(level) < 9
    assert np.max(step) < 12 * np.median(np.max(step, axis=1))


@pytest.mark.parametrize("name", ["piano", "nylon guitar", "vibraphone"])
def test_a_struck_note_dies_away(name: str) -> None:
    sound = voice(name, 0).note(60, 0.8, 6.0, 0)[0]
    early, late = (np.sqrt(np.mean(sound[at * RATE // 2 :][:4410] ** 2)) for at in (0, 8))
    assert late < 0.35 * early


@pytest.mark.parametrize("kit", KITS)
def test_every_kit_has_every_drum(kit: str) -> None:
    for name, pitch in DRUMS.items():
        stroke = voice(kit, 0).note(pitch, 0.8, 0.2, 0)
        assert 0.05 < np.max(np.abs(stroke)) < 2.5, name


def test_recorded_drums_take_turns() -> None:
    kit = voice("rock kit", 0)
    strokes = [kit.note(DRUMS["snare"], 0.8, 0.2, take)[0, :4000] for take in range(3)]
    assert not np.allclose(strokes[0], strokes[1], atol=1e-3)
    assert not np.allclose(strokes[1], strokes[2], atol=1e-3)
    assert np.array_equal(strokes[0], kit.note(DRUMS["snare"], 0.8, 0.2, 3)[0, :4000])


def test_electronic_kits_stay_synthetic() -> None:
    assert recorded("909 kit", "kick") is None
    assert recorded("chip kit", "snare") is None
    assert recorded("jazz kit", "snare") is not None
    assert set(kits()["recorded"]) <= set(KITS)


def test_a_loop_is_read_round_and_round() -> None:
    tone = guarded(np.sin(np.arange(100) * 2 * np.pi / 20)[None].astype(np.float32), 0)
    read = played_at(tone, 0, np.arange(1000) * 0.5)[0]
    wanted = np.sin(np.arange(1000) * 0.5 * 2 * np.pi / 20)
    assert np.max(np.abs(read - wanted)) < 0.02


def test_kept_tones_make_room_for_new_ones() -> None:
    kept = Tones(3 * 400)
    for place in range(5):
        kept.keep(place, np.zeros((1, 100), np.float32), finished=False)
    assert kept.get(0, 50) is None
    assert kept.get(4, 50) is not None
    assert kept.get(4, 101) is None


def test_a_tone_that_has_ended_serves_any_length() -> None:
    kept = Tones(4000)
    kept.keep("drum", np.zeros((1, 100), np.float32), finished=True)
    assert kept.get("drum", 5000) is not None


def centroid(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(np.sum(np.fft.rfftfreq(len(sound), 1 / RATE) * power) / np.sum(power))
