"""The same mistake is refused in the same way, whoever sells the model: by Venice itself, or by the
marketplace in Venice's name."""

from __future__ import annotations

import pytest

import segue
from segue.cli.exits import Code, exit_code_of
from segue_marketplace import Marketplace, backed
from segue_venice import Venice

PROMPT = "warm strings, hopeful and spacious"
pytestmark = pytest.mark.usefixtures("led_there")

MISTAKES = [
    ("ace-step-15", {"duration": 30}),
    ("ace-step-15", {"duration": 60.5}),
    ("ace-step-15", {"instrumental": True}),
    ("ace-step-15", {"prompt": "lofi"}),
    ("ace-step-15", {"prompt": "x" * 513}),
    ("stable-audio-25", {"duration": 400}),
    ("minimax-music-v26", {"instrumental": True, "duration": 60}),
    ("minimax-music-v26", {}),
]


@pytest.mark.parametrize(("model", "fields"), MISTAKES)
def test_the_same_mistake_has_the_same_exit_code_and_costs_nothing(model, fields):
    codes = set()
    for backend in (f"venice/{model}", f"marketplace/venice-{model}"):
        with segue.Client(backend) as client:
            for call in (client.quote, client.submit):
                with pytest.raises(segue.SegueError) as caught:
                    call(**{"prompt": PROMPT, **fields})
                codes.add(exit_code_of(caught.value))
            assert client.jobs() == []
    assert codes == {Code.USAGE}


@pytest.mark.parametrize("name", backed.MODELS)
def test_what_is_refused_in_venices_name_is_refused_by_venice(name):
    """Against the sandbox's rows, which are as strict as Venice is known to be."""
    model = name.removeprefix("venice-")
    with segue.Client(f"venice/{model}") as client:
        models = client.models()
    for fields in (
        *({"duration": seconds} for seconds in (1, 2, 3, 5, 22, 23, 30, 60, 180, 190, 200, 600)),
        {"instrumental": True},
        {"lyrics": "la la la la la"},
        {},
    ):
        task = {"prompt": PROMPT, **fields}
        ours = Marketplace().check(segue.Generate(model=name, **task), None)
        theirs = Venice().check(segue.Generate(model=model, **task), models)
        assert {one.field for one in ours} <= {one.field for one in theirs}, (fields, ours)
