"""What the finished mix keeps: loudness, peaks, loops, stems and tags."""

from __future__ import annotations

import hashlib
import io
from functools import cache

import msgspec
import numpy as np
import pytest
import soundfile
from benchmarks.ears import bands, clicks, listen, loudness, true_peak
from numpy.typing import NDArray

from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.genres import genre, names
from segue_local.mix.dynamics import Master
from segue_local.render import blocks, render
from segue_local.score import Score
from segue_local.synth.percussion import Kit
from segue_local.understand import understand

RATE = 44_100


@cache
def piece(name: str, seconds: float = 10.0, seed: int = 4) -> Score:
    brief = {"genre": name, "duration": seconds, "seed": seed}
    return compose(understand(msgspec.convert(brief, Brief)))


@cache
def sound(name: str) -> NDArray[np.float32]:
    return np.concatenate(list(blocks(piece(name))), axis=1)


@pytest.mark.parametrize("name", names())
def test_each_genre_is_mastered_to_the_same_figures(name: str) -> None:
    heard = listen(sound(name))
    assert np.all(np.isfinite(sound(name)))
    assert np.max(np.abs(sound(name)[:, -1])) < 0.001
    assert heard.frames == 10 * RATE
    assert abs(heard.lufs + 14) <= 0.9  # the benchmark holds 30 s pieces to 0.6
    assert heard.peak <= -1.0
    assert heard.silence <= 0.03
    assert heard.clicks == 0
    assert 0.1 <= heard.width <= 1.0


@pytest.mark.parametrize("name", ["house", "jazz", "rock", "lofi", "ambient"])
def test_a_mix_has_the_balance_of_its_genre(name: str) -> None:
    wanted = np.array(genre(name).spectrum)
    wanted = wanted - 10 * np.log10(np.sum(10 ** (wanted / 10)))
    missing = wanted - bands(sound(name))
    heard = np.where((wanted < -25) & (missing > 0), 0, np.abs(missing))  # too faint to be missed
    assert np.mean(heard) < 2.5


def test_genres_have_different_balances() -> None:
    assert bands(sound("house"))[0] > bands(sound("classical"))[0] + 5
    assert bands(sound("rock"))[5] > bands(sound("ambient"))[5] + 3


def test_a_loop_begins_where_it_ends() -> None:
    loop = msgspec.structs.replace(piece("lofi"), loop=True)
    heard = np.concatenate(list(blocks(loop)), axis=1)
    turned = np.roll(heard, RATE, axis=1)
    assert heard.shape[1] == 10 * RATE
    assert clicks(turned[:, RATE - 4410 : RATE + 4410]) == 0
    assert np.sqrt(np.mean(heard[:, :4410] ** 2)) > 0.01


def test_stems_are_as_loud_as_in_the_whole() -> None:
    score = piece("jazz", 4.0)
    whole = np.concatenate(list(blocks(score)), axis=1)
    stems = [
        np.concatenate(list(blocks(score, only=frozenset({part.name}))), axis=1)
        for part in score.parts
    ]
    difference = np.sum(stems, axis=0) - whole
    assert np.sqrt(np.mean(difference**2)) < 0.5 * np.sqrt(np.mean(whole**2))
    assert all(loudness(stem) < loudness(whole) for stem in stems)


def test_a_stem_that_is_not_there_is_refused_with_all_names() -> None:
    with pytest.raises(ValueError, match=r"no part is named kazoo; there are .*bass"):
        next(blocks(piece("jazz"), only=frozenset({"kazoo"})))


@pytest.mark.parametrize("container", ["wav", "flac", "ogg", "mp3"])
def test_files_say_what_they_are(container: str) -> None:
    score = msgspec.structs.replace(piece("folk", 1.0), prompt="a walk\nin the  hills")
    file = io.BytesIO()
    render(score, file, container, lambda share: None)
    file.seek(0)
    with soundfile.SoundFile(file) as read:
        assert read.title == score.title
        assert read.genre.lower() == "folk"  # MP3 has a list of genres of its own
        assert f"{score.bpm:g} bpm, {score.tonic} {score.mode}" in read.comment
        assert read.comment.endswith("| a walk in the hills")


def test_equal_scores_give_equal_samples_with_warm_and_cold_caches() -> None:
    def digest() -> str:
        made = b"".join(block.tobytes() for block in blocks(piece("pop", 5.0)))
        return hashlib.sha256(made).hexdigest()

    first = digest()
    list(blocks(piece("rock", 3.0)))
    assert digest() == first


def test_the_meter_agrees_with_the_standard() -> None:
    time = np.arange(5 * RATE) / RATE
    tone = np.float32(0.1) * np.sin(2 * np.pi * 997 * time).astype(np.float32)
    assert loudness(np.stack([tone, tone])) == pytest.approx(-20.0, abs=0.1)
    assert loudness(np.stack([tone, 0 * tone])) == pytest.approx(-23.01, abs=0.1)
    assert true_peak(np.stack([tone, tone])) == pytest.approx(-20.0, abs=0.05)


def test_a_click_is_heard() -> None:
    time = np.arange(RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)
    broken = tone.copy()
    broken[20_000:] *= -1
    broken[20_000:] += np.float32(0.2)
    assert clicks(np.stack([tone, tone])) == 0
    assert clicks(np.stack([broken, broken])) >= 1


SPACING = 50 * 96 + 1
"""Frames between events that begin, one after the other, at every place of a row of 96."""


def test_a_click_is_counted_once_wherever_it_falls() -> None:
    tone = 0.3 * np.sin(np.arange(97 * SPACING) * 0.03)
    tone += 0.2 * (np.arange(len(tone)) // SPACING % 2)
    assert clicks(np.stack([tone, tone]).astype(np.float32)) == 96


@pytest.mark.parametrize(("kit", "drum"), [("funk kit", 36), ("pop kit", 42), ("latin kit", 42)])
def test_the_stroke_of_a_drum_is_no_click_wherever_it_falls(kit: str, drum: int) -> None:
    stroke = Kit(name=kit, tonic=0).note(drum, 0.8, 0.1, 0)[:, :4000] * np.linspace(1, 0, 4000)
    out = np.zeros((2, 97 * SPACING))
    for place in range(96):
        out[:, place * SPACING :][:, :4000] += stroke
    assert clicks((out / np.abs(out).max()).astype(np.float32)) == 0


def test_the_limiter_holds_what_is_between_the_samples() -> None:
    """A tone of a quarter of the rate, struck between its peaks: its samples are 3 dB too low."""
    time = np.arange(1 << 15)
    tone = (np.sin(np.pi / 2 * time + np.pi / 4) * np.minimum(1, time / 4096)).astype(np.float32)
    master = Master(2.0, glue=0.0, drive=0.0)
    loud = np.concatenate([master.feed(np.stack([part, part])) for part in np.split(tone, 8)], 1)
    assert np.abs(tone).max() < 0.71
    assert true_peak(loud) < -1.2
