"""The picture of a piece."""

from __future__ import annotations

import random
import sys
import tracemalloc
import wave
from array import array

import pytest
import soundfile

from segue.cli.waveform import picture, shape


def write(path, samples, *, width=2, channels=1, rate=8000):
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", "not compressed"))
        file.writeframes(samples)
    return path


def rising(width, count=8000):
    """Noise that grows from nothing to as loud as `width` bytes allow."""
    rng = random.Random(7)
    top = 2 ** (8 * width - 1) - 1
    values = [int(top * rng.uniform(-1, 1) * at / count) for at in range(count)]
    if width == 1:
        return bytes(value + 128 for value in values)
    return b"".join(value.to_bytes(width, "little", signed=True) for value in values)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_the_shape_follows_the_loudness(tmp_path, width):
    found = shape(write(tmp_path / "a.wav", rising(width), width=width), 10)
    assert found.seconds == 1.0
    assert list(found.levels) == sorted(found.levels)
    assert found.levels[0] < 0.1
    assert found.levels[-1] == 1.0


def test_both_channels_are_seen(tmp_path):
    for side in (0, 1):
        samples = array("h", [0, 0] * 4000)
        samples[4000 + side :: 2] = array("h", [20_000] * 2000)
        found = shape(write(tmp_path / "a.wav", samples.tobytes(), channels=2), 4)
        assert found.levels == (0.0, 0.0, 1.0, 1.0)


def test_silence_is_a_line_in_the_middle(tmp_path):
    found = shape(write(tmp_path / "a.wav", bytes(16_000)), 4)
    assert picture(found.levels, 2) == ["⣀⣀", "⠉⠉"]


def test_a_picture_is_mirrored_and_has_its_rows():
    assert picture([1, 1, 0.5, 0.5, 0, 0], 2) == ["⣿⣤⣀", "⣿⠛⠉"]
    assert len(picture([0.1] * 31, 4)) == 4


def test_levels_out_of_range_are_drawn_at_the_edge():
    assert picture([9, -9], 1) == ["⡷"]


def test_a_piece_shorter_than_the_picture_is_drawn(tmp_path):
    assert len(shape(write(tmp_path / "a.wav", b"\1\2" * 3), 160).levels) == 160


def test_other_containers_need_soundfile(tmp_path, monkeypatch):
    path = tmp_path / "a.flac"
    samples = memoryview(rising(2)).cast("h").tolist()
    soundfile.write(str(path), [value / 32768 for value in samples], 8000)
    assert shape(path, 10).levels[-1] == 1.0
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert shape(path, 10) is None


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\x24\0\0\0WAVEfmt ", b"<html>" * 99])
def test_what_is_no_sound_has_no_picture(tmp_path, data):
    (tmp_path / "a.wav").write_bytes(data)
    assert shape(tmp_path / "a.wav", 10) is None


def test_a_file_that_is_missing_has_no_picture(tmp_path):
    assert shape(tmp_path / "none.wav", 10) is None


def test_memory_does_not_grow_with_the_piece(tmp_path):
    path = write(tmp_path / "long.wav", bytes(20_000_000), rate=44_100)
    tracemalloc.start()
    try:
        assert shape(path, 160) is not None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
