"""Checks of request bodies: what must be there, and what each field may be.

A field of another name is taken and left alone: MusicAPI's pages know fields that its OpenAPI
file does not (`use_suno_cdn`, `duration`), and nothing says that others are refused. `null` is
a field that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from segue_sandbox.issues import Issue
from segue_sandbox.musicapi import errors
from segue_sandbox.musicapi.desk import Visit
from segue_sandbox.strict import Check, flag, number, one_of, text

Body: TypeAlias = Mapping[str, object]

MODELS = (
    "sonic-v3-5", "sonic-v4", "sonic-v4-5", "sonic-v4-5-plus", "sonic-v5", "sonic-v5-5",
)  # fmt: skip
SHARE = number(0, 1)
MOMENT = number(0, 1_000_000)


def address(value: object) -> list[Issue]:
    """A web address."""
    if isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+\S*", value):
        return []
    return [{"message": "Invalid url"}]


def secure(value: object) -> list[Issue]:
    """Where a webhook goes: https, at most 1024 characters (said by the sibling's pages)."""
    if isinstance(value, str) and value.startswith("https://") and len(value) <= 1024:
        return address(value)
    return [{"message": "Must be an https url of at most 1024 characters"}]


HOOK: Mapping[str, Check] = {"webhook_url": secure, "webhook_secret": text()}
SONG: Mapping[str, Check] = {
    "mv": one_of(*MODELS),
    "custom_mode": flag,
    "prompt": text(),
    "lyrics": text(),
    "gpt_description_prompt": text(0, 400),
    "title": text(0, 80),
    "tags": text(0, 1000),
    "negative_tags": text(0, 200),
    "make_instrumental": flag,
    "style_weight": SHARE,
    "weirdness_constraint": SHARE,
    "audio_weight": SHARE,
    "vocal_gender": one_of("f", "m"),
    "auto_lyrics": flag,
    "auto_concat": flag,
    "use_suno_cdn": flag,
    "duration": number(10, 360),
    **HOOK,
}
"""What sonic's songs have in common. `duration` and `use_suno_cdn` are newer than the OpenAPI
file, and known from the docs' export and from the sibling's clients."""


def read(
    visit: Visit, required: Iterable[str], checks: Mapping[str, Check]
) -> Mapping[str, object]:
    """The body, checked; the refusal's words are not documented."""
    for name in required:
        if name not in visit.body:
            raise errors.refused(visit.family, 400, f"{name} is required.")
    for name, check in checks.items():
        if name in visit.body and (issues := check(visit.body[name])):
            raise errors.refused(visit.family, 400, f"{name}: {issues[0]['message']}")
    return visit.body


def word(body: Body, *names: str) -> str:
    """The first of these texts that is there and says something; else an empty one."""
    found = (str(body.get(name, "")).strip() for name in names)
    return next((value for value in found if value), "")


def amount(body: Body, name: str, usual: float = 0.0) -> float:
    """A number of the body's, checked before; else the usual one."""
    value = body.get(name)
    return float(value) if isinstance(value, int | float) else usual


def share(body: Body, name: str) -> float | None:
    """A number that may be missing."""
    return amount(body, name) if name in body else None
