"""What is told to be wrong before anything is sent, for every model that is known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue import Generate
from segue_venice import Venice, wire
from segue_venice.catalogue import spec

from .known import ROWS, as_json, catalogue, fed

PROMPT = "a gentle piano melody"
LYRICS = "Walking through the city lights"
RIGHT = [
    ("ace-step-15", {}),
    ("ace-step-15", {"duration": 90, "lyrics": LYRICS}),
    ("ace-step-15", {"instrumental": False, "loop": False}),
    ("elevenlabs-music", {"duration": 3, "instrumental": True}),
    ("lyria-3-pro", {}),
    ("minimax-music-v2", {"lyrics": "la"}),
    ("minimax-music-v25", {"lyrics": LYRICS}),
    ("minimax-music-v25", {"instrumental": True}),
    ("minimax-music-v25", {"extra": {"venice": {"lyrics_optimizer": True}}}),
    ("minimax-music-v26", {"instrumental": True}),
    ("sonilo-v1-1-music", {"duration": 360}),
    ("stable-audio-25", {"duration": 190}),
    ("elevenlabs-sound-effects-v2", {"loop": True, "duration": 22}),
    ("mmaudio-v2-text-to-audio", {"duration": 1}),
    ("elevenlabs-tts-v3", {"prompt": "Hi.", "voice": "Aria", "speed": 1.2}),
    ("elevenlabs-tts-v3", {"voice": "an-id-of-elevenlabs"}),
    ("seed-audio-1-0", {"voice": "Tim"}),
    ("a-model-of-tomorrow", {"duration": 7, "voice": "x", "speed": 3.0}),
    ("ace-step-15", {"extra": {"musicapi": {"prompt": 1}}}),
]
WRONG = [
    ("ace-step-15", {"prompt": "short"}, "prompt"),
    ("ace-step-15", {"prompt": "x" * 513}, "prompt"),
    ("ace-step-15", {"lyrics": "x" * 4097}, "lyrics"),
    ("ace-step-15", {"duration": 61}, "duration"),
    ("ace-step-15", {"duration": 90.5}, "duration"),
    ("ace-step-15", {"instrumental": True}, "instrumental"),
    ("ace-step-15", {"language": "en"}, "language"),
    ("ace-step-15", {"speed": 1.0}, "speed"),
    ("ace-step-15", {"voice": "Aria"}, "voice"),
    ("ace-step-15", {"loop": True}, "loop"),
    ("ACE-Step-15", {}, "model"),
    ("elevenlabs-music", {"lyrics": LYRICS}, "lyrics"),
    ("elevenlabs-music", {"duration": 2}, "duration"),
    ("elevenlabs-music", {"duration": 601}, "duration"),
    ("lyria-3-pro", {"duration": 30}, "duration"),
    ("minimax-music-v2", {}, "lyrics"),
    ("minimax-music-v2", {"instrumental": True, "lyrics": LYRICS}, "instrumental"),
    ("minimax-music-v25", {}, "lyrics"),
    ("minimax-music-v25", {"lyrics": "la la"}, "lyrics"),
    ("minimax-music-v25", {"lyrics": "x" * 3501}, "lyrics"),
    (
        "minimax-music-v25",
        {"lyrics": LYRICS, "extra": {"venice": {"lyrics_optimizer": True}}},
        "lyrics",
    ),
    ("minimax-music-v26", {}, "lyrics"),
    (
        "minimax-music-v26",
        {"lyrics": LYRICS, "extra": {"venice": {"lyrics_optimizer": True}}},
        "extra.venice.lyrics_optimizer",
    ),
    ("stable-audio-25", {"duration": 4}, "duration"),
    ("sonilo-v1-1-music", {"duration": 361}, "duration"),
    ("elevenlabs-sound-effects-v2", {"duration": 23}, "duration"),
    ("mmaudio-v2-text-to-audio", {"duration": 31}, "duration"),
    ("elevenlabs-tts-v3", {"speed": 1.3}, "speed"),
    ("seed-audio-1-0", {"voice": "aria"}, "voice"),
    ("seed-audio-1-0", {"duration": 10}, "duration"),
    ("elevenlabs-voice-changer", {}, "model"),
    ("ace-step-15", {"extra": {"venice": {"prompt": "another"}}}, "extra.venice.prompt"),
    ("ace-step-15", {"extra": {"venice": {"lyrics_optimizer": "perhaps"}}}, "extra"),
    (None, {}, "model"),
]


@pytest.mark.parametrize(("model", "options"), RIGHT)
def test_what_a_model_takes_is_let_through(venice, models, model, options):
    assert venice.check(Generate(**{"prompt": PROMPT, "model": model, **options}), models) == []


@pytest.mark.parametrize(("model", "options", "field"), WRONG)
def test_what_a_model_does_not_take_is_told(venice, models, model, options, field):
    found = venice.check(Generate(**{"prompt": PROMPT, "model": model, **options}), models)
    assert field in {problem.field for problem in found}


def test_all_that_is_wrong_is_told_at_once(venice, models):
    task = Generate(model="ace-step-15", prompt="short", duration=61, loop=True, speed=9)
    found = venice.check(task, models)
    assert {problem.field for problem in found} == {"prompt", "duration", "loop", "speed"}


def test_a_field_that_a_model_lacks_can_be_dropped_and_a_wrong_value_cannot(venice, models):
    task = Generate(model="ace-step-15", prompt=PROMPT, duration=61, loop=True)
    found = {problem.field: problem.unsupported for problem in venice.check(task, models)}
    assert found == {"duration": False, "loop": True}


@pytest.mark.parametrize("models", [None, []])
def test_without_a_catalogue_venice_decides(venice, models):
    task = Generate(model="ace-step-15", prompt="x", duration=61, loop=True, lyrics="y")
    assert venice.check(task, models) == []


def test_what_a_row_does_not_tell_venice_decides(venice):
    bare = [{"id": "m", "type": "music", "model_spec": {"privacy": "private"}}]
    models = fed(venice.models(), catalogue(bare))
    task = Generate(model="m", prompt="x", duration=61, loop=True, voice="y", speed=2)
    assert venice.check(task, models) == []


OPTIONS = st.fixed_dictionaries(
    {"prompt": st.text(min_size=1, max_size=40)},
    optional={
        "lyrics": st.text(min_size=1, max_size=20),
        "instrumental": st.booleans(),
        "duration": st.sampled_from([1, 5, 60, 60.5, 90, 700]),
        "voice": st.sampled_from(["Aria", "Tim", "x"]),
        "language": st.just("en"),
        "speed": st.sampled_from([0.1, 1.0, 5.0]),
        "loop": st.booleans(),
        "extra": st.sampled_from([{}, {"venice": {"lyrics_optimizer": True}}]),
    },
)
ALWAYS = {"model", "prompt"}
TAKES = {
    "lyrics_prompt": lambda told: told.supports_lyrics,
    "force_instrumental": lambda told: told.supports_force_instrumental,
    "lyrics_optimizer": lambda told: told.supports_lyrics_optimizer,
    "loop": lambda told: told.supports_loop,
    "language_code": lambda told: told.supports_language_code,
    "speed": lambda told: told.supports_speed,
    "voice": lambda told: told.voices or told.supports_custom_voice_id,
    "duration_seconds": lambda told: (
        told.duration_options or told.min_duration or told.max_duration
    ),
}


@settings(max_examples=300)
@given(known=st.sampled_from(ROWS), options=OPTIONS)
def test_only_fields_that_the_model_takes_are_ever_sent(known, options):
    venice = Venice()
    models = fed(venice.models(), as_json({"data": [known]}))
    task = Generate(model=known["id"], **options)
    if venice.check(task, models):
        return
    sent = next(venice.submit(task)).json
    published = spec(models[0])
    assert set(sent) - ALWAYS <= {word for word, takes in TAKES.items() if takes(published)}
    assert set(sent) <= set(wire.Order.__struct_fields__)
