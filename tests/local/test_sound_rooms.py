"""Rooms of families, tones by loudness, and notes that ring out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from segue_local.casting import instruments
from segue_local.mix.desk import Desk, Settings
from segue_local.mix.rooms import Rooms, room_of
from segue_local.score import Mix, Part, Score
from segue_local.synth.expression import tilt
from segue_local.synth.sound import hertz
from segue_local.synth.voices import voice

RATE = 44_100
SIZE = 1 << 13


def part(instrument: str, reverb: float = 0.5) -> Part:
    return Part(
        name=instrument, role="pad", instrument=instrument, level=0, pan=0, reverb=reverb, echo=0,
        duck=0, notes=(),
    )  # fmt: skip


def answer(instrument: str, blocks: int = 24, size: int = SIZE) -> NDArray[np.float32]:
    """What the desk makes of a single click by that instrument, without the click itself."""
    mix = Mix(room=2.0, glue=0, drive=0, spectrum=())
    score = Score(
        title="", genre="pop", bpm=100, meter=4, tonic="C", mode="major", seed=1, duration=4,
        sections=(), chords=(), parts=(part(instrument),), mix=mix,
    )  # fmt: skip
    desk = Desk(score, Settings(gains=(1.0,)), size)
    click = np.zeros((2, size), np.float32)
    click[:, 0] = 1
    silent = np.zeros((2, size), np.float32)
    heard = [desk.mix([(score.parts[0], silent if number else click)]) for number in range(blocks)]
    whole = np.concatenate(heard, axis=1)
    whole[:, 0] -= 1
    return whole


def first(sound: NDArray[np.float32]) -> float:
    """Seconds until anything is heard."""
    return float(np.argmax(np.abs(sound[0]) > 1e-6 * np.abs(sound).max())) / RATE


def center(sound: NDArray[np.float32]) -> float:
    """The mean time of a sound's energy in seconds."""
    power = np.sum(sound.astype(np.float64) ** 2, axis=0)
    return float(np.sum(power * np.arange(len(power))) / np.sum(power) / RATE)


def test_a_family_has_a_room_of_its_own() -> None:
    drums, guitar, strings, brass, choir = (
        answer(name) for name in ("rock kit", "piano", "violin", "trumpet", "choir")
    )
    delays = [first(each) for each in (drums, guitar, strings, brass, choir)]
    assert delays == sorted(delays)
    assert delays[-1] > delays[0] + 0.02
    loud = [float(np.sum(each.astype(np.float64) ** 2)) for each in (drums, strings, choir)]
    assert loud == sorted(loud)
    assert center(drums) < center(strings) - 0.02


def test_every_family_of_the_composer_has_one_room() -> None:
    families = {entry.family for entry in instruments().values()}
    named = [name for each in {room_of(n) for n in instruments()} for name in each.families]
    assert len(named) == len(set(named))
    assert set(named) <= families


def test_a_room_answers_the_same_whatever_the_size_of_the_blocks() -> None:
    whole, fine = answer("choir", 8), answer("choir", 256, SIZE // 32)
    assert np.allclose(whole, fine, atol=1e-5)


def test_rooms_of_one_size_share_one_reverberation() -> None:
    band = [part(name) for name in ("violin", "trumpet", "choir", "rock kit", "piano", "bass")]
    assert len(Rooms(band, SIZE).responses(2.0)) == 2
    assert len(Rooms([part("rock kit", reverb=0.0)], SIZE).responses(2.0)) == 1


def brightness(sound: NDArray[np.float32]) -> float:
    """The spectral centroid in Hz."""
    power = np.abs(np.fft.rfft(sound.mean(axis=0))) ** 2
    return float(np.sum(power * np.fft.rfftfreq(sound.shape[1], 1 / RATE)) / np.sum(power))


@pytest.mark.parametrize(
    "name",
    [
        "piano", "violin", "cello", "strings", "brass", "horn section", "trumpet", "saxophone",
        "clarinet", "choir", "nylon guitar", "clean guitar", "slap bass", "picked bass",
        "harpsichord", "clavinet", "church organ", "sitar", "mandolin", "vibraphone", "pad",
        "synth lead", "pluck", "synth bass", "wobble bass",
    ],
)  # fmt: skip
def test_a_soft_note_is_darker_than_a_loud_one(name: str) -> None:
    pitch = instruments()[name].low + 20
    soft, loud = (voice(name, 0).note(pitch, force, 1.0, 0) for force in (0.3, 0.95))
    assert brightness(soft) < 0.94 * brightness(loud)


def test_no_recorded_instrument_gets_brighter_when_it_is_played_softly() -> None:
    for name in ("flute", "oboe", "organ", "harp", "tuba", "sopranos", "marimba", "electric piano"):
        pitch = instruments()[name].low + 20
        soft, loud = (voice(name, 0).note(pitch, force, 0.6, 0) for force in (0.3, 0.95))
        assert brightness(soft) < 1.005 * brightness(loud)


def test_the_tilt_follows_force_and_pitch() -> None:
    edges = [tilt(hertz(60), force) for force in (0.0, 0.4, 0.7, 1.0)]
    assert edges == sorted(edges)
    assert edges[0] < 5 * hertz(60)
    assert edges[-1] > 10_000
    assert tilt(hertz(84), 0.0) > tilt(hertz(60), 0.0)


@pytest.mark.parametrize("name", ["clarinet", "jazz guitar", "harmonica", "bandoneon", "bass"])
def test_a_note_that_is_let_go_rings_out(name: str) -> None:
    low = instruments()[name].low
    sound = voice(name, 0).note(low + 12, 0.7, 0.5, 0)
    assert sound.shape[1] >= round(0.62 * RATE) - 1
    held = np.abs(sound[:, RATE // 2 - 2000 : RATE // 2]).max()
    after = np.abs(sound[:, RATE // 2 + 3100 : RATE // 2 + 3500]).max()
    assert 0.001 * held < after < 0.7 * held
