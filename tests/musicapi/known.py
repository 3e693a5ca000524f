"""What MusicAPI answers, as its documents print it; and a hand-fed driver."""

from __future__ import annotations

from typing import Any

from by_hand import as_json as as_json
from by_hand import ended as ended
from by_hand import fed as fed

from segue.flow import Reply
from segue.job import Ticket

ID = "6d7253ac-916e-49a8-b288-91ffa7f8a8cd"
CLIP = "30264033-2b01-43a7-8779-2a834b067486"
OTHER = "f5250a31-0000-4000-8000-000000000000"
SUBMITTED = {"message": "success", "task_id": ID}
NOT_READY = {"type": "not_ready", "error": "the task is not ready yet"}
INTERIM = f"https://audiopipe.suno.ai/?item_id={CLIP}"
FILE = f"https://cdn1.suno.ai/{CLIP}.mp3"
SONG = {
    "clip_id": CLIP,
    "state": "succeeded",
    "title": "Sunshine in My Pocket",
    "tags": "electric with claps and synths, happy, pop",
    "lyrics": "[Verse]...",
    "image_url": "https://cdn2.suno.ai/image_30264033.jpeg",
    "audio_url": FILE,
    "video_url": None,
    "created_at": "2025-10-12T13:13:02.488Z",
    "gpt_description_prompt": None,
    "duration": "104.88",
    "negative_tags": None,
    "style_weight": None,
    "weirdness_constraint": None,
    "mv": "chirp-v5",
}
"""A finished song: the clip of MusicAPI's webhook guide."""


def song(state: str = "succeeded", **told: Any) -> dict[str, Any]:
    """A song in some state; one that is not finished has no file of its own yet."""
    own = {} if state == "succeeded" else {"audio_url": None, "duration": None}
    return {**SONG, **own, "state": state, **told}


def songs(*items: Any, **told: Any) -> dict[str, Any]:
    """The answer of a task with these songs."""
    return {"code": 200, "message": "success", "data": list(items), **told}


DONE = songs(song(), song(clip_id=OTHER, audio_url=f"https://cdn1.suno.ai/{OTHER}.mp3"))


def ticket(family: str = "sonic", operation: str = "sonic/create/create_music", **told: Any):
    """The ticket of a job that was accepted."""
    state = {"family": family, "operation": operation, **told.pop("state", {})}
    return Ticket(provider="musicapi", id=ID, job="a1", state=state, **told)


PAGE = Reply(status=200, headers={"content-type": "text/html"}, body=b"<html>log in</html>")
