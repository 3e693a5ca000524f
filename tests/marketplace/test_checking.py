"""What is told to be wrong before anything is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue import Generate
from segue.provider import Model
from segue_marketplace import Marketplace

MODELS = [Model(id="venice-ace-step-15"), Model(id="venice-elevenlabs-music", available=False)]
RIGHT = [
    {},
    {"prompt": "x" * 2000, "lyrics": "y" * 5000, "model": "a-model-of-tomorrow"},
    {"prompt": "x" * 512, "lyrics": "y" * 4096},
    {"model": "venice-stable-audio-25", "duration": 30},
    {"model": "venice-elevenlabs-music", "duration": 30, "instrumental": True},
    {"model": "venice-minimax-music-v26", "instrumental": True},
    {"model": "venice-minimax-music-v2", "lyrics": "la la la la la"},
    {"extra": {"marketplace": {"duration_seconds": 30}}},  # for a limit that has moved
    {"duration": 60.0, "instrumental": False, "voice": "Aria", "language": "en"},
    {"model": "venice-music-gen"},
    {"model": "venice-elevenlabs-music"},
    {"extra": {"marketplace": {"metadata": {"a": [1, None]}}}},
    {"extra": {"marketplace": {"webhook_url": "http://e.example/x", "a_field_of_tomorrow": 1}}},
    {"extra": {"musicapi": {"prompt": 1}}},
]
WRONG = [
    ({"model": None}, "model", "name one"),
    ({"model": "Venice-ACE-Step-15"}, "model", "write it venice-ace-step-15"),
    ({"model": "min30/Venice-ACE-Step-15"}, "model", "write it venice-ace-step-15"),
    ({"prompt": "x" * 2001}, "prompt", "at most 2000 characters, not 2001"),
    ({"lyrics": "x" * 5001}, "lyrics", "at most 5000 characters, not 5001"),
    ({"duration": 60.5}, "duration", "whole seconds"),
    ({"extra": {"marketplace": {"prompt": "other"}}}, "extra.marketplace.prompt", "prompt is set"),
    ({"extra": {"marketplace": {"model": "m"}}}, "extra.marketplace.model", "model is set"),
    (
        {"duration": 60, "extra": {"marketplace": {"duration_seconds": 9}}},
        "extra.marketplace.duration_seconds",
        "duration is set",
    ),
    (
        {"extra": {"marketplace": {"webhook_url": "mailto:x"}}},
        "extra.marketplace.webhook_url",
        "must be a URL",
    ),
    (
        {"extra": {"marketplace": {"webhook_url": 7}}},
        "extra.marketplace.webhook_url",
        "must be a URL",
    ),
    (
        {"extra": {"marketplace": {"webhook_url": "http://[/"}}},
        "extra.marketplace.webhook_url",
        "must be a URL",
    ),
    ({"extra": {"marketplace": {"metadata": "x"}}}, "extra.marketplace.metadata", "an object"),
]


BACKED = [
    ({"duration": 30}, "duration", "takes one of 60, 90, 120, 150, 180, 210 seconds"),
    ({"model": "venice-music-gen", "duration": 30}, "duration", "takes one of 60, 90"),
    ({"model": "min30/venice-ace-step-15", "duration": 30}, "duration", "takes one of 60, 90"),
    ({"model": "venice-stable-audio-25", "duration": 3}, "duration", "takes 5 to 190 seconds"),
    ({"model": "venice-elevenlabs-music", "duration": 601}, "duration", "3 to 600 seconds"),
    ({"model": "venice-sonilo-v1-1-sound-effects", "duration": 181}, "duration", "1 to 180"),
    ({"prompt": "lofi"}, "prompt", "needs at least 10 characters, not 4"),
    ({"prompt": "x" * 513}, "prompt", "takes at most 512 characters, not 513"),
    ({"lyrics": "x" * 4097}, "lyrics", "takes at most 4096 characters, not 4097"),
    ({"model": "venice-minimax-music-v25"}, "lyrics", "of lyrics, or instrumental=true"),
    ({"model": "venice-minimax-music-v2", "lyrics": "la"}, "lyrics", "at least 10 characters"),
]
LACKING = [
    ({"model": "venice-minimax-music-v26", "instrumental": True, "duration": 60}, "duration"),
    ({"instrumental": True}, "instrumental"),
]


@pytest.mark.parametrize(("options", "field", "says"), BACKED)
def test_what_the_model_behind_it_refuses_is_told(marketplace, options, field, says):
    """A length of 30 was quoted at 0.018 USD, and then refused by the seller."""
    task = Generate(**{"model": "venice-ace-step-15", "prompt": "a lofi evening", **options})
    (problem,) = marketplace.check(task, None)
    assert (problem.field, problem.unsupported) == (field, False)
    assert says in problem.allowed


@pytest.mark.parametrize(("options", "field"), LACKING)
def test_what_the_model_behind_it_lacks_can_be_dropped(marketplace, options, field):
    task = Generate(**{"model": "venice-ace-step-15", "prompt": "a lofi evening", **options})
    (problem,) = marketplace.check(task, None)
    assert (problem.field, problem.unsupported) == (field, True)


@pytest.mark.parametrize("options", RIGHT)
@pytest.mark.parametrize("models", [MODELS, [], None])
def test_what_the_page_allows_is_let_through(marketplace, options, models):
    task = Generate(**{"model": "venice-ace-step-15", "prompt": "a lofi evening", **options})
    assert marketplace.check(task, models) == []


@pytest.mark.parametrize(("options", "field", "says"), WRONG)
def test_what_the_page_forbids_is_told(marketplace, options, field, says):
    task = Generate(**{"model": "venice-ace-step-15", "prompt": "a lofi evening", **options})
    (problem,) = marketplace.check(task, MODELS)
    assert problem.field == field
    assert says in problem.allowed


def test_all_that_is_wrong_is_told_at_once(marketplace):
    task = Generate(prompt="x" * 2001, duration=0.5, extra={"marketplace": {"metadata": 1}})
    fields = {problem.field for problem in marketplace.check(task, None)}
    assert fields == {"model", "prompt", "duration", "extra.marketplace.metadata"}


def test_a_model_that_nobody_sells_at_the_moment_may_be_tried(marketplace):
    """Sellers come and go within minutes; the catalogue is older than that."""
    task = Generate(model="venice-elevenlabs-music", prompt="a lofi evening")
    assert marketplace.check(task, MODELS) == []


@given(
    prompt=st.text(min_size=1, max_size=30),
    model=st.text(max_size=12),
    extra=st.dictionaries(
        st.sampled_from(["webhook_url", "metadata", "min_discount", "prompt"]),
        st.none() | st.text(max_size=9) | st.integers() | st.lists(st.none(), max_size=1),
    ),
)
def test_whatever_is_asked_is_answered(prompt, model, extra):
    marketplace = Marketplace()
    task = Generate(model=model, prompt=prompt, extra={"marketplace": extra})
    if not marketplace.check(task, MODELS):
        assert next(marketplace.submit(task)).json["prompt"] == prompt
