"""What was asked for is in the notes: metre, key, tempo, moods, loops, and what is left out."""

from __future__ import annotations

import msgspec
import pytest

from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.genres import names
from segue_local.metres import BEATS
from segue_local.plan import Plan
from segue_local.score import Score
from segue_local.theory import MODES, NAMES, Key
from segue_local.understand import understand


def plan(prompt: str = "", **options: object) -> Plan:
    return understand(msgspec.convert({"prompt": prompt, "seed": 3, **options}, Brief))


def score(prompt: str = "", **options: object) -> Score:
    return compose(plan(prompt, **options))


def average(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("metre", BEATS)
@pytest.mark.parametrize("name", names())
def test_every_genre_plays_in_every_metre(name: str, metre: str) -> None:
    piece = score(genre=name, metre=metre, duration=40)
    assert (piece.metre, piece.meter) == (metre, BEATS[metre])
    assert all(section.start % piece.meter == 0 for section in piece.sections)
    drums = [note for part in piece.parts if part.role == "drums" for note in part.notes]
    bass = [note for part in piece.parts if part.role == "bass" for note in part.notes]
    firm = [note for note in bass if note.start < piece.sections[-1].start - 0.5]
    downbeats = {
        round(note.start) for note in [*firm, *drums] if abs(note.start % piece.meter) < 0.1
    }
    assert all(beat % piece.meter == 0 for beat in downbeats)
    assert name in ("reggae", "ambient", "house", "techno", "trance") or downbeats


def test_the_weight_of_six_eight_falls_on_its_two_beats() -> None:
    piece = score("an irish jig", duration=60)
    tune = next(part for part in piece.parts if part.role == "melody")
    body = tune.notes[:-1]
    assert piece.metre == "6/8"
    heavy = [n for n in body if min(n.start % 1.5, 1.5 - n.start % 1.5) < 0.1]
    quarters = [n for n in body if abs(n.start % 3 - 2) < 0.1]
    assert len(heavy) > len(quarters)


@pytest.mark.parametrize(
    ("prompt", "metre", "genre"),
    [
        ("a waltz", "3/4", "classical"),
        ("a jazz waltz", "3/4", "jazz"),
        ("rock in 6/8", "6/8", "rock"),
        ("techno in 3/4 time", "3/4", "techno"),
        ("a jig", "6/8", "folk"),
        ("house", "4/4", "house"),
    ],
)
def test_a_prompt_says_in_which_metre(prompt: str, metre: str, genre: str) -> None:
    assert (plan(prompt).metre, plan(prompt).genre) == (metre, genre)


def test_a_metre_that_nobody_plays_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="metre '5/4' is not one of 4/4, 3/4, 6/8"):
        plan("jazz", metre="5/4")
    assert any("plays 4/4, 3/4 and 6/8" in line for line in plan("jazz in 5/4").ignored)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["pop", "metal", "jazz", "chiptune", "funk"])
def test_every_mode_rules_the_notes_of_its_piece(name: str, mode: str) -> None:
    piece = score(genre=name, key=f"Eb {mode}", duration=30, bpm=111)
    scale = Key(tonic=NAMES.index("Eb"), mode=mode).scale
    notes = [n for p in piece.parts if p.role in ("melody", "pad", "comp") for n in p.notes]
    assert (piece.tonic, piece.mode, piece.bpm) == ("Eb", mode, 111)
    assert sum(note.pitch % 12 in scale for note in notes) >= 0.75 * len(notes)
    assert piece.chords[-1].tones[0] == NAMES.index("Eb")


@pytest.mark.parametrize("name", names())
def test_words_against_an_instrument_keep_it_out(name: str) -> None:
    for options in ({"prompt": "no drums"}, {"negative_style": "drums and bass"}):
        roles = {part.role for part in score(genre=name, **options).parts}
        assert "drums" not in roles
        assert "negative_style" not in options or "bass" not in roles


def test_a_negative_style_keeps_moods_and_genres_out() -> None:
    assert plan("sad happy music", negative_style="sad").moods == ("happy",)
    assert plan("techno or jazz", negative_style="techno").genre == "jazz"
    told = plan("pop", negative_style="quetzal").ignored
    assert told == ("negative_style: 'quetzal' names nothing that can be left out",)


def test_words_that_mean_nothing_to_it_are_told() -> None:
    understood = plan("a lofi song for my dragon, 90 bpm").understood
    assert understood["unread"] == {"value": ["dragon"], "from": "prompt"}
    assert "unread" not in plan("uplifting lofi, 90 bpm, 20 seconds").understood


def test_moods_change_harmony_tempo_register_and_density() -> None:
    seeds = range(6)
    happy = [score("happy pop", duration=40, seed=seed) for seed in seeds]
    sad = [score("sad pop", duration=40, seed=seed) for seed in seeds]
    assert {piece.mode for piece in sad} == {"minor"}
    assert {piece.mode for piece in happy} == {"major"}
    assert average([p.bpm for p in sad]) < average([p.bpm for p in happy])

    def pitch(piece: Score) -> float:
        tune = next(part for part in piece.parts if part.role == "melody")
        return average([float(note.pitch) for note in tune.notes])

    def busy(piece: Score) -> float:
        return sum(len(part.notes) for part in piece.parts) / piece.duration

    assert average([pitch(p) for p in sad]) < average([pitch(p) for p in happy])
    assert average([busy(p) for p in sad]) < average([busy(p) for p in happy])
    assert sum(happy[0].mix.spectrum[-2:]) > sum(sad[0].mix.spectrum[-2:])


def test_dreamy_pieces_have_richer_chords_than_angry_ones() -> None:
    def rich(prompt: str) -> float:
        pieces = [score(prompt, genre="pop", key="C minor", seed=seed) for seed in range(12)]
        return average([average([len(c.tones) for c in piece.chords]) for piece in pieces])

    assert rich("dreamy") >= rich("angry")


@pytest.mark.parametrize("name", names())
def test_a_loop_is_whole_bars_and_nothing_rings_out(name: str) -> None:
    piece = score(genre=name, loop=True, duration=20)
    beats = piece.duration * piece.bpm / 60
    assert piece.loop
    assert piece.duration == 20
    assert beats % piece.meter == pytest.approx(0, abs=1e-4) or beats % piece.meter > 2.9999
    assert sum(section.bars for section in piece.sections) * piece.meter == pytest.approx(beats)
    assert sum(chord.length for chord in piece.chords) == pytest.approx(beats)
    assert all(note.start + note.length <= beats + 0.1 for p in piece.parts for note in p.notes)


def test_a_loop_at_a_tempo_lasts_whole_bars_and_says_so() -> None:
    found = plan("house at 120 bpm", duration=9, loop=True)
    assert (found.duration, found.bpm) == (8.0, 120)
    assert any(line.startswith("duration: a loop of 4 whole bars") for line in found.ignored)
    assert plan("a seamless loop of techno").loop


def test_a_piece_rises_towards_its_last_chorus() -> None:
    piece = score(genre="pop", metre="4/4", bpm=112, duration=100)
    drums = next(part for part in piece.parts if part.role == "drums")

    def force(kind: str) -> float:
        bars = [s for s in piece.sections if s.name == kind]
        struck = [
            note.velocity
            for s in bars
            for note in drums.notes
            if s.start <= note.start < s.start + s.bars * piece.meter
        ]
        return sum(struck) / sum(s.bars for s in bars)

    assert force("break") < force("a") < force("b")
