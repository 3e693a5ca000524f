"""Imports, and the requests of several steps: upload and cover, upload and extend, sample.

The address of an import is not fetched. An import takes MusicAPI about 20 seconds before it
answers; the sandbox answers at once (the plan of faults has `stall`).
"""

from __future__ import annotations

from segue.flow import Reply
from segue_sandbox.musicapi import errors, rules, songs
from segue_sandbox.musicapi.clips import Clip
from segue_sandbox.musicapi.desk import Desk, Visit, accepted
from segue_sandbox.musicapi.fields import MOMENT, SONG, Body, address, amount, read, word
from segue_sandbox.strict import text
from segue_sandbox.vendor import Refused, json_reply

_UPLOAD = {**SONG, "url": address, "continue_at": MOMENT}
_SAMPLE = {
    **SONG,
    "tags": text(0, 200),
    "url": address,
    "sample_clip_id": text(1),
    "chop_sample_start_s": MOMENT,
    "chop_sample_end_s": MOMENT,
}
_CHOPPED = ("chop_sample_start_s", "chop_sample_end_s", "custom_mode", "mv", "make_instrumental")
_SECONDS = 60.0
"""How long an imported recording is, for the sandbox, which does not listen to it."""


def upload(desk: Desk, visit: Visit) -> Reply:
    """`/sonic/upload` and `/riffusion/upload`: a recording becomes a clip, at once."""
    read(visit, ("url",), {"url": address})
    if {"failed-step", "failed-upload"} & visit.marks:
        raise errors.refused(visit.family, 400, errors.CATALOGUED)
    desk.pay(visit, f"{visit.family}/upload")
    clip = _imported(desk, visit)
    return json_reply(200, {"code": 200, "message": "success", "clip_id": clip.id})


def upload_cover(desk: Desk, visit: Visit) -> Reply:
    """An import and its cover in one request."""
    return _onwards(desk, visit, "cover")


def upload_extend(desk: Desk, visit: Visit) -> Reply:
    """An import and its extension; with `auto_concat` also the two in one piece."""
    return _onwards(desk, visit, "extend")


def sample(desk: Desk, visit: Visit) -> Reply:
    """A window of a recording, or of a clip, becomes two songs.

    For a clip the answer has no `steps`, as the SDK's own tests have it.
    """
    body = read(visit, _CHOPPED, _SAMPLE)
    rules.sized(visit, body)
    if ("url" in body) == ("sample_clip_id" in body):
        raise errors.refused(visit.family, 400, "Provide either url or sample_clip_id.")
    if amount(body, "chop_sample_end_s") <= amount(body, "chop_sample_start_s"):
        raise errors.refused(visit.family, 400, "chop_sample_end_s must be after the start.")
    if "url" in body:
        return _begun(desk, visit, body, "sample")
    parent = desk.clip(visit, "sample_clip_id")
    task = desk.open(visit, "sonic/sample", word(body, "mv"))
    songs.pair(desk, task, body, parent=parent)
    return accepted(task)


def _onwards(desk: Desk, visit: Visit, step: str) -> Reply:
    body = read(visit, ("url", "custom_mode", "mv"), _UPLOAD)
    rules.sized(visit, body)
    return _begun(desk, visit, body, step)


def _begun(desk: Desk, visit: Visit, body: Body, step: str) -> Reply:
    """Both steps: the import, and then the task, which is all that is charged."""
    desk.moderate(visit)
    _stumble(desk, visit, step)
    operation = "sonic/sample" if step == "sample" else f"sonic/upload-{step}"
    task = desk.open(visit, operation, word(body, "mv"))
    clip = _imported(desk, visit)
    joins = step == "extend" and body.get("auto_concat")
    make = songs.joined if joins else songs.pair
    make(desk, task, body, parent=clip)
    done = {"upload": _step(clip_id=clip.id), step: _step(task_id=task.id)}
    return accepted(task, code=200, steps=done)


def _stumble(desk: Desk, visit: Visit, step: str) -> None:
    """A step that fails: an error status (observed; which is not documented), or none at all."""
    quiet = "no-task-id" in visit.marks
    if "failed-step" in visit.marks:
        name, why = step, "The generation could not be started."
        steps = {"upload": _step(clip_id=_imported(desk, visit).id), step: _misstep(why)}
    elif quiet or "failed-upload" in visit.marks:
        name, why = "upload", errors.CATALOGUED
        steps = {"upload": _misstep(why)}
    else:
        return
    told = {"code": 200, "message": why} if quiet else {"detail": why}
    raise Refused(json_reply(200 if quiet else 400, {**told, "failed_step": name, "steps": steps}))


def _imported(desk: Desk, visit: Visit) -> Clip:
    address_ = word(visit.body, "url", "audio_url")
    clip = Clip(
        id=desk.fate.id(), owner=visit.account.id, task="", origin="uploaded",
        prompt=f"recording of {address_}", seconds=_SECONDS, created=visit.now, ready=visit.now,
        title="Upload", tags="upload", gone="gone" in visit.marks,
    )  # fmt: skip
    return desk.keep(clip)[0]


def _step(**more: object) -> dict[str, object]:
    return {"success": True, **more}


def _misstep(error: str) -> dict[str, object]:
    return {"success": False, "error": error}
