"""What a listener hears in a finished piece is what was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.recognition import key, recognize, told_apart
from numpy.typing import NDArray

from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.mix.echo import Echo
from segue_local.render import blocks
from segue_local.theory import NAMES
from segue_local.understand import understand

RATE = 44_100


def sound(genre: str, bpm: float, tonic: str, mode: str) -> NDArray[np.float32]:
    brief = Brief(genre=genre, bpm=bpm, key=f"{tonic} {mode}", duration=16.0, seed=7)
    return np.concatenate(list(blocks(compose(understand(brief)))), axis=1)


@pytest.mark.parametrize(
    ("genre", "bpm", "tonic", "mode"),
    [("house", 123, "A", "minor"), ("chiptune", 140, "D", "major"), ("lofi", 84, "Eb", "major")],
)
def test_the_tempo_and_the_key_that_were_asked_for_are_heard(
    genre: str, bpm: float, tonic: str, mode: str
) -> None:
    heard = recognize(sound(genre, bpm, tonic, mode))
    assert heard.bpm == pytest.approx(bpm, rel=0.02)
    relative = (NAMES.index(tonic) + (3 if mode == "minor" else 9)) % 12, mode != "minor"
    assert heard.key in {(NAMES.index(tonic), mode == "minor"), relative}


def test_the_listener_hears_another_key_in_another_scale() -> None:
    time = np.arange(4 * RATE) / RATE
    scale = (62, 65, 69, 62, 67, 70, 74, 69)  # D minor
    tones = [440 * 2 ** ((pitch - 69) / 12) for pitch in scale]
    played = np.concatenate([np.sin(2 * np.pi * hz * time[: RATE // 2]) for hz in tones])
    assert key(played.astype(np.float32)) == (2, True)


def test_a_recording_is_told_by_its_nearest_kind_without_itself() -> None:
    features = [(0.0, 1.0), (0.1, 1.1), (5.0, 9.0), (5.1, 9.2), (0.05, 1.0)]
    assert told_apart(["a", "a", "b", "b", "b"], features) == [True, True, True, True, False]


def test_an_echo_crosses_sides_and_is_the_same_in_blocks_of_any_size() -> None:
    def echoed(size: int) -> NDArray[np.float32]:
        echo, send = Echo(0.3, size), np.zeros(size * (65_536 // size), np.float32)
        send[100] = 1.0
        out = np.zeros((2, len(send)), np.float32)
        for at in range(0, len(send), size):
            echo.add(send[at : at + size], out[:, at : at + size])
        return out

    once = echoed(65_536)
    gap = round(0.225 * RATE)
    energy = np.sum(once[:, 100 + gap : 140 + gap] ** 2, axis=1)
    again = np.sum(once[:, 100 + 2 * gap : 140 + 2 * gap] ** 2, axis=1)
    assert energy[1] > 10 * energy[0]
    assert again[0] > 10 * again[1]
    assert np.max(np.abs(once[:, : 100 + gap])) == 0
    assert np.allclose(once, echoed(4096), atol=1e-6)
