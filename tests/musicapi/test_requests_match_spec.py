"""What is sent is what MusicAPI's OpenAPI file allows, where the file is at hand.

`SEGUE_VENDOR_SPECS` names the folder that it lies in, as `musicapi-openapi.yaml`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from segue import Cover, Extend, Generate, Replace, Source, Upload
from segue_musicapi import CoverUpload, ExtendUpload, MusicAPI, other_tasks, queries
from segue_musicapi.provider import FAMILIES

from .known import CLIP, ID, ticket
from .test_sonic_orders import REQUESTS

FOLDER = os.environ.get("SEGUE_VENDOR_SPECS")
FILE = Path(FOLDER or ".") / "musicapi-openapi.yaml"
pytestmark = pytest.mark.skipif(
    not (FOLDER and FILE.is_file()),
    reason="SEGUE_VENDOR_SPECS names no folder with musicapi-openapi.yaml",
)

OURS = Source(track=CLIP)
URL = Source(url="https://example.com/a.mp3")
EXTRA = {"musicapi": {"webhook_url": "https://example.com/hook", "webhook_secret": "s"}}
P, F, S = {"model": "producer"}, {"model": "FUZZ-1.1 Pro"}, {"model": "suno/sonic-v5"}
TASKS = [
    *(task for task, _, _ in REQUESTS),
    Generate(**P, prompt="calm piano", lyrics="la", title="T", bpm=90, duration=60, seed=7),
    Generate(**P, prompt="calm piano", instrumental=True, extra=EXTRA),
    Extend(**P, source=OURS, at=20, prompt="go on", duration=30),
    ExtendUpload(**P, source=OURS, at=20),
    Replace(**P, source=OURS, start=1, end=9, prompt="louder"),
    other_tasks.ReplaceUpload(**P, source=OURS, start=1, end=9),
    Upload(**P, source=URL),
    other_tasks.Download(source=OURS, container="wav"),
    Generate(model="studio130-v1.5", prompt="jazz", lyrics="la", seed=3, negative_style="rock"),
    Generate(model="studio32-v1.5", prompt="jazz", instrumental=True),
    Generate(**F, prompt="pop"),
    Generate(**F, prompt="pop", lyrics="la", title="T", style="rock", instrumental=False),
    Extend(**F, source=OURS, at=20, prompt="go on"),
    ExtendUpload(**F, source=OURS, at=20),
    Cover(**F, source=OURS, prompt="jazz"),
    CoverUpload(**F, source=OURS),
    Replace(**F, source=OURS, start=1, end=9),
    other_tasks.ReplaceUpload(**F, source=OURS, start=1, end=9),
    other_tasks.SwapSound(**F, source=OURS, prompt="rock", variation=0.5),
    other_tasks.SwapVocals(**F, source=OURS, lyrics="la"),
    other_tasks.SwapUploadSound(**F, source=OURS),
    other_tasks.SwapUploadVocals(**F, source=OURS),
    Generate(**S, prompt="pop"),
    Cover(**S, source=OURS, prompt="jazz"),
    other_tasks.MakeLyrics(prompt="rain"),
]
QUERIES = [
    queries.WriteLyrics(description="rain"),
    queries.AlignedLyrics(clip=CLIP),
    queries.Bpm(clip=CLIP),
    queries.UpsampleTags(tags="lofi"),
    queries.Persona(name="Ann", clip=CLIP, description="d", vocals="v", start=1, end=9, styles="s"),
    queries.Vox(clip=CLIP, start=1, end=9),
    queries.Midi(clip=CLIP),
    queries.Wav(clip=CLIP),
    queries.SonicUpload(url="https://example.com/a.mp3"),
    queries.RiffusionUpload(url="https://example.com/a.mp3"),
    queries.GetLyrics(task=ID),
    queries.GetSong(link="https://suno.com/s/1"),
    queries.Credits(),
]


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return told


def operation(sent) -> tuple[str, str]:
    """The spec's path and method of a request."""
    path = sent.url.replace(f"/{ID}", "/{id}")
    return path, sent.method.lower()


def allowed(spec, sent) -> dict[str, Any]:
    path, method = operation(sent)
    body = spec["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    schema = {**body, "components": spec["components"]}
    while "$ref" in schema:
        name = schema.pop("$ref").rpartition("/")[2]
        schema |= spec["components"]["schemas"][name]
    return schema


def polls(musicapi):
    known = [ticket(name, f"{name}/create") for name in FAMILIES]
    return [next(musicapi.poll(job)) for job in [*known, ticket("suno", "suno/make-lyrics")]]


def sends(musicapi):
    return [next(flow) for flow in (*map(musicapi.submit, TASKS), *map(musicapi.ask, QUERIES))]


@pytest.mark.parametrize("asked", [*TASKS, *QUERIES], ids=lambda asked: type(asked).__name__)
def test_every_body_is_valid_and_holds_no_field_that_the_file_lacks(musicapi, spec, asked):
    is_task = asked in TASKS
    if is_task:
        assert musicapi.check(asked, None) == []
    sent = next(musicapi.submit(asked) if is_task else musicapi.ask(asked))
    if sent.method == "GET":
        assert operation(sent)[0] in spec["paths"]
        return
    schema = allowed(spec, sent)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(sent.json)
    assert set(sent.json) <= set(schema["properties"])


def test_every_operation_of_the_file_is_reached(spec):
    musicapi = MusicAPI()
    reached = {operation(sent) for sent in (*sends(musicapi), *polls(musicapi))}
    known = {(path, method) for path, told in spec["paths"].items() for method in told}
    assert len(known) == 34
    assert known - reached == set()
    assert reached <= known


@pytest.mark.parametrize("family", ["sonic", "producer", "riffusion"])
def test_every_task_type_of_the_file_is_sent_by_some_task(spec, family):
    sent = [one for one in sends(MusicAPI()) if one.url == f"/{family}/create"]
    known = allowed(spec, sent[0])["properties"]["task_type"]["enum"]
    assert set(known) - {one.json["task_type"] for one in sent} == set()
