"""The JSON Schema of every task and query says what core's own check says."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

import segue
from segue import speech, tasks
from segue._plugins.catalog import Catalogue
from segue.tasks import Source, invalid_fields, json_schema


def kinds():
    found = {speech.Speak, speech.Voices, speech.Transcribe, speech.CloneVoice}
    for name in Catalogue().names():
        able = Catalogue().load(name).capabilities
        found |= {*able.tasks, *able.queries}
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


KINDS = kinds()
TASKS = [kind for kind in KINDS if issubclass(kind, tasks.Task)]
WITH_PATHS = {speech.Speak, speech.Transcribe, speech.CloneVoice}
"""msgspec converts no union with a `Path`."""

WEB = "https://example.org/a.mp3"
ODD = (
    None,
    True,
    "",
    "x",
    "ab",
    0,
    1,
    -1,
    0.5,
    19,
    401,
    2**63,
    1.5,
    [],
    ["x"],
    {},
    {"x": {"y": 1}},
)


def valid(kind, instance):
    return Draft202012Validator(json_schema(kind)).is_valid(instance)


def converts(kind, instance):
    try:
        msgspec.convert(instance, kind, dec_hook=lambda _, value: value)
    except msgspec.ValidationError:
        return False
    return True


def required(kind):
    """The least that makes one."""
    samples = {"start": 1, "end": 2, "url": WEB, "link": WEB}
    fields = msgspec.structs.fields(kind)
    schema = json_schema(kind)["properties"]
    return {
        field.name: samples.get(field.name, sample(schema[field.name]))
        for field in fields
        if field.required
    }


def sample(schema):
    schema = schema.get("anyOf", [schema])[0]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [sample(schema.get("items", {"type": "string"}))] * schema.get("minItems", 1)
    if "$ref" in schema:
        return {"track": "t1"}
    return {"string": "x" * schema.get("minLength", 1)}.get(schema.get("type"), 1)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_is_a_schema_with_a_title_for_every_field_and_the_docstring(kind):
    schema = json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["title"] == kind.__name__
    assert schema["description"].splitlines()[0] == kind.__doc__.splitlines()[0]
    assert set(schema["properties"]) == {"type", *kind.__struct_fields__}
    assert all(field["title"] for field in schema["properties"].values())


@pytest.mark.parametrize("kind", TASKS, ids=lambda kind: kind.__name__)
def test_one_that_core_accepts_is_valid_with_and_without_its_type(kind):
    least = required(kind)
    task = msgspec.convert(least, kind)
    assert valid(kind, least)
    whole = msgspec.json.decode(msgspec.json.encode(task))
    assert whole["type"]
    assert valid(kind, whole)
    assert not valid(kind, {**whole, "type": "another"})


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in WITH_PATHS], ids=lambda kind: kind.__name__
)
def test_whatever_a_field_holds_the_schema_and_core_agree(kind):
    least = required(kind)
    assert valid(kind, least)
    assert converts(kind, least)
    for field in kind.__struct_fields__:
        for odd in ODD:
            instance = {**least, field: odd}
            assert valid(kind, instance) is converts(kind, instance), (field, odd)


@pytest.mark.parametrize("field", segue.Generate.__struct_fields__)
def test_the_check_before_a_job_is_sent_agrees(field):
    for odd in ODD:
        if field == "model" or (field, odd) == ("prompt", None):
            continue  # core fills in the model, and a field that is None counts as not given
        task = segue.Generate(**{"prompt": "lofi", field: odd})
        agree = valid(segue.Generate, {"prompt": "lofi", field: odd}) is not bool(
            invalid_fields(task)
        )
        assert agree, odd


@pytest.mark.parametrize("name", ["prompt", "source"])
def test_a_field_that_is_missing_is_required(name):
    kind = segue.Generate if name == "prompt" else segue.Cover
    assert json_schema(kind)["required"] == [name]
    assert not valid(kind, {})
    assert not valid(kind, {**required(kind), "promt": "lofi"})


def test_a_whole_task_of_an_earlier_job_is_valid():
    ticket = segue.Ticket(provider="toy", id="1", submitted_at=datetime(2026, 5, 1, tzinfo=UTC))
    cover = segue.Cover(source=Source(ticket=ticket), closeness=0.5)
    assert valid(segue.Cover, msgspec.to_builtins(cover))


def test_a_path_is_text_in_json():
    clone = speech.CloneVoice(sample=Path("voice.wav"))
    assert valid(speech.CloneVoice, msgspec.to_builtins(clone, enc_hook=str))
    assert not valid(speech.CloneVoice, {"sample": 1})


def test_limits_and_descriptions_are_those_of_the_field():
    fields = json_schema(segue.Generate)["properties"]
    assert fields["bpm"]["title"] == "BPM"
    assert fields["bpm"]["anyOf"][0] == {"type": "number", "minimum": 20, "maximum": 400}
    assert fields["language"]["description"] == "two small letters, such as en"
    assert fields["negative_style"]["title"] == "Negative style"
