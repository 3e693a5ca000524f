"""How a task stands, as sonic and its alias tell it, and what the families share of that.

A poll of sonic was observed to go: minutes of 202, two running clips, one that succeeded and
one that runs, both succeeded. The `code` beside running clips is not published: the sandbox
says 102, which the quickstart hints at, or 200 where a mark asks for that.
"""

from __future__ import annotations

from typing import TypeAlias

from segue.flow import Reply
from segue_sandbox.clock import Dial
from segue_sandbox.musicapi import errors
from segue_sandbox.musicapi.clips import Clip
from segue_sandbox.musicapi.files import audio, interim, picture, stamp
from segue_sandbox.musicapi.marks import Ending
from segue_sandbox.musicapi.tasks import Task
from segue_sandbox.vendor import json_reply

Said: TypeAlias = tuple[int, dict[str, object]]
"""A status and a body."""

_WAITING = "Task is not ready yet, please try again later."  # words not documented
_WHY = {
    Ending.FAILED: "Music generation failed. Credits have been refunded.",
    Ending.TIMEOUT: "Music generation timed out. Credits have been refunded.",
    Ending.FORBIDDEN: "The request was rejected by upstream. Credits have been refunded.",
    Ending.API_ERROR: "Upstream API error. Credits have been refunded.",
    Ending.BAD_REQUEST: "Upstream rejected the request. Credits have been refunded.",
}


def said(task: Task, now: float, dial: Dial) -> Said:
    """What a poll of a sonic task answers."""
    if now >= task.done:
        return failed(task) or (200, _finished(task, now, dial))
    if task.made or now < task.at(0.4):
        return waiting(task, now)
    data = _pairs(task, now, dial) if task.wholes else _clips(task, now, dial)
    return 200, {"code": meanwhile(task), "message": "processing", "data": data}


def waiting(task: Task, now: float) -> Said:
    """Not ready: HTTP 202 (DOC); by a mark in the other forms that the quickstart names."""
    if "102" not in task.marks:
        return 202, {"type": "not_ready", "error": _WAITING}
    if int(now) % 2:
        return 200, {"type": "not_ready", "error": _WAITING}
    return 200, {"code": 102, "message": "processing"}


def meanwhile(task: Task) -> int:
    """The `code` of what is under way."""
    return 200 if "code-200" in task.marks else 102


def failed(task: Task) -> Said | None:
    """A failure as it is told of a whole task (DOC: `type` and `error`, HTTP 200); else None."""
    if task.ending is Ending.GATEWAY:
        return 504, errors.said(task.family, 504, errors.TIMED_OUT)
    if not task.ending.refunded or (task.ending is Ending.ALL_FAILED and task.clips):
        return None
    told = task.ending in {Ending.ALL_FAILED, Ending.STATUS_FAILED}
    return 200, {"type": "failed" if told else task.ending.value, "error": why(task)}


def why(task: Task) -> str:
    """The reason of a failure, in words."""
    return _WHY.get(task.ending, _WHY[Ending.FAILED])


def reply(told: Said) -> Reply:
    """The answer to a poll."""
    return json_reply(*told)


def _finished(task: Task, now: float, dial: Dial) -> dict[str, object]:
    data: object = task.made or (
        _pairs(task, now, dial) if task.wholes else _clips(task, now, dial)
    )
    return {"code": 200, "message": "success", "data": data}


def _clips(task: Task, now: float, dial: Dial) -> list[dict[str, object]]:
    return [told(task, clip, now, dial) for clip in task.clips]


def _pairs(task: Task, now: float, dial: Dial) -> list[dict[str, object]]:
    """`auto_concat` (observed): a piece and its full song, which is null until it is joined."""
    name = "replaced" if task.operation == "sonic/replace-section" else "extended"
    pairs = zip(task.clips, task.wholes, strict=True)
    return [
        {
            name: told(task, piece, now, dial),
            "full": None if now < whole.ready else told(task, whole, now, dial),
        }
        for piece, whole in pairs
    ]


def told(task: Task, clip: Clip, now: float, dial: Dial) -> dict[str, object]:
    """A clip in sonic's words: `duration` is text (observed), though the OpenAPI file says
    number; an address that is there before the clip succeeded is an interim stream."""
    state = _state(task, clip, now)
    over = state == "succeeded"
    address = audio(task.origin, clip) if over else interim(task.origin, clip)
    return {
        "clip_id": clip.id,
        "state": state,
        "title": clip.title,
        "tags": clip.tags,
        "lyrics": clip.lyrics,
        "image_url": picture(task.origin, clip),
        "audio_url": None if state in {"pending", "failed"} else address,
        "video_url": None,
        "created_at": stamp(dial, clip.created),
        "gpt_description_prompt": clip.description,
        "duration": f"{clip.seconds:.2f}" if over else None,
        "negative_tags": clip.negative_tags,
        "style_weight": clip.style_weight,
        "weirdness_constraint": clip.weirdness,
        "mv": clip.mv,
        **({"error_message": why(task)} if state == "failed" else {}),
    }


def _state(task: Task, clip: Clip, now: float) -> str:
    """A clip's own state. `streaming` is documented for webhooks; in a poll only by a mark."""
    if now >= clip.ready:
        return "failed" if clip.failed else "succeeded"
    if clip is not task.clips[0] and now < task.at(0.5):
        return "pending"
    return "streaming" if "streaming" in task.marks else "running"
