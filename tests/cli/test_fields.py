"""How the options become a `Generate`."""

from __future__ import annotations

import json

import pytest
import typer

from segue.cli import fields
from segue.tasks import Generate


def task_of(segue, *args):
    """What the backend was asked for, as its ticket remembers it."""
    done = segue("generate", "hush", "-b", "keen", "--no-wait", *args)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["state"]["task"]


def test_every_field_of_generate_has_an_option():
    """A field that `Generate` gains and the command line lacks fails here."""
    assert set(fields.FIELDS) == {*Generate.__struct_fields__} - {"model"}


def test_every_option_reaches_the_task(segue):
    task = task_of(
        segue,
        *("--lyrics", "la la", "--no-instrumental", "--duration", "1:30", "--title", "Hush"),
        *("--style", "soft", "--negative-style", "loud", "--voice", "Ann", "--vocal-gender"),
        *("female", "--language", "de", "--speed", "1.5", "--bpm", "90", "--seed", "7", "--loop"),
        *("--extra", "keen.depth=3"),
    )
    asked = {name: value for name, value in task.items() if name not in {"type", "model"}}
    assert asked == {
        "prompt": "hush",
        "lyrics": "la la",
        "instrumental": False,
        "duration": 90.0,
        "title": "Hush",
        "style": "soft",
        "negative_style": "loud",
        "voice": "Ann",
        "vocal_gender": "female",
        "language": "de",
        "speed": 1.5,
        "bpm": 90.0,
        "seed": 7,
        "loop": True,
        "extra": {"keen": {"depth": 3}},
    }


def test_what_is_not_asked_for_is_left_to_the_vendor(segue):
    task = task_of(segue)
    assert [name for name in fields.FIELDS if task[name] is not None] == ["prompt", "extra"]


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("90", 90),
        ("1:30", 90),
        ("20s", 20),
        ("2min", 120),
        ("0.5", 0.5),
        ("10:00", 600),
        ("-3", -3),
    ],
)
def test_lengths_are_written_as_people_write_them(written, length):
    assert fields.seconds(written) == length


@pytest.mark.parametrize("written", ["", "long", "1:99", "nan", "inf", "3 4", "1:"])
def test_what_is_no_length_is_refused(written):
    with pytest.raises(typer.BadParameter, match="use 90, 1:30, 20s or 2min"):
        fields.seconds(written)


def test_lyrics_are_read_from_a_file(segue, folder):
    (folder / "words.txt").write_text("la\nla\n", encoding="utf-8")
    assert task_of(segue, "--lyrics", "@words.txt")["lyrics"] == "la\nla"


def test_lyrics_are_read_from_the_standard_input(segue):
    done = segue("generate", "x", "-b", "keen", "--no-wait", "--lyrics", "@-", input="la la\n")
    assert json.loads(done.stdout)["state"]["task"]["lyrics"] == "la la"


def test_a_file_of_lyrics_that_is_missing_is_wrong_usage(segue):
    done = segue("generate", "x", "--lyrics", "@none.txt")
    assert done.exit_code == 2
    assert "for --lyrics: cannot read none.txt: no such file or directory" in done.stderr


def test_extra_fields_are_json_or_text():
    assert fields.extra(["a.x=1", "a.y=two", 'b.z={"k": [1]}', "a.e="]) == {
        "a": {"x": 1, "y": "two", "e": ""},
        "b": {"z": {"k": [1]}},
    }


def test_an_extra_field_without_a_provider_is_wrong_usage(segue):
    done = segue("generate", "x", "--extra", "depth=3")
    assert done.exit_code == 2
    assert "'depth=3' is not PROVIDER.FIELD=VALUE" in done.stderr
