"""Every operation of MusicAPI's OpenAPI file, and the task, query or look that reaches it."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from segue import Cover, Extend, Generate, Replace, Source, Stems, Task, Upload
from segue.job import Ticket
from segue.tasks import Query
from segue_musicapi import queries as q
from segue_musicapi.other_tasks import Download, MakeLyrics
from segue_musicapi.sonic_tasks import CreateVoice, Mashup, Sample

from .known import CLIP, ID, ticket

OURS = Source(track=CLIP)
THEIRS = Source(url="https://example.com/a.mp3")
V5 = "sonic-v5"

OPERATIONS: dict[tuple[str, str], Task | Query | Ticket] = {
    ("GET", "/get-credits"): q.Credits(),
    ("POST", "/sonic/create"): Generate(model=V5, prompt="lofi"),
    ("GET", "/sonic/task/{id}"): ticket("sonic"),
    ("POST", "/sonic/lyrics"): q.WriteLyrics(description="the sea"),
    ("POST", "/sonic/aligned-lyrics"): q.AlignedLyrics(clip=CLIP),
    ("POST", "/sonic/bpm"): q.Bpm(clip=CLIP),
    ("POST", "/sonic/upsample-tags"): q.UpsampleTags(tags="lofi"),
    ("POST", "/sonic/create-voice"): CreateVoice(source=THEIRS),
    ("POST", "/sonic/persona"): q.Persona(name="Ada", clip=CLIP),
    ("POST", "/sonic/vox"): q.Vox(clip=CLIP),
    ("POST", "/sonic/midi"): q.Midi(clip=CLIP),
    ("POST", "/sonic/wav"): q.Wav(clip=CLIP),
    ("POST", "/sonic/stems/basic"): Stems(source=OURS),
    ("POST", "/sonic/stems/full"): Stems(source=OURS, full=True),
    ("POST", "/sonic/mashup"): Mashup(model=V5, first=OURS, second=OURS, prompt="both"),
    ("POST", "/sonic/replace-section"): Replace(model=V5, source=OURS, start=1, end=9),
    ("POST", "/sonic/sample"): Sample(model=V5, source=THEIRS, start=1, end=9, prompt="house"),
    ("POST", "/sonic/upload"): q.SonicUpload(url=str(THEIRS.url)),
    ("POST", "/sonic/upload-cover"): Cover(model=V5, source=THEIRS, prompt="jazz"),
    ("POST", "/sonic/upload-extend"): Extend(model=V5, source=THEIRS, at=9, prompt="on"),
    ("POST", "/suno/create"): Generate(model="suno/sonic-v5", prompt="lofi"),
    ("GET", "/suno/clip/{id}"): ticket("suno"),
    ("POST", "/suno/make-lyrics"): MakeLyrics(prompt="the sea"),
    ("GET", "/suno/get-lyrics/{id}"): q.GetLyrics(task=ID),
    ("POST", "/suno/get-song"): q.GetSong(link="https://suno.com/s/x"),
    ("POST", "/producer/create"): Generate(model="producer", prompt="calm piano"),
    ("GET", "/producer/task/{id}"): ticket("producer"),
    ("POST", "/producer/upload"): Upload(model="producer", source=THEIRS),
    ("POST", "/producer/download"): Download(source=OURS, container="wav"),
    ("POST", "/riffusion/create"): Generate(model="FUZZ-1.1 Pro", prompt="dance"),
    ("GET", "/riffusion/task/{id}"): ticket("riffusion"),
    ("POST", "/riffusion/upload"): q.RiffusionUpload(url=str(THEIRS.url)),
    ("POST", "/studio/create"): Generate(model="studio130-v1.5", prompt="jazz fusion"),
    ("GET", "/studio/task/{id}"): ticket("studio"),
}
"""What reaches each operation; a ticket stands for a look at its job."""


def first_call(musicapi, way):
    if isinstance(way, Task):
        assert musicapi.check(way, None) == []
        return next(musicapi.submit(way))
    return next(musicapi.poll(way) if isinstance(way, Ticket) else musicapi.ask(way))


def test_there_are_34_operations():
    assert len(OPERATIONS) == 34


@pytest.mark.parametrize(
    ("operation", "way"), OPERATIONS.items(), ids=[" ".join(told) for told in OPERATIONS]
)
def test_it_is_reached(musicapi, operation, way):
    sent = first_call(musicapi, way)
    assert (sent.method, unquote(sent.url).replace(ID, "{id}")) == operation


def test_only_what_creates_or_computes_spends(musicapi):
    free = {operation for operation, way in OPERATIONS.items() if not _spends(musicapi, way)}
    assert free == {operation for operation in OPERATIONS if operation[0] == "GET"}


def _spends(musicapi, way):
    return first_call(musicapi, way).spends


def test_sonics_upload_is_a_task_too(musicapi):
    sent = next(musicapi.submit(Upload(model=V5, source=THEIRS)))
    assert sent.url == "/sonic/upload"


def test_every_way_that_is_offered_leads_to_an_operation(musicapi):
    """No task and no query of this package is left without a place among the operations."""
    asked = {type(way) for way in OPERATIONS.values() if isinstance(way, Query)}
    assert asked == set(musicapi.capabilities.queries)
