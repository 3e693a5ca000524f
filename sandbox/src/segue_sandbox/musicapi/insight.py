"""Sonic's requests that are answered at once: words, tempo, tags, personas, voices, files."""

from __future__ import annotations

from zlib import crc32

from segue.flow import Reply
from segue_sandbox.musicapi import errors
from segue_sandbox.musicapi.clips import Clip, sung, titled
from segue_sandbox.musicapi.desk import Desk, Visit
from segue_sandbox.musicapi.fields import MOMENT, amount, read, word
from segue_sandbox.musicapi.files import CDN, audio
from segue_sandbox.strict import text
from segue_sandbox.vendor import json_reply

_CLIP = {"clip_id": text(1)}
_PART = {**_CLIP, "vocal_start_s": MOMENT, "vocal_end_s": MOMENT}
_PERSONA = {
    **_PART,
    "name": text(1, 79),
    "describe": text(),
    "vox_audio_id": text(),
    "styles": text(0, 2000),
}
_INSTRUMENTS = ["Piano"]


def lyrics(desk: Desk, visit: Visit) -> Reply:
    """Two candidates. 504 is upstream's timeout, which is not charged (DOC)."""
    body = read(visit, ("description",), {"description": text(1, 119)})
    if "504" in visit.marks:
        raise errors.refused(visit.family, 504)
    desk.pay(visit, "sonic/lyrics")
    brief = word(body, "description")
    title = titled(brief)
    results = [
        {"title": title, "lyrics": sung(brief)},
        {"title": f"{title} (Reprise)", "lyrics": sung(f"again {brief}")},
    ]
    return json_reply(200, {"code": 200, "message": "success", "results": results})


def aligned(desk: Desk, visit: Visit) -> Reply:
    """When each word is sung: evenly over the clip. 404 for a clip without lyrics (DOC)."""
    read(visit, ("clip_id",), _CLIP)
    clip = desk.clip(visit, "clip_id", missing=404)
    words = [word_ for word_ in (clip.lyrics or "").split() if not word_.startswith("[")]
    if not words:
        raise errors.refused(visit.family, 404, "clip has no lyrics.")
    desk.pay(visit, "sonic/aligned-lyrics")
    each = clip.seconds / len(words)
    alignment = [
        {
            "word": f"{one} ",
            "start_s": round(place * each, 3),
            "end_s": round((place + 1) * each, 3),
            "p_align": 1.0,
            "success": True,
        }
        for place, one in enumerate(words)
    ]
    return _data({"alignment": alignment})


def bpm(desk: Desk, visit: Visit) -> Reply:
    """A tempo, told by the clip's id."""
    clip = _paid(desk, visit, "sonic/bpm")
    beats = 70 + crc32(clip.id.encode()) % 90
    return _data({"avg_bpm": beats + 0.5, "max_bpm": beats + 2, "min_bpm": beats - 1})


def upsample_tags(desk: Desk, visit: Visit) -> Reply:
    """More words for a style."""
    body = read(visit, ("tags",), {"tags": text(1)})
    desk.pay(visit, "sonic/upsample-tags")
    more = f"{word(body, 'tags')}, warm analog production, wide stereo image, steady groove"
    return _data({"upsampled_tags": more})


def persona(desk: Desk, visit: Visit) -> Reply:
    """A persona of a clip's singer."""
    read(visit, ("name", "clip_id"), _PERSONA)
    desk.clip(visit, "clip_id")
    desk.pay(visit, "sonic/persona")
    made = desk.fate.id()
    desk.personas[made] = (visit.account.id, visit.now)
    return json_reply(200, {"code": 200, "message": "success", "persona_id": made})


def vox(desk: Desk, visit: Visit) -> Reply:
    """A piece of a clip's voice."""
    read(visit, ("clip_id",), _PART)
    clip = _paid(desk, visit, "sonic/vox")
    data = {
        "vox_audio_id": desk.fate.id(),
        "status": "complete",
        "source_clip_id": clip.id,
        "vocal_start_s": amount(visit.body, "vocal_start_s"),
        "vocal_end_s": amount(visit.body, "vocal_end_s", clip.seconds),
    }
    return _data(data)


def midi(desk: Desk, visit: Visit) -> Reply:
    """A transcription: 202 until it is there (DOC). That only the first request is charged is
    the sandbox's choice; no page says which one is."""
    read(visit, ("clip_id",), _CLIP)
    clip = desk.clip(visit, "clip_id")
    if clip.id not in desk.scores:
        desk.pay(visit, "sonic/midi")
        desk.scores[clip.id] = visit.now + desk.fate.duration()
    if visit.now < desk.scores[clip.id]:
        told = {"type": "not_ready", "error": "MIDI is being generated, please try again later."}
        return json_reply(202, told)
    address = f"{visit.origin}{CDN}/{clip.id}.mid"
    return _data({"midi_url": address, "instruments": _INSTRUMENTS})


def wav(desk: Desk, visit: Visit) -> Reply:
    """Where a clip is as WAV."""
    clip = _paid(desk, visit, "sonic/wav", missing=404)
    data = {"wav_url": audio(visit.origin, clip, "wav")}
    return json_reply(200, {"message": "success", "data": data})


def _paid(desk: Desk, visit: Visit, operation: str, missing: int = 400) -> Clip:
    """The clip of a request that needs no more, charged for."""
    read(visit, ("clip_id",), _CLIP)
    clip = desk.clip(visit, "clip_id", missing)
    desk.pay(visit, operation)
    return clip


def _data(data: dict[str, object]) -> Reply:
    return json_reply(200, {"code": 200, "message": "success", "data": data})
