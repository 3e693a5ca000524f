"""Producer: pieces of about half a minute by Lyria 3 Pro, imports, and downloads."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from segue.flow import Reply
from segue_sandbox.clock import Dial
from segue_sandbox.musicapi import errors
from segue_sandbox.musicapi.clips import Clip, titled
from segue_sandbox.musicapi.desk import Desk, Visit, accepted
from segue_sandbox.musicapi.fields import HOOK, MOMENT, SHARE, Body, address, amount, read, word
from segue_sandbox.musicapi.files import audio, picture, stamp
from segue_sandbox.musicapi.marks import Ending
from segue_sandbox.musicapi.states import Said, failed, meanwhile, waiting, why
from segue_sandbox.musicapi.tasks import Task
from segue_sandbox.strict import either, number, one_of, text

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "create_music": (),
    "extend_music": ("clip_id", "starts_at"),
    "extend_upload_music": ("clip_id", "starts_at"),
    "replace_music": ("clip_id", "starts_at", "ends_at"),
    "replace_upload_music": ("clip_id", "starts_at", "ends_at"),
    "cover_music": ("clip_id",),
}
"""`cover_music` is back since 2026-05-20 (producer-api-overview); the OpenAPI file is older."""
_RETIRED = ("music_variation", "swap_music_vocals", "swap_music_sound")
_NAMES = {"starts": "starts_at", "lyrics_text": "lyrics", "cover_strength": "strength"}
"""Older names of fields, which are accepted."""
_ANY = number(-1e12, 1e12)
_CHECKS = {
    "task_type": one_of(*_REQUIRED),
    "sound": text(),
    "lyrics": text(),
    "title": text(0, 80),
    "mv": text(),
    "seed": either(_ANY, text()),
    "bpm": either(text(), _ANY),
    "length": number(1, 240),
    "clip_id": text(1),
    "starts_at": MOMENT,
    "ends_at": MOMENT,
    "instruction": text(),
    "extend_s": MOMENT,
    "strength": SHARE,
    **HOOK,
}
_SECONDS, _EXTENSION = 30.0, 60.0


def create(desk: Desk, visit: Visit) -> Reply:
    """A piece, or another one out of it."""
    for old in _NAMES.keys() & visit.body.keys():
        visit = _renamed(visit, old)
    kind = word(visit.body, "task_type") or "create_music"
    if kind in _RETIRED:
        raise errors.refused(visit.family, 410, f"task_type {kind} is no longer supported.")
    body = read(visit, (), _CHECKS)
    read(visit, _REQUIRED[kind], {})
    if kind == "create_music" and not word(body, "sound", "lyrics"):
        raise errors.refused(visit.family, 400, "sound or lyrics is required.")
    if kind.startswith("replace") and amount(body, "ends_at") <= amount(body, "starts_at"):
        raise errors.refused(visit.family, 400, "ends_at must be after starts_at.")
    parent = desk.clip(visit, "clip_id") if kind != "create_music" else None
    task = desk.open(visit, f"producer/create/{kind}", word(body, "mv"))
    task.clips = desk.keep(_piece(desk, task, body, parent))
    return accepted(task)


def upload(desk: Desk, visit: Visit) -> Reply:
    """An import, as a task; the address is not fetched."""
    body = read(visit, ("audio_url",), {"audio_url": address, **HOOK})
    task = desk.open(visit, "producer/upload")
    sound = {"sound": f"recording of {word(body, 'audio_url')}", "title": "Upload"}
    task.clips = desk.keep(_piece(desk, task, sound, None))
    return accepted(task)


def download(desk: Desk, visit: Visit) -> Reply:
    """A clip in another container, as a task."""
    checks = {"clip_id": text(1), "format": one_of("mp3", "wav"), **HOOK}
    body = read(visit, ("clip_id",), checks)
    clip = desk.clip(visit, "clip_id")
    if "502" in visit.marks:
        raise errors.refused(visit.family, 502)
    task = desk.open(visit, "producer/download")
    task.made = {"audio_url": audio(visit.origin, clip, word(body, "format") or "mp3")}
    return accepted(task)


def said(task: Task, now: float, dial: Dial) -> Said:
    """What a poll answers. `status` is the sibling's; with which HTTP code PENDING and RUNNING
    come is not documented, nor whether FAILED has a `code`."""
    if now < task.at(0.3):
        return waiting(task, now)
    if now < task.done:
        status = "PENDING" if now < task.at(0.5) else "RUNNING"
        message = {"message": "processing", "data": []}
        return 200, {"code": meanwhile(task), "status": status, **message}
    if task.ending in {Ending.STATUS_FAILED, Ending.ALL_FAILED}:
        return 200, {"code": 200, "status": "FAILED", "message": why(task), "data": []}
    data = [task.made] if task.made else [_told(task, clip, dial) for clip in task.clips]
    done = {"code": 200, "status": "SUCCESS", "message": "success", "data": data}
    return failed(task) or (200, done)


def _told(task: Task, clip: Clip, dial: Dial) -> dict[str, object]:
    """A piece in producer's words; the sound is an `.m4a` (the sibling's sample)."""
    return {
        "clip_id": clip.id,
        "title": clip.title,
        "sound": clip.prompt,
        "lyrics": clip.lyrics,
        "image_url": picture(task.origin, clip),
        "audio_url": audio(task.origin, clip, "m4a"),
        "wav_url": audio(task.origin, clip, "wav"),
        "video_url": None,
        "created_at": stamp(dial, clip.created),
        "mv": clip.mv,
        "duration": clip.seconds,
        "state": "succeeded",
    }


def _piece(desk: Desk, task: Task, body: Body, parent: Clip | None) -> Clip:
    brief = word(body, "sound", "instruction", "lyrics")
    usual = _EXTENSION if "/extend" in task.operation else _SECONDS
    return Clip(
        id=desk.fate.id(),
        owner=task.account.id,
        task=task.id,
        prompt=brief or (parent.prompt if parent else "music"),
        seconds=amount(body, "length", usual),
        created=task.began,
        ready=task.done,
        failed=task.ending.refunded,
        gone="gone" in task.marks,
        title=word(body, "title") or (parent.title if parent else titled(brief)),
        lyrics=word(body, "lyrics") or None,
        mv=word(body, "mv") or None,
    )


def _renamed(visit: Visit, old: str) -> Visit:
    """The visit with a field under its present name, which wins where both are given."""
    return msgspec.structs.replace(visit, body={_NAMES[old]: visit.body[old], **visit.body})
