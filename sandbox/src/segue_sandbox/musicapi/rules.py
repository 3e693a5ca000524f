"""What `/sonic/create` asks of a body, by its `task_type` (sonic-instructions, special-scenarios).

That a refusal costs nothing was observed. Where two pages disagree, the newer one counts: an
extension needs neither `custom_mode` nor `continue_at` (guides/extend-and-cover).
"""

from __future__ import annotations

from collections.abc import Mapping

from segue_sandbox.musicapi import errors
from segue_sandbox.musicapi.desk import Desk, Visit
from segue_sandbox.musicapi.fields import MODELS, MOMENT, SHARE, SONG, Body, read, word
from segue_sandbox.strict import one_of, text

_CONTINUES = ("continue_clip_id", "mv")
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "create_music": ("custom_mode", "mv"),
    "extend_music": _CONTINUES,
    "extend_upload_music": _CONTINUES,
    "cover_music": (*_CONTINUES, "custom_mode"),
    "cover_upload_music": (*_CONTINUES, "custom_mode"),
    "concat_music": ("continue_clip_id",),
    "persona_music": ("persona_id", "custom_mode", "mv"),
    "remaster": _CONTINUES,
    "add_instrumental": _CONTINUES,
    "add_vocals": (*_CONTINUES, "prompt"),
}
_CHECKS = {
    **SONG,
    "task_type": one_of(*_REQUIRED),
    "continue_clip_id": text(1),
    "continue_at": MOMENT,
    "persona_id": text(1),
    "variation_category": one_of("subtle", "normal", "high"),
    "overpainting_start_s": MOMENT,
    "overpainting_end_s": MOMENT,
    "audio_weight": SHARE,
}
_OLD = frozenset(MODELS[:2])
"""sonic-v3-5 and v4: shorter prompts and tags, and no choice of voice."""


def create(visit: Visit) -> tuple[str, Body]:
    """The body of a create and its task type; refused where it breaks a rule."""
    body = read(visit, (), _CHECKS)
    kind = word(body, "task_type") or "create_music"
    read(visit, _REQUIRED[kind], {})
    sized(visit, body)
    if kind == "create_music":
        prompted(visit, body)
    if body.get("auto_lyrics") and not body.get("custom_mode"):
        raise _bad(visit, "auto_lyrics requires custom_mode to be true.")
    if "variation_category" in body and not word(body, "mv").startswith("sonic-v5"):
        raise _bad(visit, "variation_category is only supported by sonic-v5.")
    return kind, body


def sized(visit: Visit, body: Body) -> None:
    """The limits that depend on the model (sonic-instructions, faq)."""
    old = body.get("mv") in _OLD
    longest = {"prompt": 3000 if old else 5000, "tags": 200 if old else 1000}
    longest["lyrics"] = longest["prompt"]
    for name, most in longest.items():
        if len(word(body, name)) > most:
            raise _bad(visit, f"{name}: must be at most {most} characters for this model.")
    if old and "vocal_gender" in body:
        raise _bad(visit, "vocal_gender requires sonic-v4-5 or later.")


def prompted(visit: Visit, body: Body) -> None:
    """The prompt of the mode: lyrics, which an instrumental does without, or a description."""
    if not body["custom_mode"] and not word(body, "gpt_description_prompt"):
        raise _bad(visit, "gpt_description_prompt is required when custom_mode is false.")
    excused = body.get("make_instrumental") and word(body, "tags", "title")
    if body["custom_mode"] and not excused and not word(body, "prompt", "lyrics"):
        raise _bad(visit, "prompt is required when custom_mode is true.")


def sources(desk: Desk, visit: Visit, kind: str) -> None:
    """The clips and personas that a create names are there, and of the right sort."""
    if "continue_clip_id" in _REQUIRED[kind]:
        clip = desk.clip(visit, "continue_clip_id")
        if kind.startswith("add_") and clip.origin != "uploaded":
            raise _bad(visit, f"{kind} is only supported for uploaded clips.")
        if kind == "concat_music" and clip.origin != "extended":
            raise _bad(visit, "concat_music needs the clip_id of an extension.")
    if kind == "persona_music":
        owner, ready = desk.personas.get(word(visit.body, "persona_id"), ("", 0.0))
        if owner != visit.account.id or visit.now < ready:
            raise _bad(visit, "persona_id: persona not found.")


def _bad(visit: Visit, text: str) -> Exception:
    return errors.refused(visit.family, 400, text)
