"""Studio (Udio; marked unavailable): an envelope of its own, with a status in the middle."""

from __future__ import annotations

from segue.flow import Reply
from segue_sandbox.clock import Dial
from segue_sandbox.issues import Issue
from segue_sandbox.musicapi import errors, songs
from segue_sandbox.musicapi.clips import Clip
from segue_sandbox.musicapi.desk import Desk, Visit
from segue_sandbox.musicapi.fields import read, word
from segue_sandbox.musicapi.files import audio, picture
from segue_sandbox.musicapi.marks import Ending
from segue_sandbox.musicapi.states import Said, failed, why
from segue_sandbox.musicapi.tasks import Task
from segue_sandbox.strict import Check, flag, number, one_of, text
from segue_sandbox.vendor import Refused, json_reply

_NUMBER = number(-1e12, 1e12)
_REQUIRED = (
    "prompt", "lyrics_type", "prompt_strength", "clarity_strength", "lyrics_strength",
    "generation_quality", "model_type", "config",
)  # fmt: skip
_NUMBERS = (
    "prompt_strength", "clarity_strength", "lyrics_strength", "generation_quality", "seed",
    "song_section_start", "song_section_end", "lyrics_placement_start", "lyrics_placement_end",
)  # fmt: skip
_STEPS = ((0.1, "NOT_START"), (0.2, "SUBMITTED"), (0.4, "QUEUED"), (1.0, "IN_PROGRESS"))
"""The last is documented, and so is the first; the two between are those of the program whose
envelope this is (QuantumNous/new-api)."""


def _object(value: object) -> list[Issue]:
    return [] if isinstance(value, dict) else [{"message": "Expected object"}]


_CHECKS: dict[str, Check] = {
    "prompt": text(),
    "lyrics": text(0, 1000),
    "lyrics_type": one_of("user", "generate", "instrumental"),
    "bypass_prompt_optimization": flag,
    "negative_prompt": text(),
    "model_type": one_of("studio130-v1.5", "studio32-v1.5"),
    "config": _object,
    **dict.fromkeys(_NUMBERS, _NUMBER),
}


def create(desk: Desk, visit: Visit) -> Reply:
    """Two songs; the id is all of `data` (DOC)."""
    body = read(visit, _REQUIRED, _CHECKS)
    if body["lyrics_type"] == "user" and not word(body, "lyrics"):
        raise errors.refused(visit.family, 400, "lyrics is required when lyrics_type is user.")
    if "no-task-id" in visit.marks:
        raise Refused(json_reply(200, {"code": "error", "data": None}))
    task = desk.open(visit, "studio/create", word(body, "model_type"))
    told = {
        "tags": word(body, "prompt"),
        "prompt": word(body, "lyrics"),
        "custom_mode": body["lyrics_type"] == "user",
        "make_instrumental": body["lyrics_type"] == "instrumental",
        "duration": 130.0 if "130" in task.model else 32.0,
    }
    songs.pair(desk, task, told)
    return json_reply(200, {"code": "success", "data": task.id})


def said(task: Task, now: float, dial: Dial) -> Said:
    """What a poll answers: HTTP 200 whatever the status is, FAILURE too."""
    if now >= task.done and task.ending is Ending.GATEWAY:
        return failed(task) or (504, {})
    status = _status(task, now)
    data: dict[str, object] = {
        "task_id": task.id,
        "notify_hook": "",
        "action": "studio-generate",
        "status": status,
        "fail_reason": why(task) if status == "FAILURE" else "",
        "submit_time": int(dial.unix(task.began)),
        "start_time": int(dial.unix(task.at(0.4))) if now >= task.at(0.4) else 0,
        "finish_time": int(dial.unix(task.done)) if now >= task.done else 0,
        "progress": f"{int(task.share(now) * 100)}%",
        "data": {"songs": _songs(task, now)},
    }
    return 200, {"code": "success", "message": "", "data": data}


def _status(task: Task, now: float) -> str:
    if now >= task.done:
        return "FAILURE" if task.ending.refunded else "SUCCESS"
    return next(name for share, name in _STEPS if now < task.at(share) or share == 1.0)


def _songs(task: Task, now: float) -> list[dict[str, object]]:
    """The songs once they are begun; `song_path` is empty until one is there (observed).

    How a song of a task that succeeded says that it failed is not documented: it is left out.
    """
    if now < task.at(0.4):
        return []
    over = now >= task.done
    return [_told(task, clip, now) for clip in task.clips if clip.there(now) or not over]


def _told(task: Task, clip: Clip, now: float) -> dict[str, object]:
    over = clip.there(now)
    return {
        "id": clip.id,
        "title": clip.title,
        "artist": "studio",
        "tags": [tag.strip() for tag in clip.tags.split(",")],
        "lyrics": clip.lyrics or "",
        "duration": clip.seconds,
        "image_path": picture(task.origin, clip),
        "song_path": audio(task.origin, clip) if over else "",
        "finished": over,
    }
