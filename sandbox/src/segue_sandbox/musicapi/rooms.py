"""Which room answers which request, and where each family's tasks are polled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from segue.flow import Reply
from segue_sandbox.musicapi import insight, producer, riffusion, sonic, states, steps, studio, suno
from segue_sandbox.musicapi.desk import Desk, Visit
from segue_sandbox.musicapi.webhooks import View

VIEWS: Mapping[str, View] = {
    "sonic": states.said,
    "producer": producer.said,
    "riffusion": riffusion.said,
    "studio": studio.said,
}

Room = Callable[[Desk, Visit], Reply]
ROOMS: Mapping[str, Room] = {
    "sonic/create": sonic.create,
    "sonic/lyrics": insight.lyrics,
    "sonic/aligned-lyrics": insight.aligned,
    "sonic/bpm": insight.bpm,
    "sonic/upsample-tags": insight.upsample_tags,
    "sonic/create-voice": sonic.create_voice,
    "sonic/persona": insight.persona,
    "sonic/vox": insight.vox,
    "sonic/midi": insight.midi,
    "sonic/wav": insight.wav,
    "sonic/stems/basic": lambda desk, visit: sonic.stems(desk, visit, "basic"),
    "sonic/stems/full": lambda desk, visit: sonic.stems(desk, visit, "full"),
    "sonic/mashup": sonic.mashup,
    "sonic/replace-section": sonic.replace_section,
    "sonic/sample": steps.sample,
    "sonic/upload": steps.upload,
    "sonic/upload-cover": steps.upload_cover,
    "sonic/upload-extend": steps.upload_extend,
    "suno/create": sonic.create,
    "suno/make-lyrics": suno.make_lyrics,
    "suno/get-song": suno.get_song,
    "producer/create": producer.create,
    "producer/upload": producer.upload,
    "producer/download": producer.download,
    "riffusion/create": riffusion.create,
    "riffusion/upload": steps.upload,
    "studio/create": studio.create,
}
TASKS = {
    "sonic/task": "sonic", "suno/clip": "sonic", "producer/task": "producer",
    "riffusion/task": "riffusion", "studio/task": "studio",
}  # fmt: skip
"""Where each family's tasks are polled."""
