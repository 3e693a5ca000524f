"""Somebody who calls MusicAPI's model in the sandbox, under virtual time, and one valid request
for each of its operations."""

from __future__ import annotations

import json
from decimal import Decimal

from segue.testing.hush_vendor import Request
from segue_sandbox.audio import blip
from segue_sandbox.musicapi import MusicAPI

LONG = 100.0
"""Vendor seconds after which every task is over."""
SONG = {"custom_mode": False, "mv": "sonic-v5", "gpt_description_prompt": "a song of rain"}
STUDIO = {
    "prompt": "jazz, bossa nova",
    "lyrics_type": "generate",
    "prompt_strength": 0.8,
    "clarity_strength": 0.7,
    "lyrics_strength": 0.5,
    "generation_quality": 0.9,
    "model_type": "studio130-v1.5",
    "config": {"mode": "regular"},
}


class Caller:
    """Calls `/api/v1`; `now` moves on by 4 s before each POST, so that creates are in pace."""

    def __init__(self, vendor=None, key="k"):
        self.vendor = vendor or MusicAPI(seed=1, job_seconds=(10, 20), sound=blip)
        self.key = key
        self.now = 0.0

    def post(self, path, body, **more):
        self.now += 4
        return self.ask("POST", f"/api/v1{path}", body, **more)

    def get(self, path, **more):
        return self.ask("GET", f"/api/v1{path}", **more)

    def ask(self, method, path, body=None, *, key=None, headers=None, raw=None):
        told = {"authorization": f"Bearer {key or self.key}", "host": "127.0.0.1:8931"}
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        told = {**told, **(headers or {})}
        request = Request(method=method, path=path, headers=told, body=content)
        return self.vendor.handle(request, self.now)

    def file(self, address):
        """What stands behind an address of an answer, asked for without a key."""
        path = address.removeprefix("http://127.0.0.1:8931/musicapi")
        assert path != address
        return self.vendor.handle(Request(method="GET", path=path), self.now)

    def begun(self, path, body):
        """The id of a new task."""
        reply = self.post(path, body)
        assert reply.status == 200, reply.text
        answer = json.loads(reply.text)
        data = answer.get("data")
        return answer.get("task_id") or (data["task_id"] if isinstance(data, dict) else data)

    def seen(self, path, task, after=0.0):
        """A poll, some seconds later."""
        self.now += after
        reply = self.get(f"{path}/{task}")
        return reply.status, json.loads(reply.text)

    def over(self, path, task):
        """How a task ended."""
        return self.seen(path, task, LONG)

    def clips(self, body=SONG, path="/sonic/create"):
        """The clips of a song that was made."""
        return self.over("/sonic/task", self.begun(path, body))[1]["data"]

    def sums(self):
        """Credits charged and given back, over all accounts."""
        accounts = self.vendor.ledger(self.now).values()
        return (
            sum(Decimal(account["charged"]) for account in accounts),
            sum(Decimal(account["refunded"]) for account in accounts),
        )


def valid(caller):
    """A valid body for each POST; its clips are made first."""
    clip = caller.clips()[0]["clip_id"]
    url = "https://example.org/recording.mp3"
    song = {"custom_mode": True, "mv": "sonic-v5", "prompt": "[Verse]\nrain on the roof"}
    piece = caller.begun("/producer/create", {"sound": "calm piano"})
    (made,) = caller.over("/producer/task", piece)[1]["data"]
    of_clip = {"clip_id": clip}
    chopped = {"chop_sample_start_s": 0, "chop_sample_end_s": 9, "make_instrumental": False}
    return {
        "/sonic/create": SONG,
        "/sonic/lyrics": {"description": "a song of rain"},
        "/sonic/aligned-lyrics": of_clip,
        "/sonic/bpm": of_clip,
        "/sonic/upsample-tags": {"tags": "pop"},
        "/sonic/create-voice": {"audio_url": url},
        "/sonic/persona": {"name": "Rain", **of_clip},
        "/sonic/vox": of_clip,
        "/sonic/midi": of_clip,
        "/sonic/wav": of_clip,
        "/sonic/stems/basic": of_clip,
        "/sonic/stems/full": of_clip,
        "/sonic/mashup": {"mashup_clip_ids": [clip, clip], **song},
        "/sonic/replace-section": {
            "mv": "sonic-v5", "infill_start_s": 1, "infill_end_s": 9, **of_clip,
        },
        "/sonic/sample": {"url": url, **song, **chopped},
        "/sonic/upload": {"url": url},
        "/sonic/upload-cover": {"url": url, **song},
        "/sonic/upload-extend": {"url": url, **song},
        "/suno/create": SONG,
        "/suno/make-lyrics": {"prompt": "a song of rain"},
        "/suno/get-song": {"share_link": "https://suno.com/s/abc"},
        "/producer/create": {"sound": "calm piano"},
        "/producer/upload": {"audio_url": url},
        "/producer/download": {"clip_id": made["clip_id"]},
        "/riffusion/create": {"prompt": "electronic dance music"},
        "/riffusion/upload": {"url": url},
        "/studio/create": STUDIO,
    }  # fmt: skip


POLLS = {
    "/sonic/task": "/sonic/create",
    "/suno/clip": "/suno/create",
    "/suno/get-lyrics": "/suno/make-lyrics",
    "/producer/task": "/producer/create",
    "/riffusion/task": "/riffusion/create",
    "/studio/task": "/studio/create",
}
"""Where each kind of task is polled, and what makes one."""
