"""Genres, moods and instruments in German, Spanish, French, Italian and Portuguese."""

from __future__ import annotations

import pytest

from segue_local.brief import Brief
from segue_local.lexicon import parted, words
from segue_local.plan import Plan
from segue_local.understand import understand

LANGUAGES = 5


def plan(prompt: str) -> Plan:
    return understand(Brief(prompt=prompt, seed=1))


GUITAR = {"electric guitar"}
HORN = {"french horn"}
DRUMMED = {"timpani", "french horn"}


@pytest.mark.parametrize(
    ("prompt", "genre", "moods", "wanted"),
    [
        ("epische Filmmusik mit Pauken und Waldhorn", "cinematic", {"epic"}, DRUMMED),
        ("música épica de película con timbal y trompa", "cinematic", {"epic"}, DRUMMED),
        ("musique de film épique avec cor d'harmonie", "cinematic", {"epic"}, HORN),
        ("colonna sonora epica con corno francese", "cinematic", {"epic"}, HORN),
        ("trilha sonora heroica com trompas", "cinematic", {"epic"}, HORN),
        ("trauriges Stück für Geige und Klavier", "classical", {"sad"}, {"violin", "piano"}),
        ("pieza triste para violín y piano, clásica", "classical", {"sad"}, {"violin", "piano"}),
        ("morceau mélancolique pour violon, classique", "classical", {"sad"}, {"violin"}),
        ("brano malinconico per violino, classica", "classical", {"sad"}, {"violin"}),
        ("peça melancólica para violino, clássica", "classical", {"sad"}, {"violin"}),
        ("aggressiver Metal mit verzerrten Gitarren", "metal", set(), set()),
        ("heavy metal agresivo con guitarras distorsionadas", "metal", {"angry"}, GUITAR),
        ("metal agressif avec guitares saturées", "metal", {"angry"}, GUITAR),
        ("metal aggressivo con chitarre distorte", "metal", {"angry"}, GUITAR),
        ("metal agressivo com guitarras elétricas", "metal", {"angry"}, GUITAR),
        ("sanftes Wiegenlied mit Harfe", "lullaby", set(), {"harp"}),
        ("canción de cuna suave con arpa", "lullaby", {"calm"}, {"harp"}),
        ("berceuse douce avec harpe", "lullaby", {"calm"}, {"harp"}),
        ("ninna nanna dolce con arpa", "lullaby", {"calm"}, {"harp"}),
        ("canção de ninar calma com harpa", "lullaby", {"calm"}, {"harp"}),
    ],
)  # fmt: skip
def test_a_prompt_is_read_in_five_languages(
    prompt: str, genre: str, moods: set[str], wanted: set[str]
) -> None:
    found = plan(prompt)
    assert found.genre == genre
    assert moods <= set(found.moods)
    assert wanted <= set(found.wanted)


@pytest.mark.parametrize(
    ("prompt", "without"),
    [
        ("Pop ohne Schlagzeug", "drums"),
        ("pop sin batería", "drums"),
        ("pop sans batterie", "drums"),
        ("pop senza batteria", "drums"),
        ("pop sem bateria", "drums"),
        ("pop, pas de piano", "piano"),
        ("pop ohne das Klavier", "piano"),
    ],
)
def test_what_is_unwanted_is_read_in_five_languages(prompt: str, without: str) -> None:
    assert plan(prompt).unwanted == (without,)


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [
        ("Jazz, 20 Sekunden", 20),
        ("jazz de 20 segundos", 20),
        ("jazz, 20 secondes", 20),
        ("jazz, 20 secondi", 20),
        ("due minuti di jazz, 2 minuti", 120),
        ("jazz de 2 minutos", 120),
    ],
)
def test_a_length_is_read_in_five_languages(prompt: str, seconds: float) -> None:
    assert plan(prompt).duration == seconds


@pytest.mark.parametrize(
    "prompt",
    [
        "ein ruhiges Stück für Klavier und Streicher",
        "una canción alegre para guitarra, muy rápida",
        "une chanson joyeuse pour accordéon et violon",
        "un brano allegro per pianoforte e archi",
        "uma canção feliz com violão e flauta",
        "solo flute, unaccompanied, nothing else",
    ],
)
def test_a_plain_prompt_leaves_no_word_unread(prompt: str) -> None:
    assert "unread" not in plan(prompt).understood


def test_most_instruments_and_moods_have_words_of_other_languages() -> None:
    def foreign(phrases: tuple[str, ...]) -> bool:
        return len(phrases) >= LANGUAGES

    assert all(foreign(mood.words) for mood in words().moods.values())
    common = ("piano", "guitar", "violin", "cello", "flute", "harp", "trumpet", "drums", "strings")
    assert all(foreign(words().instruments[name]) for name in common)


def test_a_phrase_means_one_genre_only() -> None:
    seen: dict[str, str] = {}
    for name, phrases in words().genres.items():
        for phrase in phrases:
            assert seen.setdefault(phrase, name) == name


@pytest.mark.parametrize(
    ("prompt", "player"),
    [
        ("fröhliche Klaviermusik", "piano"),
        ("Gitarrenmusik", "guitar"),
        ("ein Orgelstück", "organ"),
        ("Harfenklänge", "harp"),
        ("eine Geigenmelodie", "violin"),
        ("ruhige Flötenmusik", "flute"),
        ("Saxophonballade", "saxophone"),
    ],
)
def test_german_compounds_are_read_by_their_parts(prompt: str, player: str) -> None:
    found = plan(prompt)
    assert player in found.wanted
    assert found.understood.get("unread") is None


def test_a_compound_with_solo_is_a_solo() -> None:
    assert plan("Klaviersolo").alone
    assert plan("Klaviersolo").wanted == ("piano",)


@pytest.mark.parametrize("word", ["Sousaphonsolo", "Musik", "capriccio", "Filmmusik"])
def test_other_words_are_left_as_they_are(word: str) -> None:
    assert parted(word) == word
