"""What sonic is sent: one table of tasks and requests, and what is refused before."""

from __future__ import annotations

import pytest

from segue import Cover, Extend, Generate, Replace, Source, Stems, Ticket, Upload
from segue_musicapi import (
    AddInstrumental,
    AddVocals,
    Concat,
    CoverUpload,
    CreateVoice,
    ExtendUpload,
    Mashup,
    Remaster,
    Sample,
)

from .known import CLIP, OTHER, ticket

OURS = Source(track=CLIP)
URL = Source(url="https://example.com/hum.mp3")
M = {"model": "sonic-v5"}
CUSTOM = {"custom_mode": True, "mv": "sonic-v5"}
DESCRIBED = {"custom_mode": False, "mv": "sonic-v5"}

REQUESTS = [
    (
        Generate(**M, prompt="uplifting synthwave"),
        "create",
        {"task_type": "create_music", **DESCRIBED, "gpt_description_prompt": "uplifting synthwave"},
    ),
    (
        Generate(**M, prompt="pop, rock", lyrics="[Verse]\nla", title="My Song"),
        "create",
        {
            "task_type": "create_music",
            **CUSTOM,
            "title": "My Song",
            "tags": "pop, rock",
            "prompt": "[Verse]\nla",
        },
    ),
    (
        Generate(**M, prompt="a summer song", lyrics="la", style="pop"),
        "create",
        {"task_type": "create_music", **CUSTOM, "tags": "a summer song, pop", "prompt": "la"},
    ),
    (
        Generate(**M, prompt="a lost letter", style="soul", title="Letter", instrumental=False),
        "create",
        {
            "task_type": "create_music",
            **CUSTOM,
            "auto_lyrics": True,
            "prompt": "a lost letter",
            "tags": "soul",
            "title": "Letter",
            "make_instrumental": False,
        },
    ),
    (
        Generate(
            **M,
            prompt="calm piano",
            instrumental=True,
            style="ambient",
            negative_style="choir",
            title="Calm",
        ),
        "create",
        {
            "task_type": "create_music",
            **DESCRIBED,
            "gpt_description_prompt": "calm piano",
            "make_instrumental": True,
            "tags": "ambient",
            "negative_tags": "choir",
            "title": "Calm",
        },
    ),
    (
        Generate(**M, prompt="soul", voice="p-1", vocal_gender="female"),
        "create",
        {
            "task_type": "persona_music",
            **DESCRIBED,
            "gpt_description_prompt": "soul",
            "persona_id": "p-1",
            "vocal_gender": "f",
        },
    ),
    (
        Extend(**M, source=OURS, at=60.0),
        "create",
        {"task_type": "extend_music", **DESCRIBED, "continue_clip_id": CLIP, "continue_at": 60.0},
    ),
    (
        Extend(**M, source=OURS, at=60.5, lyrics="[Bridge]", style="softer"),
        "create",
        {
            "task_type": "extend_music",
            **CUSTOM,
            "prompt": "[Bridge]",
            "tags": "softer",
            "continue_clip_id": CLIP,
            "continue_at": 60.5,
        },
    ),
    (
        ExtendUpload(**M, source=OURS, at=0.1, prompt="more"),
        "create",
        {
            "task_type": "extend_upload_music",
            **DESCRIBED,
            "gpt_description_prompt": "more",
            "continue_clip_id": CLIP,
            "continue_at": 0.1,
        },
    ),
    (
        Extend(**M, source=URL, at=10, prompt="more", extra={"musicapi": {"auto_concat": True}}),
        "upload-extend",
        {
            "url": URL.url,
            **DESCRIBED,
            "gpt_description_prompt": "more",
            "continue_at": 10,
            "auto_concat": True,
        },
    ),
    (
        Cover(**M, source=OURS, prompt="sparse jazz", closeness=0.6),
        "create",
        {
            "task_type": "cover_music",
            **DESCRIBED,
            "gpt_description_prompt": "sparse jazz",
            "continue_clip_id": CLIP,
            "audio_weight": 0.6,
        },
    ),
    (
        CoverUpload(**M, source=OURS, style="jazz"),
        "create",
        {"task_type": "cover_upload_music", **CUSTOM, "tags": "jazz", "continue_clip_id": CLIP},
    ),
    (
        Cover(**M, source=URL, prompt="jazz", title="Blue"),
        "upload-cover",
        {"url": URL.url, **DESCRIBED, "gpt_description_prompt": "jazz", "title": "Blue"},
    ),
    (
        Replace(**M, source=OURS, start=30, end=45, prompt="soaring", lyrics="la", style="choir"),
        "replace-section",
        {
            "clip_id": CLIP,
            "mv": "sonic-v5",
            "infill_start_s": 30,
            "infill_end_s": 45,
            "prompt": "soaring",
            "infill_lyrics": "la",
            "tags": "choir",
        },
    ),
    (Stems(source=OURS), "stems/basic", {"clip_id": CLIP}),
    (Stems(**M, source=OURS, full=True), "stems/full", {"clip_id": CLIP}),
    (Upload(**M, source=URL), "upload", {"url": URL.url}),
    (Concat(source=OURS), "create", {"task_type": "concat_music", "continue_clip_id": CLIP}),
    (
        Remaster(**M, source=OURS, variation="high"),
        "create",
        {
            "task_type": "remaster",
            "continue_clip_id": CLIP,
            "mv": "sonic-v5",
            "variation_category": "high",
        },
    ),
    (
        AddInstrumental(**M, source=OURS, start=1, end=9, style="strings", closeness=0.5),
        "create",
        {
            "task_type": "add_instrumental",
            "continue_clip_id": CLIP,
            "mv": "sonic-v5",
            "overpainting_start_s": 1,
            "overpainting_end_s": 9,
            "tags": "strings",
            "audio_weight": 0.5,
        },
    ),
    (
        AddVocals(**M, source=OURS, lyrics="la la", vocal_gender="male"),
        "create",
        {
            "task_type": "add_vocals",
            "continue_clip_id": CLIP,
            "mv": "sonic-v5",
            "prompt": "la la",
            "vocal_gender": "m",
        },
    ),
    (CreateVoice(source=URL), "create-voice", {"audio_url": URL.url}),
    (
        Mashup(**M, first=OURS, second=Source(track=OTHER), prompt="blend"),
        "mashup",
        {"mashup_clip_ids": [CLIP, OTHER], **DESCRIBED, "gpt_description_prompt": "blend"},
    ),
    (
        Sample(**M, source=URL, start=2, end=8, prompt="a hum", style="pop"),
        "sample",
        {
            "url": URL.url,
            "chop_sample_start_s": 2,
            "chop_sample_end_s": 8,
            **CUSTOM,
            "auto_lyrics": True,
            "prompt": "a hum",
            "tags": "pop",
            "make_instrumental": False,
        },
    ),
    (
        Sample(**M, source=OURS, start=0, end=8, prompt="a hum", instrumental=True),
        "sample",
        {
            "sample_clip_id": CLIP,
            "chop_sample_start_s": 0,
            "chop_sample_end_s": 8,
            **DESCRIBED,
            "gpt_description_prompt": "a hum",
            "make_instrumental": True,
        },
    ),
]
CASES = [pytest.param(*case, id=f"{type(case[0]).__name__}-{case[1]}") for case in REQUESTS]


@pytest.mark.parametrize(("task", "path", "body"), CASES)
def test_each_task_is_one_request_with_the_vendors_words(musicapi, task, path, body):
    assert musicapi.check(task, None) == []
    sent = next(musicapi.submit(task))
    assert (sent.method, sent.url, sent.spends) == ("POST", f"/sonic/{path}", True)
    assert sent.json == body


def test_every_task_type_of_create_can_be_sent():
    sent = {body["task_type"] for _, path, body in REQUESTS if path == "create"}
    assert sent == {
        "create_music",
        "extend_music",
        "concat_music",
        "cover_music",
        "extend_upload_music",
        "cover_upload_music",
        "persona_music",
        "remaster",
        "add_instrumental",
        "add_vocals",
    }


@pytest.mark.parametrize("path", ["sample", "upload-cover", "upload-extend"])
def test_a_request_that_fetches_a_recording_is_waited_for(musicapi, path):
    """The upload alone takes 30 to 60 seconds."""
    task = next(task for task, sent, _ in REQUESTS if sent == path)
    sent = next(musicapi.submit(task))
    assert sent.timeout >= 120
    assert 502 in sent.final


def test_extra_sends_any_field_and_wins(musicapi):
    extra = {"duration": 90, "use_suno_cdn": False, "mv": "sonic-v7", "task_type": "create_music"}
    task = Generate(model="sonic-v5", prompt="p", extra={"musicapi": extra, "venice": {"x": 1}})
    assert musicapi.check(task, None) == []
    assert next(musicapi.submit(task)).json == {
        "custom_mode": False,
        "gpt_description_prompt": "p",
        **extra,
    }


def g(**told):
    return Generate(**{"model": "sonic-v5", "prompt": "p", **told})


ELSEWHERE = Ticket(provider="venice", id="v-1")
REFUSED = [
    (g(model="sonic-v4-5-all"), "model", "sonic-v5-5"),
    (g(model=None), "model", "sonic-v3-5"),
    (g(prompt="p" * 401), "prompt", "400"),
    (g(lyrics="l" * 5001), "lyrics", "5,000"),
    (g(model="sonic-v4", lyrics="l" * 3001), "lyrics", "3,000"),
    (g(prompt="p" * 5001, style="s"), "prompt", "5,000"),
    (g(style="s" * 1001), "style", "1,000"),
    (g(model="sonic-v3-5", style="s" * 201), "style", "200"),
    (g(prompt="p" * 150, style="s" * 60, lyrics="l", model="sonic-v4"), "style", "together"),
    (g(title="t" * 81), "title", "80"),
    (g(negative_style="n" * 201), "negative_style", "200"),
    (g(lyrics="l", instrumental=True), "instrumental", "sung"),
    (g(vocal_gender="male", instrumental=True), "vocal_gender", "no singer"),
    (g(voice="p-1", instrumental=True), "voice", "no singer"),
    (g(model="sonic-v4", vocal_gender="male"), "vocal_gender", "v4-5 and later"),
    (g(duration=60), "duration", "takes"),
    (g(seed=1), "seed", "takes"),
    (g(loop=True), "loop", "takes"),
    (g(extra={"musicapi": {"style_weight": 1.01}}), "extra.musicapi.style_weight", "0 to 1"),
    (
        g(extra={"musicapi": {"weirdness_constraint": "much"}}),
        "extra.musicapi.weirdness_constraint",
        "0 to 1",
    ),
    (g(style="pop", extra={"musicapi": {"tags": "rock"}}), "extra.musicapi.tags", "one of the two"),
    (Extend(**M, source=OURS), "at", "second"),
    (Extend(**M, source=Source(ticket=ticket()), at=1), "source.track", "id"),
    (Extend(**M, source=Source(track=CLIP, url=URL.url), at=1), "source.url", "not both"),
    (Cover(**M, source=Source(url="file:///etc/passwd")), "source.url", "http"),
    (Cover(**M, source=Source(ticket=ELSEWHERE, track="1")), "source.ticket", "other vendors"),
    (Cover(**M, source=Source(ticket=ticket("producer"), track="1")), "source.ticket", "producer"),
    (Cover(**M, source=OURS, seed=7), "seed", "takes"),
    (CoverUpload(**M, source=URL), "source.url", "upload it first"),
    (Replace(**M, source=OURS, start=9, end=9), "end", "later than start"),
    (Replace(model="sonic-v3-5", source=OURS, start=1, end=9), "model", "sonic-v4"),
    (Replace(**M, source=OURS, start=1, end=9, lyrics="l" * 3001), "lyrics", "3,000"),
    (Stems(**M, source=URL), "source.url", "upload it first"),
    (Upload(**M, source=OURS), "source.url", "address"),
    (CreateVoice(source=OURS), "source.url", "address"),
    (Concat(source=URL), "source.url", "upload it first"),
    (Remaster(model="sonic-v5-5", source=OURS, variation="subtle"), "variation", "sonic-v5"),
    (AddVocals(**M, source=OURS, lyrics="l" * 5001), "lyrics", "5,000"),
    (AddInstrumental(**M, source=OURS, start=5, end=4), "end", "later than start"),
    (Mashup(**M, first=URL, second=OURS, prompt="p"), "first.url", "upload it first"),
    (Mashup(**M, first=OURS, second=OURS, prompt="p", style="s" * 201), "style", "200"),
    (Sample(**M, source=Source(), start=1, end=2, prompt="p"), "source.track", "id"),
    (
        Stems(**M, source=OURS, extra={"musicapi": {"webhook_url": "https://x.example"}}),
        "extra.musicapi.webhook_url",
        "poll",
    ),
]


@pytest.mark.parametrize(
    ("task", "field", "says"),
    [pytest.param(*case, id=f"{type(case[0]).__name__}-{case[1]}") for case in REFUSED],
)
def test_what_sonic_cannot_do_is_refused_with_what_it_can(musicapi, task, field, says):
    (problem,) = musicapi.check(task, None)
    assert problem.field == field
    assert says in problem.allowed


@pytest.mark.parametrize(
    "task",
    [
        g(prompt="p" * 400),
        g(lyrics="l" * 5000, title="t" * 80, style="s" * 997),
        g(model="sonic-v4", lyrics="l" * 3000, prompt="p" * 200),
        g(model="sonic-v5-5", lyrics="l" * 5000),
        g(extra={"musicapi": {"style_weight": 1, "audio_weight": 0.0}}),
    ],
)
def test_the_limits_themselves_are_allowed(musicapi, task):
    assert musicapi.check(task, None) == []


def test_a_suno_clip_is_a_sonic_clip(musicapi):
    source = Source(ticket=ticket("suno"), track=CLIP)
    assert musicapi.check(Cover(**M, source=source), None) == []
