"""What the offline composer reads out of a prompt."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue_local.again import frame_of
from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.genres import genre, names
from segue_local.plan import Plan
from segue_local.understand import understand


def plan(prompt: str, **options: object) -> Plan:
    return understand(msgspec.convert({"prompt": prompt, **options}, Brief))


@pytest.mark.parametrize(
    ("prompt", "genre"),
    [
        ("uplifting lofi, 90 bpm", "lofi"),
        ("Lo-Fi Hip Hop beats to study to", "lofi"),
        ("old school hip hop", "hip hop"),
        ("deep house for a club", "house"),
        ("8-bit video game tune", "chiptune"),
        ("drum and bass with a reese", "drum and bass"),
        ("uplifting trance", "trance"),
        ("thrash metal", "metal"),
        ("a funky groove", "funk"),
        ("dub reggae", "reggae"),
        ("bluegrass with a banjo", "country"),
        ("a slow waltz on the piano", "classical"),
        ("a jazz waltz", "jazz"),
        ("an irish jig", "celtic"),
        ("epic orchestral trailer", "cinematic"),
        ("bossa nova on the beach", "bossa"),
        ("indie rock with loud guitars", "rock"),
        ("a waltz for string quartet", "classical"),
        ("folk rock", "folk"),
        ("something calm", "lofi"),
        ("rainy day study beats 75 bpm in F minor, 45s", "lofi"),
        ("8-bit boss fight", "chiptune"),
        ("in the style of a waltz", "classical"),
        ("80s synth music for a night drive", "synthwave"),
        ("elevator music", "bossa"),
        ("upbeat ukulele for a vlog", "folk"),
        ("spooky halloween music", "cinematic"),
        ("entspannte Musik zum Lernen", "lofi"),
        ("musique triste au piano", "classical"),
        ("música alegre", "pop"),
        ("a piece about my dog", "pop"),
        ("", "pop"),
    ],
)
def test_a_prompt_names_its_genre_and_the_longest_phrase_wins(prompt: str, genre: str) -> None:
    assert plan(prompt).genre == genre


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [
        ("20 seconds of jazz", 20),
        ("a 20-second jingle", 20),
        ("1:30 of techno", 90),
        ("two minutes of ambient", 120),
        ("half a minute of folk", 30),
        ("a minute and a half of rock", 90),
        ("2.5 min pop", 150),
        ("1m30s house", 90),
        ("45s lofi", 45),
        ("60s ambient loop", 60),
        ("80 bpm, 80 seconds, 80s pop", 80),
        ("90s hip hop, 20s", 20),
        ("30 segundos de jazz", 30),
        ("zwei Takte, 20 Sekunden", 20),
    ],
)
def test_a_prompt_says_how_long(prompt: str, seconds: float) -> None:
    assert plan(prompt).duration == seconds
    assert plan(prompt).duration_fixed


@pytest.mark.parametrize(
    "prompt", ["80s synth music", "rock from the 60s", "late 70s funk", "a 90s boom bap beat"]
)
def test_a_decade_is_no_length(prompt: str) -> None:
    assert not plan(prompt).duration_fixed


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("sad piano in D minor", "D minor"),
        ("happy pop in F# major", "F# major"),
        ("lofi in Bb", "Bb major"),
        ("rock in A flat maj", "Ab major"),
        ("jazz, key of e dorian", "E dorian"),
        ("synthwave F#m", "F# minor"),
    ],
)
def test_a_prompt_says_in_which_key(prompt: str, key: str) -> None:
    assert plan(prompt).key.name == key


@pytest.mark.parametrize(
    "prompt",
    [
        "90 bpm lofi",
        "lofi at 90bpm",
        "lofi, tempo 90",
        "lofi at 90 beats per minute",
        "lofi in F# minor, 90",
        "lofi, 90, 20 seconds",
    ],
)
def test_a_tempo_in_words_is_kept_exactly(prompt: str) -> None:
    assert plan(prompt).bpm == 90
    assert plan(prompt).bpm_fixed


@pytest.mark.parametrize(
    ("prompt", "wanted", "unwanted"),
    [
        ("jazz piano in a bar", {"piano"}, set()),
        ("pop with no drums", set(), {"drums"}),
        ("pop without drums or bass, with flute", {"flute"}, {"drums", "bass"}),
        ("folk, no heavy percussion", set(), {"drums"}),
        ("no drums, piano and strings", {"piano", "strings"}, {"drums"}),
        ("happy birthday song no drums", set(), {"drums"}),
        ("ruhige Gitarre ohne Schlagzeug", {"guitar"}, {"drums"}),
        ("música con guitarra, sin batería", {"guitar"}, {"drums"}),
        ("heavy metal with double bass drums", {"drums"}, set()),
    ],
)
def test_negations_reach_the_words_after_them_and_no_syllables(
    prompt: str, wanted: set[str], unwanted: set[str]
) -> None:
    found = plan(prompt)
    assert set(found.wanted) == wanted
    assert set(found.unwanted) == unwanted


@pytest.mark.parametrize("prompt", ["solo piano", "pop, piano only", "just a piano, 10 seconds"])
def test_an_instrument_can_be_asked_to_play_alone(prompt: str) -> None:
    parts = compose(plan(prompt)).parts
    assert {part.instrument for part in parts} == {"piano"}
    assert {"melody"} < {part.role for part in parts}


@pytest.mark.parametrize("prompt", ["jazz with a saxophone solo", "jazz with only a little piano"])
def test_a_soloist_does_not_send_the_band_home(prompt: str) -> None:
    assert not plan(prompt).alone


def test_a_three_quarter_time_is_a_metre() -> None:
    assert plan("three-quarter time piano, melancholic").metre == "3/4"


def test_a_negative_style_may_or_may_not_say_no() -> None:
    assert plan("pop", negative_style="drums").unwanted == ("drums",)
    assert plan("pop", negative_style="no drums").unwanted == ("drums",)


def test_options_beat_words_and_say_so() -> None:
    found = plan(
        "lofi at 90 bpm in C major, 20 seconds", genre="jazz", bpm=120, key="F minor", duration=15
    )
    assert (found.genre, found.bpm, found.key.name, found.duration) == ("jazz", 120, "F minor", 15)
    assert found.understood["bpm"] == {"value": 120, "from": "option"}


def test_moods_bend_the_mode_and_the_tempo() -> None:
    assert plan("sad pop").key.mode == "minor"
    assert plan("sad pop").bpm < plan("energetic pop").bpm


def test_what_cannot_be_honoured_is_listed_in_plain_sentences() -> None:
    found = plan("uplifting synthwave, female vocals", genre="gamelan")
    assert any(line.startswith("vocals: ") for line in found.ignored)
    assert any("gamelan" in line for line in found.ignored)
    assert found.genre == "synthwave"


def test_a_duration_in_words_that_is_too_long_is_shortened_and_reported() -> None:
    found = plan("three hours of ambient")
    assert found.duration == 600
    assert any(line.startswith("duration: ") for line in found.ignored)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration", 0.5),
        ("duration", 601),
        ("duration", float("nan")),
        ("bpm", 5),
        ("bpm", 1000),
        ("key", "H dur-ish"),
    ],
)
def test_an_option_out_of_range_names_field_value_and_what_is_allowed(
    field: str, value: object
) -> None:
    with pytest.raises(ValueError, match=rf"{field} .*") as caught:
        plan("lofi", **{field: value})
    assert repr(value) in str(caught.value)


@given(st.text(max_size=200))
@settings(max_examples=150)
def test_any_text_is_understood_as_something(text: str) -> None:
    found = understand(Brief(prompt=text, style=text, negative_style=text, genre=text))
    assert found.genre in names()
    assert 1 <= found.duration <= 600
    assert 30 <= found.bpm <= 300
    msgspec.json.encode(found.understood)


@given(
    genre=st.sampled_from(names()),
    duration=st.floats(1, 90),
    seed=st.integers(-(2**70), 2**70),
    words=st.lists(
        st.sampled_from(
            [
                "no",
                "drums",
                "piano",
                "without",
                "bass",
                "guitar",
                "sad",
                "epic",
                "fast",
                "flute",
                "vinyl",
                "choir",
            ]
        ),
        max_size=6,
    ),
)
@settings(max_examples=60)
def test_every_plan_can_be_composed(
    genre: str, duration: float, seed: int, words: list[str]
) -> None:
    score = compose(
        understand(Brief(prompt=" ".join(words), genre=genre, duration=duration, seed=seed))
    )
    assert score.parts
    assert any(part.notes for part in score.parts)


@pytest.mark.parametrize("mode", ["lydian", "dorian", "phrygian", "mixolydian", "major", "minor"])
@pytest.mark.parametrize("prompt", ["calm ambient, {}, no drums", "sad {} jazz", "a {} mode tune"])
def test_a_mode_by_itself_is_kept_and_the_tonic_is_free(prompt: str, mode: str) -> None:
    plans = [plan(prompt.format(mode), seed=seed) for seed in range(6)]
    assert {found.key.mode for found in plans} == {mode}
    assert len({found.key.tonic for found in plans}) > 1
    assert {str(found.understood["key"]) for found in plans} == {
        str({"value": found.key.name, "from": "prompt"}) for found in plans
    }


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("a minor", "A minor"),
        ("jazz in a dorian", "A dorian"),
        ("a lydian piece in D minor", "D minor"),
        ("A lydian, ambient", "A lydian"),
    ],
)
def test_an_article_is_no_tonic_but_an_a_may_be_one(prompt: str, key: str) -> None:
    assert plan(prompt).key.name == key


def test_a_mode_that_is_not_wanted_is_not_drawn() -> None:
    for seed in range(6):
        assert plan("ambient, not lydian or minor", seed=seed).key.mode in ("major", "dorian")
        assert plan("pop", negative_style="minor", seed=seed).key.mode == "major"


@pytest.mark.parametrize(
    ("prompt", "source"),
    [
        ("uplifting synthwave at night", "mood"),
        ("epic synthwave", "genre"),
        ("synthwave", "genre"),
        ("slow synthwave", "prompt"),
        ("slow and sad synthwave", "prompt"),
        ("sad synthwave, 90 bpm", "prompt"),
    ],
)
def test_a_tempo_says_whether_words_a_mood_or_the_genre_set_it(prompt: str, source: str) -> None:
    found = plan(prompt)
    assert found.understood["bpm"] == {"value": round(compose(found).bpm, 1), "from": source}


def test_a_genre_and_a_mode_that_a_mood_brings_along_say_so() -> None:
    understood = plan("something spooky").understood
    assert understood["genre"] == {"value": "cinematic", "from": "mood"}
    assert str(understood["key"]).endswith("'from': 'mood'}")


@pytest.mark.parametrize("name", names())
def test_slow_is_slower_and_fast_faster_than_the_genre_ever_is(name: str) -> None:
    low, high = genre(name).bpm
    for seed, seconds in enumerate((8, 10, 16, 20, 30, 61)):
        for loop in (False, True):
            options = {"genre": name, "seed": seed, "duration": seconds, "loop": loop}
            assert frame_of(plan("slow and angry", **options)).bpm < low
            assert frame_of(plan("fast and sad", **options)).bpm > high


@pytest.mark.parametrize(
    ("prompt", "genre", "moods"),
    [
        ("a merry folk tune", "folk", ("happy",)),
        ("battle theme", "cinematic", ("epic",)),
        ("smoky jazz", "jazz", ("elegant",)),
        ("8-bit battle", "chiptune", ("epic",)),
        ("night drive", "synthwave", ()),
        ("a drive at night, synthwave", "synthwave", ("dreamy",)),
        ("driving rock", "rock", ("energetic",)),
    ],
)
def test_words_for_a_mood_are_read(prompt: str, genre: str, moods: tuple[str, ...]) -> None:
    found = plan(prompt)
    assert found.genre == genre
    assert set(found.moods) == set(moods)
    assert "unread" not in found.understood
