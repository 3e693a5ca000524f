"""Sonic's tasks: songs, stems and voices. Each is charged when it is accepted."""

from __future__ import annotations

import msgspec

from segue.flow import Reply
from segue_sandbox.issues import Issue
from segue_sandbox.musicapi import errors, rules, songs
from segue_sandbox.musicapi.clips import Clip
from segue_sandbox.musicapi.desk import Desk, Visit, accepted
from segue_sandbox.musicapi.fields import HOOK, MODELS, MOMENT, SONG, address, amount, read, word
from segue_sandbox.musicapi.tasks import Task
from segue_sandbox.strict import one_of, text

_CLIP = {"clip_id": text(1)}
_MASHUP = {**SONG, "tags": text(0, 200)}
_SECTION = {
    **SONG,
    **_CLIP,
    "mv": one_of(*MODELS[1:]),
    "infill_start_s": MOMENT,
    "infill_end_s": MOMENT,
    "infill_lyrics": text(0, 3000),
}
_BASIC = ("Vocals", "Instrumental")
_FULL = (
    "Vocals", "Backing Vocals", "Drums", "Bass", "Guitar", "Keyboard", "Percussion", "Strings",
    "Synth", "FX", "Brass", "Woodwinds",
)  # fmt: skip
"""Twelve, as stems-full says; an observer once got 24. Their names are not documented."""
_WARNING = "Voice personas may become unavailable upstream; keep the source audio."


def create(desk: Desk, visit: Visit) -> Reply:
    """`/sonic/create` and its alias: one task of any type, most of them of two songs."""
    kind, body = rules.create(visit)
    rules.sources(desk, visit, kind)
    prefix = "suno" if visit.family == "suno" else "sonic"
    task = desk.open(visit, f"{prefix}/create/{kind}", word(body, "mv"))
    parent = desk.clips.get(word(body, "continue_clip_id"))
    if kind == "concat_music":
        task.clips = desk.keep(songs.song(desk, task, body, songs.LATE, parent))
    else:
        songs.pair(desk, task, body, parent=parent)
    if kind.startswith("extend"):
        _called(desk, task, "extended")
    return accepted(task)


def mashup(desk: Desk, visit: Visit) -> Reply:
    """Two clips become two songs of both."""
    checks = {**_MASHUP, "mashup_clip_ids": _two}
    body = read(visit, ("mashup_clip_ids", "custom_mode", "mv"), checks)
    rules.sized(visit, body)
    ids = body["mashup_clip_ids"]
    for clip in ids if isinstance(ids, list) else []:
        one = msgspec.structs.replace(visit, body={"mashup_clip_ids": clip})
        desk.clip(one, "mashup_clip_ids")
    task = desk.open(visit, "sonic/mashup", word(body, "mv"))
    songs.pair(desk, task, body)
    return accepted(task)


def replace_section(desk: Desk, visit: Visit) -> Reply:
    """A section made anew; with `auto_concat` also in its song."""
    body = read(visit, ("clip_id", "mv", "infill_start_s", "infill_end_s"), _SECTION)
    rules.sized(visit, body)
    if amount(body, "infill_end_s") <= amount(body, "infill_start_s"):
        raise errors.refused(visit.family, 400, "infill_end_s must be after infill_start_s.")
    parent = desk.clip(visit, "clip_id")
    task = desk.open(visit, "sonic/replace-section", word(body, "mv"))
    make = songs.joined if body.get("auto_concat") else songs.pair
    make(desk, task, body, parent=parent)
    return accepted(task)


def stems(desk: Desk, visit: Visit, size: str) -> Reply:
    """A clip's voices apart. What a finished separation looks like is not documented: clips."""
    read(visit, ("clip_id",), _CLIP)
    parent = desk.clip(visit, "clip_id", missing=404)
    task = desk.open(visit, f"sonic/stems/{size}")
    names = _BASIC if size == "basic" else _FULL
    task.clips = desk.keep(*(_stem(desk, task, parent, name) for name in names))
    return accepted(task)


def create_voice(desk: Desk, visit: Visit) -> Reply:
    """A persona of a voice that is heard at an address; the sandbox does not listen to it."""
    read(visit, ("audio_url",), {"audio_url": address, **HOOK})
    task = desk.open(visit, "sonic/create-voice")
    persona = desk.fate.id()
    if not task.ending.refunded:
        desk.personas[persona] = (visit.account.id, task.done)
    task.made = {"persona_id": persona, "name": f"voice-{persona[:8]}"}
    return accepted(task, warning=_WARNING)


def _stem(desk: Desk, task: Task, parent: Clip, name: str) -> Clip:
    return msgspec.structs.replace(
        parent,
        id=desk.fate.id(),
        task=task.id,
        origin="stem",
        title=f"{parent.title} ({name})",
        prompt=f"{name.lower()} solo, {parent.prompt}",
        created=task.began,
        ready=task.done,
        failed=task.ending.refunded,
        gone="gone" in task.marks,
    )


def _called(desk: Desk, task: Task, origin: str) -> None:
    task.clips = desk.keep(*(msgspec.structs.replace(clip, origin=origin) for clip in task.clips))


def _two(value: object) -> list[Issue]:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(id_, str) for id_ in value):
        return []
    return [{"message": "Must be two clip ids"}]
