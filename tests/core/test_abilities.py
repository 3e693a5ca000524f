"""What each model takes is what its provider's own check says."""

import pytest

from segue._engine.supported_fields import abilities
from segue.provider import Capabilities, Model
from segue.speech import Speak
from segue.tasks import Generate, Problem
from segue.testing import Silence
from segue_local.provider import Local
from segue_venice import Venice

ROW = Model(
    id="ace-step-15",
    details={
        "duration_options": [60, 90, 120],
        "min_duration": 60,
        "max_duration": 120,
        "supports_force_instrumental": False,
        "supports_lyrics": True,
        "supports_loop": False,
        "supports_language_code": False,
        "supports_speed": False,
        "prompt_character_limit": 512,
    },
)


def test_limits_are_in_the_vendors_own_words():
    assert abilities(Venice(), ROW, [ROW]) == {
        "prompt": "at most 512 characters",
        "lyrics": "at most 4096 characters",
        "duration": "one of 60, 90, 120 seconds",
    }


def test_what_decides_its_length_itself_does_not_take_one():
    row = Model(id="minimax-music-v26", details={"prompt_character_limit": 300})
    taken = abilities(Venice(), row, [row])
    assert "duration" not in taken


def test_every_field_of_a_free_provider_is_there():
    taken = abilities(Local(), Model(id="composer"), None)
    assert set(taken) == Local.capabilities.tasks[Generate] | {"prompt"}
    assert taken["duration"] == "1 to 600 seconds"
    assert taken["bpm"] == ""


def test_a_model_that_makes_no_music_takes_nothing():
    class Speaker(Silence):
        capabilities = Capabilities(tasks={Speak: frozenset({"text"})})

    class Changer(Silence):
        def check(self, task, models):
            return [Problem(field="model", value=task.model, allowed="it changes voices")]

    assert abilities(Speaker(), Model(id="x"), None) is None
    assert abilities(Changer(), Model(id="x"), None) is None


@pytest.mark.parametrize("field", sorted(set(Generate.__struct_fields__) - {"model", "extra"}))
def test_every_field_of_generate_is_tried(field):
    class Picky(Silence):
        capabilities = Capabilities(tasks={Generate: frozenset({"prompt", field})})

        def check(self, task, models):
            value = getattr(task, field)
            return (
                [] if value is None else [Problem(field=field, value=value, allowed="it takes 7")]
            )

    assert abilities(Picky(), Model(id="x"), None)[field] == "7"
