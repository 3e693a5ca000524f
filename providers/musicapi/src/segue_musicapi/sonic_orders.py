"""What sonic is sent for each task. Pure. The words of a song are `sonic_words.py`'s."""

from __future__ import annotations

from collections.abc import Mapping

from segue.tasks import Cover, Extend, Generate, Replace, Source, Stems, Task, Upload
from segue_musicapi import orders
from segue_musicapi.family import Order
from segue_musicapi.sonic_tasks import (
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
from segue_musicapi.sonic_words import Words, song, sound

UPLOADS = 180.0
"""Seconds to wait for the answer to a request that fetches a recording first: 20 to 60 s are
usual."""


def order(task: Task) -> Order:
    """The request for a task. A `task_type` of `extra` makes it that operation, at its price."""
    path, mapped = _request(task)
    body = orders.body(task, mapped)
    kind = f"/{body['task_type']}" if path == "create" else ""
    fetches = path in ("sample", "upload-cover", "upload-extend")
    return Order(
        path=f"/sonic/{path}",
        body=body,
        operation=f"sonic/{path}{kind}",
        timeout=UPLOADS if fetches or path == "upload" else None,
        steps=fetches,
        webhook=path not in ("upload", "stems/basic", "stems/full"),
    )


def _request(task: Task) -> tuple[str, Mapping[str, object]]:  # noqa: PLR0911 - one for each task
    """The path below `/sonic/`, and the fields."""
    match task:
        case Extend() | Cover() if task.source.url is not None:
            path = "upload-extend" if isinstance(task, Extend) else "upload-cover"
            return path, {"url": task.source.url, **_continued(task)}
        case Replace():
            return "replace-section", _replaced(task)
        case Stems():
            return f"stems/{'full' if task.full else 'basic'}", {"clip_id": task.source.track}
        case Upload():
            return "upload", {"url": task.source.url}
        case CreateVoice():
            return "create-voice", {"audio_url": task.source.url}
        case Mashup():
            pair = [task.first.track, task.second.track]
            return "mashup", {"mashup_clip_ids": pair, **song(task)}
        case Sample():
            return "sample", _sampled(task)
        case _:
            return "create", _created(task)


def _created(task: Task) -> dict[str, object]:
    """The fields of `/sonic/create`, by its `task_type`."""
    match task:
        case Generate():
            kind = "persona_music" if task.voice is not None else "create_music"
            return {"task_type": kind, **song(task), "persona_id": task.voice}
        case Extend() | Cover():
            return {"task_type": _KINDS[type(task)], **_clip(task.source), **_continued(task)}
        case Concat():
            return {"task_type": "concat_music", **_clip(task.source)}
        case Remaster():
            options = {"mv": task.model, "variation_category": task.variation}
            return {"task_type": "remaster", **_clip(task.source), **options}
        case AddVocals() | AddInstrumental():
            return {"task_type": _KINDS[type(task)], **_clip(task.source), **_added(task)}
    raise TypeError(f"sonic has no {type(task).__name__}")


_KINDS: Mapping[type[Task], str] = {
    Extend: "extend_music",
    ExtendUpload: "extend_upload_music",
    Cover: "cover_music",
    CoverUpload: "cover_upload_music",
    AddVocals: "add_vocals",
    AddInstrumental: "add_instrumental",
}


def _clip(source: Source) -> dict[str, object]:
    return {"continue_clip_id": source.track}


def _continued(task: Extend | Cover) -> dict[str, object]:
    """Going on with a song, or playing it again."""
    return {**song(task), "continue_at": task.at if isinstance(task, Extend) else None}


def _added(task: AddVocals | AddInstrumental) -> dict[str, object]:
    """What is sung or played to a clip, which needs no mode."""
    words = Words.of(task)
    return {
        "mv": task.model,
        "overpainting_start_s": task.start,
        "overpainting_end_s": task.end,
        "prompt": words.lyrics,
        "tags": words.style,
        **sound(words),
    }


def _replaced(task: Replace) -> dict[str, object]:
    """A part that is regenerated: here `prompt` says how it should sound (MusicAPI's page on
    replacing a section)."""
    return {
        "clip_id": task.source.track,
        "mv": task.model,
        "infill_start_s": task.start,
        "infill_end_s": task.end,
        "prompt": task.prompt,
        "infill_lyrics": task.lyrics,
        "tags": task.style,
    }


def _sampled(task: Sample) -> dict[str, object]:
    return {
        "url": task.source.url,
        "sample_clip_id": task.source.track,
        "chop_sample_start_s": task.start,
        "chop_sample_end_s": task.end,
        **song(task),
        "make_instrumental": bool(task.instrumental),  # this request always requires it
    }
