"""Riffusion (deprecated): two songs by a FUZZ model, of which the second comes later."""

from __future__ import annotations

from segue.flow import Reply
from segue_sandbox.clock import Dial
from segue_sandbox.musicapi import errors, songs
from segue_sandbox.musicapi.clips import Clip
from segue_sandbox.musicapi.desk import Desk, Visit, accepted
from segue_sandbox.musicapi.fields import MOMENT, SHARE, read, word
from segue_sandbox.musicapi.files import audio, picture, stamp
from segue_sandbox.musicapi.states import Said, failed, meanwhile, waiting, why
from segue_sandbox.musicapi.tasks import Task
from segue_sandbox.strict import flag, one_of, text

_USUAL = "FUZZ-1.1 Pro"
_OTHERS = (
    "extend_music", "cover_music", "extend_upload_music", "cover_upload_music", "replace_music",
    "replace_upload_music", "swap_music_sound", "swap_upload_music_sound", "swap_music_vocals",
    "swap_upload_music_vocals",
)  # fmt: skip
_CHECKS = {
    "task_type": one_of("create_music", *_OTHERS),
    "mv": one_of(_USUAL, "FUZZ-1.1", "FUZZ-1.0 Pro", "FUZZ-1.0"),
    "custom_mode": flag,
    "lyrics": text(0, 3000),
    "prompt": text(0, 200),
    "sound": text(0, 200),
    "title": text(0, 80),
    "make_instrumental": flag,
    "vocal_variation": SHARE,
    "continue_clip_id": text(1),
    "continue_at": MOMENT,
    "replace_start_time": MOMENT,
    "replace_end_time": MOMENT,
}


def create(desk: Desk, visit: Visit) -> Reply:
    """A description, or lyrics and a sound; the other types need a clip to begin with."""
    body = read(visit, (), _CHECKS)
    kind = word(body, "task_type") or "create_music"
    parent = None
    if kind == "create_music":
        _prompted(visit)
    else:
        read(visit, ("continue_clip_id",), {})
        parent = desk.clip(visit, "continue_clip_id")
    task = desk.open(visit, f"riffusion/create/{kind}", word(body, "mv") or _USUAL)
    told = {**body, "mv": task.model, "tags": word(body, "sound")}
    songs.pair(desk, task, told, parent=parent)
    return accepted(task)


def said(task: Task, now: float, dial: Dial) -> Said:
    """What a poll answers: 200 also means `processing` (DOC), and one song is not the end
    ("if you receive one, keep polling", riffusion-get)."""
    if now < task.at(0.4):
        return waiting(task, now)
    if now >= task.done and (ended := failed(task)) is not None:
        return ended
    there = [clip for clip in task.clips if now >= clip.ready and not clip.failed]
    over = now >= task.done
    data = [_told(task, clip, dial) for clip in (task.clips if over else there)]
    message = "success" if over else "processing"
    return 200, {"code": 200 if over else meanwhile(task), "message": message, "data": data}


def _prompted(visit: Visit) -> None:
    body = visit.body
    custom = body.get("custom_mode")
    if custom and not word(body, "lyrics", "sound"):
        raise errors.refused(visit.family, 400, "lyrics or sound is required.")
    names = ("prompt",) if custom is False else ("prompt", "lyrics", "sound")
    if not word(body, *names):
        raise errors.refused(visit.family, 400, "prompt is required.")


def _told(task: Task, clip: Clip, dial: Dial) -> dict[str, object]:
    """A song in riffusion's words: a number of seconds, and a `timestamp` of unknown content.
    That the sound is an MP3 is the sandbox's choice."""
    return {
        "clip_id": clip.id,
        "title": clip.title,
        "lyrics": clip.lyrics,
        "sound": clip.tags,
        "image_url": picture(task.origin, clip),
        "audio_url": None if clip.failed else audio(task.origin, clip),
        "video_url": None,
        "created_at": stamp(dial, clip.created),
        "mv": task.model,
        "duration": None if clip.failed else clip.seconds,
        "timestamp": {},
        "state": "failed" if clip.failed else "succeeded",
        **({"error_message": why(task)} if clip.failed else {}),
    }
