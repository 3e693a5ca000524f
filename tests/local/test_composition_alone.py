"""What is asked for alone is alone: soloists, a few players, and bands by name."""

from __future__ import annotations

import msgspec
import pytest

from segue_local.bands import ensembles
from segue_local.brief import Brief
from segue_local.casting import instruments
from segue_local.compose import compose
from segue_local.genres import names
from segue_local.metres import BEATS
from segue_local.plan import Plan
from segue_local.score import Score
from segue_local.understand import understand


def plan(prompt: str, **options: object) -> Plan:
    return understand(msgspec.convert({"prompt": prompt, "seed": 3, **options}, Brief))


def score(prompt: str, **options: object) -> Score:
    return compose(plan(prompt, **options))


def players(piece: Score) -> set[str]:
    return {part.instrument for part in piece.parts if part.notes}


TUNED = sorted(
    name
    for name, entry in instruments().items()
    if entry.family not in ("drums", "vinyl", "wind", "riser")
)
WORDED = {
    "solo {}", "{} solo", "{} only", "only a {}", "unaccompanied {}", "just a soft {}",
    "{}, nothing else", "a lone {}", "dreamy music for solo {}", "{} by itself",
}  # fmt: skip


@pytest.mark.parametrize("words", sorted(WORDED))
@pytest.mark.parametrize(
    "name", ["piano", "harp", "violin", "cello", "flute", "sitar", "trumpet", "marimba", "banjo"]
)
def test_a_soloist_plays_alone_in_whatever_words(name: str, words: str) -> None:
    piece = score(words.format(name), duration=20)
    assert players(piece) == {name}


@pytest.mark.parametrize(
    ("prompt", "player"),
    [
        ("Klavier solo", "piano"),
        ("nur Geige", "violin"),
        ("Flöte allein", "flute"),
        ("sólo piano", "piano"),
        ("solo de flauta", "flute"),
        ("piano seul", "piano"),
        ("violon sans accompagnement", "violin"),
        ("solo violín", "violin"),
        ("classical guitar solo", "nylon guitar"),
        ("solo acoustic guitar, calm", "steel guitar"),
        ("solo electric guitar", "electric guitar"),
        ("church organ alone", "church organ"),
    ],
)
def test_a_soloist_is_read_in_other_languages_and_by_longer_names(prompt: str, player: str) -> None:
    assert player in players(score(prompt))
    assert {instruments()[name].family for name in players(score(prompt))} == {
        instruments()[player].family
    }


@pytest.mark.parametrize(
    "prompt",
    [
        "jazz with a saxophone solo",
        "rock song with a long guitar solo",
        "pop featuring a violin solo",
        "jazz with only a little piano",
        "soft piano over lofi beats",
        "a song with piano and drums",
        "funk mit einem Saxophon Solo",
    ],
)
def test_a_solo_within_a_piece_for_more_leaves_the_band(prompt: str) -> None:
    assert not plan(prompt).alone


@pytest.mark.parametrize("name", TUNED)
@pytest.mark.parametrize("metre", BEATS)
def test_every_instrument_can_play_a_whole_piece_alone(name: str, metre: str) -> None:
    found = msgspec.structs.replace(
        plan("", duration=40, metre=metre), wanted=(name,), alone=True, genre="classical"
    )
    piece = compose(found)
    families = {instruments()[part.instrument].family for part in piece.parts}
    assert families == {instruments()[name].family}
    sounding = sorted(
        (note.start, note.start + note.length) for part in piece.parts for note in part.notes
    )
    gap, until = 0.0, 0.0
    for start, end in sounding:
        gap, until = max(gap, start - until), max(until, end)
    assert gap < 2.5 * piece.meter


@pytest.mark.parametrize("prompt", ["only piano and violin", "violin and piano, nothing else"])
def test_a_few_players_share_the_tune_and_what_goes_with_it(prompt: str) -> None:
    piece = score(prompt)
    assert players(piece) == {"piano", "violin"}
    assert {part.instrument for part in piece.parts if part.role == "melody"} == {"violin"}


@pytest.mark.parametrize(
    ("prompt", "count"),
    [("violin duet", 2), ("flute duo", 2), ("trombone trio", 3), ("cello quartet", 4)],
)
def test_several_of_one_instrument_play_together(prompt: str, count: int) -> None:
    found = plan(prompt, duration=40)
    parts = [part for part in compose(found).parts if len(part.notes) > 1]
    roles = {part.role for part in parts}
    assert found.together == count
    assert {part.instrument for part in parts} == {prompt.split(maxsplit=1)[0]}
    assert {"melody", "counter"} <= roles
    assert ("bass" in roles) is (count == 4)


def test_a_length_in_words_is_no_company() -> None:
    assert plan("two minutes of solo violin").together == 1
    assert players(score("flute and harp duo")) == {"flute", "harp"}


def test_a_harp_over_drums_alone_still_has_both_hands() -> None:
    piece = score("solo harp and drums, nothing else", duration=20)
    assert {"arp", "bass", "melody", "drums"} == {part.role for part in piece.parts}


@pytest.mark.parametrize("name", ensembles().bands)
def test_a_band_by_name_plays_by_itself_in_its_own_genre(name: str) -> None:
    for words in ensembles().bands[name].words[:3]:
        found = plan(words, duration=30)
        own = {part.name for part in compose(found).parts}
        assert (found.band, found.alone) == (name, True)
        assert own == {track.name for track in ensembles().bands[name].tracks}


@pytest.mark.parametrize(
    ("prompt", "genre", "player"),
    [
        ("pop with string quartet", "pop", "strings"),
        ("lofi with a choir", "lofi", "choir"),
        ("epic music with choir", "cinematic", "choir"),
        ("techno, brass band", "techno", "brass"),
    ],
)
def test_a_band_joins_another_genres_players(prompt: str, genre: str, player: str) -> None:
    piece = score(prompt)
    assert piece.genre == genre
    families = {instruments()[name].family for name in players(piece)}
    assert len(families) > 2
    assert instruments()[player].family in families


def test_who_is_unwanted_does_not_play_in_a_band_either() -> None:
    assert "cello" not in players(score("string quartet without cello"))
    assert not any(p.role == "drums" for p in score("big band, no drums").parts)


def test_players_by_themselves_sound_as_they_are() -> None:
    assert score("solo flute").mix.spectrum == ()
    assert score("flute and drums, pop").mix.spectrum


@pytest.mark.parametrize(
    ("prompt", "genre"),
    [
        ("sitar", "raga"),
        ("relaxing harp", "classical"),
        ("a choir", "choral"),
        ("bagpipes", "celtic"),
        ("dark piano", "cinematic"),
        ("banjo", "country"),
        ("tabla", "raga"),
    ],
)
def test_an_instrument_brings_its_genre_where_none_is_named(prompt: str, genre: str) -> None:
    assert plan(prompt).genre == genre


def test_every_ensemble_is_of_known_instruments_and_genres() -> None:
    data = ensembles()
    for band in data.bands.values():
        assert {band.genre, *band.also} <= set(names())
        assert {player for track in band.tracks for player in track.instruments} <= set(
            instruments()
        )
    families = {entry.family for entry in instruments().values()}
    for wish, solo in data.solo.items():
        assert wish in instruments() or wish in families
        assert solo.texture in data.textures
        assert solo.genre in names()
        assert set(solo.players.values()) <= set(instruments())


@pytest.mark.parametrize("closeness", [0.2, 0.9])
def test_a_cover_by_a_soloist_is_alone_and_one_in_a_genre_is_not(closeness: float) -> None:
    origin = Brief(prompt="solo piano", seed=2, duration=20)
    harp = Brief(prompt="as a harp solo", seed=2, covers=origin, closeness=closeness)
    assert players(compose(understand(harp))) == {"harp"}
    reggae = Brief(prompt="as reggae", seed=2, covers=origin, closeness=closeness)
    assert len(players(compose(understand(reggae)))) > 3
    again = Brief(prompt="slower", seed=3, covers=origin, closeness=closeness)
    assert players(compose(understand(again))) == {"piano"}
