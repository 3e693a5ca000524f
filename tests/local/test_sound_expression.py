"""How players and their gear shape a sound: amplifiers, swells, breath, ties, strokes in turn."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from segue_local.brief import Brief
from segue_local.casting import instruments
from segue_local.compose import compose
from segue_local.lexicon import nearest
from segue_local.mix.amplifier import Amplifier
from segue_local.phrasing import phrased
from segue_local.score import Note, Part, Score
from segue_local.synth.expression import breath, swell
from segue_local.synth.voices import voice
from segue_local.understand import understand

RATE = 44_100
SIZE = 4096
OPENED = ("a", "b", "c", "build", "end")


def score(prompt: str, **options: object) -> Score:
    return compose(understand(msgspec.convert({"prompt": prompt, "seed": 3, **options}, Brief)))


def part(piece: Score, name: str) -> Part:
    return next(each for each in piece.parts if each.name == name)


def tones(*hertz: float, seconds: float = 0.8) -> NDArray[np.float32]:
    time = np.arange(int(seconds * RATE)) / RATE
    wave = sum(0.3 * np.sin(2 * np.pi * each * time) for each in hertz)
    return np.stack([wave, wave]).astype(np.float32)


def amplified(sound: NDArray[np.float32], drive: float) -> NDArray[np.float32]:
    amplifier = Amplifier(drive, SIZE)
    whole = sound[:, : sound.shape[1] // SIZE * SIZE]
    blocks = [amplifier.feed(whole[:, at : at + SIZE]) for at in range(0, whole.shape[1], SIZE)]
    return np.concatenate(blocks, axis=1)


def level_at(sound: NDArray[np.float32], hertz: float) -> float:
    heard = sound[0, -16_384:] * np.hanning(16_384)
    spectrum = np.abs(np.fft.rfft(heard))
    place = round(hertz * 16_384 / RATE)
    return float(20 * np.log10(spectrum[place - 1 : place + 2].max() + 1e-9))


def test_an_amplifier_makes_a_fifth_growl_an_octave_below_it() -> None:
    """The difference of the two tones is heard, which no mere filter makes."""
    both = tones(220, 330)
    assert level_at(amplified(both, 40), 110) > level_at(both, 110) + 30
    apart = amplified(tones(220), 40) + amplified(tones(330), 40)
    assert level_at(amplified(both, 40), 110) > level_at(apart, 110) + 20


def test_an_amplifier_folds_nothing_back_into_the_audible_band() -> None:
    """At 5 kHz the fifth harmonic is above half the rate; 44100 - 25000 is where it would fold."""
    loud = amplified(tones(5000), 40)
    assert level_at(loud, 19_100) < level_at(loud, 5000) - 45


def test_an_amplifier_gives_the_same_sound_whatever_the_blocks_before() -> None:
    sound = tones(196, 294)
    twice = amplified(sound, 12), amplified(sound, 12)
    assert np.array_equal(*twice)
    assert np.all(np.abs(twice[0]) < 4)


def test_a_held_note_swells_and_a_short_one_does_not() -> None:
    shape = swell(2.0, 0.4, 2 * RATE)
    assert shape[0] == pytest.approx(0.6, abs=0.01)
    assert shape.max() == pytest.approx(1.0, abs=0.01)
    assert shape[-1] < 0.9
    assert np.all(swell(0.2, 0.4, RATE // 5) == 1)


def test_bowed_and_blown_instruments_swell() -> None:
    for name in ("violin", "flute", "french horn", "choir", "sopranos"):
        tone = np.abs(voice(name, 0).note(instruments()[name].low + 14, 0.7, 2.0, 0)[0])
        begun, grown = tone[RATE // 5 : RATE // 3].max(), tone[RATE // 2 : RATE].max()
        assert grown > begun


def test_a_flute_has_breath_and_a_violin_none() -> None:
    air = breath(72, 0.7, RATE, 0)
    assert air.shape == (2, RATE)
    assert np.std(air[:, 2000:6000]) > 1.5 * np.std(air[:, -8000:])
    quiet = msgspec.structs.replace(voice("flute", 0), air=0.0)
    blown = voice("flute", 0).note(72, 0.7, 1.0, 0)
    assert not np.allclose(blown, quiet.note(72, 0.7, 1.0, 0)[:, : blown.shape[1]])


def test_a_sitar_buzzes_on_while_its_tone_dies() -> None:
    sitar = voice("sitar", 0)
    plain = msgspec.structs.replace(sitar, buzz=0.0)
    high = np.fft.rfftfreq(RATE // 2, 1 / RATE) > 3000

    def bright(sound: NDArray[np.float32]) -> float:
        spectrum = np.abs(np.fft.rfft(sound[0, RATE // 2 : RATE])) ** 2
        return float(spectrum[high].sum() / spectrum.sum())

    assert bright(sitar.note(62, 0.8, 1.5, 0)) > 1.5 * bright(plain.note(62, 0.8, 1.5, 0))


def test_strokes_of_a_damped_guitar_take_turns() -> None:
    guitar = voice("muted guitar", 0)
    one, two, three, fourth = (guitar.note(52, 0.6, 0.2, take) for take in range(4))
    assert not np.allclose(one[:, :4000], two[:, :4000])
    assert not np.allclose(two[:, :4000], three[:, :4000])
    assert np.array_equal(one, fourth)
    assert guitar.key(52, 0.6, 0.2, 0) == guitar.key(52, 0.6, 0.2, 3)


def test_an_electric_guitar_is_damped_on_short_soft_strokes_only() -> None:
    guitar = voice("electric guitar", 0)
    damped, open_ = guitar.note(40, 0.6, 0.15, 0), guitar.note(40, 0.9, 0.15, 0)
    assert guitar.key(40, 0.6, 0.15, 0)[0] == "muted"
    assert not np.allclose(damped[:, :3000], open_[:, :3000])


def test_two_guitarists_stand_left_and_right_and_are_not_the_same() -> None:
    left, right = voice("electric guitar", 0).note(40, 0.9, 0.5, 0)
    late = int(0.013 * RATE)
    assert not np.any(right[: late - 8])
    assert np.any(left[: late - 8])
    assert not np.allclose(left[:-late], right[late:], atol=1e-3)


def notes(*rows: tuple[float, float, int]) -> list[Note]:
    return [Note(start=at, length=length, pitch=p, velocity=0.7) for at, length, p in rows]


def test_a_tied_line_sounds_on_into_its_next_note_but_not_over_a_rest() -> None:
    line = phrased(notes((0, 0.9, 60), (1, 0.9, 64), (2, 0.5, 67), (4, 1, 65)), tied=True)
    assert [note.length > 1 for note in line] == [True, True, False, False]
    assert line[2].length == 0.5
    assert phrased([], tied=True) == []


def test_loudness_follows_the_line_upwards() -> None:
    low, high = phrased(notes((0, 1, 60), (1, 1, 72)), tied=False)
    assert low.velocity < 0.7 < high.velocity
    assert low.length == 1


def test_a_violins_melody_is_tied_and_a_pianos_is_not() -> None:
    for player, tied in (("violin", True), ("piano", False)):
        line = next(
            each.notes for each in score(f"solo {player}", duration=40).parts
            if each.role == "melody"
        )  # fmt: skip
        over = [one.start + one.length > two.start + 0.01 for one, two in pairwise(line)]
        assert (sum(over) > 0.4 * len(over)) is tied


def test_power_chords_are_fifths_and_octaves_on_the_chords_root() -> None:
    piece = score("metal", duration=30)
    riff = part(piece, "rhythm")
    assert riff.role == "power"
    for note in riff.notes:
        chord = [each for each in piece.chords if each.start <= note.start + 0.1][-1]
        assert (note.pitch - chord.tones[0]) % 12 in (0, 7)


def test_a_break_goes_through_all_its_bars() -> None:
    piece = score("drum and bass", duration=40, bpm=174)
    drums = part(piece, "drums")
    bars: dict[int, set[tuple[float, int]]] = {}
    for note in drums.notes:
        bar, within = divmod(round(note.start * 4), 16)
        bars.setdefault(bar, set()).add((within, note.pitch))
    assert len({frozenset(bar) for bar in bars.values()}) >= 4


def test_a_hit_opens_each_section_and_the_end() -> None:
    piece = score("cinematic", duration=60, metre="4/4")
    starts = {round(note.start, 2) for note in part(piece, "hit").notes}
    opened = {round(s.start, 2) for s in piece.sections if s.name in OPENED}
    assert starts == opened


@pytest.mark.parametrize(
    ("word", "known"),
    [("synthwav", "synthwave"), ("gutar", "guitar"), ("jaz", "jazz"), ("xyzzy", "")],
)
def test_a_misspelt_word_is_near_a_known_one(word: str, known: str) -> None:
    assert nearest(word) == known


def test_every_word_that_is_not_understood_is_named_with_the_nearest() -> None:
    found = understand(Brief(prompt="synthwav for my dragon with gutar"))
    assert found.understood["unread"] == {
        "value": ["synthwav", "dragon", "gutar"], "from": "prompt",
    }  # fmt: skip
    (line,) = found.ignored
    assert line == (
        "not understood: 'synthwav' (the nearest known is 'synthwave'), 'dragon', "
        "'gutar' (the nearest known is 'guitar')"
    )
    many = understand(Brief(prompt=" ".join(f"qx{chr(97 + n)}zv" for n in range(24))))
    assert many.ignored[-1].endswith(" and 4 more")
