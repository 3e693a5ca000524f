"""The legacy requests of suno: lyrics as a task, and what stands behind a share link."""

from __future__ import annotations

from segue.flow import Reply
from segue_sandbox.musicapi import errors
from segue_sandbox.musicapi.clips import Clip, sung, titled
from segue_sandbox.musicapi.desk import Desk, Visit
from segue_sandbox.musicapi.fields import address, read, word
from segue_sandbox.musicapi.files import audio, picture
from segue_sandbox.musicapi.states import failed
from segue_sandbox.strict import text
from segue_sandbox.vendor import json_reply


def make_lyrics(desk: Desk, visit: Visit) -> Reply:
    """A task of words."""
    body = read(visit, ("prompt",), {"prompt": text(1, 119)})
    task = desk.open(visit, "suno/make-lyrics")
    brief = word(body, "prompt")
    task.made = {"title": titled(brief), "text": sung(brief), "input": brief}
    return json_reply(200, {"code": 200, "message": "ok", "data": {"task_id": task.id}})


def get_lyrics(desk: Desk, visit: Visit) -> Reply:
    """How the words stand. `complete` is documented; `running` is the sandbox's own, and that a
    failure looks like those of other tasks is, too: no page tells of either."""
    task = desk.tasks.get(visit.id)
    if task is None or task.account is not visit.account or task.operation != "suno/make-lyrics":
        raise errors.refused(visit.family, 400, errors.NO_TASK)
    data: dict[str, object] = {"task_id": task.id, "input": task.made["input"], "metadata": {}}
    if visit.now < task.done:
        data |= {"status": "running", "text": "", "title": ""}
    elif (ended := failed(task)) is not None:
        return json_reply(*ended)
    else:
        data |= {"status": "complete", **task.made}
    return json_reply(200, {"code": 200, "message": "ok", "data": data})


def get_song(desk: Desk, visit: Visit) -> Reply:
    """A shared song; the link is not followed. There is no video here: its address is empty."""
    body = read(visit, ("share_link",), {"share_link": address})
    desk.pay(visit, "suno/get-song")
    link = word(body, "share_link")
    clip = Clip(
        id=desk.fate.id(), owner="", task="", prompt=f"song of {link}", seconds=120.0,
        created=visit.now, ready=visit.now, title="Shared Song", tags="pop, acoustic",
    )  # fmt: skip
    desk.keep(clip)
    song = {
        "audio_url": audio(visit.origin, clip),
        "video_url": "",
        "cover_image": picture(visit.origin, clip),
        "song_title": clip.title,
        "song_author": "Somebody",
        "music_styles": clip.tags,
    }
    return json_reply(200, song)
