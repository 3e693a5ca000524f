"""The voices of Venice's speech models, from its catalogue: Venice has no list of voices.
Gender and region are known from Kokoro's names only: `af_heart` is American and female."""

from __future__ import annotations

import re

from segue.errors import InvalidTask
from segue.flow import Flow, call
from segue.speech import Gender, Voice, Voices
from segue.tasks import Problem
from segue_venice import catalogue
from segue_venice.refusals import accepted

REGIONS = {
    "a": ("English", "American"),
    "b": ("English", "British"),
    "c": ("English", "Canadian"),
    "d": ("German", "Standard"),
    "e": ("Spanish", "European"),
    "f": ("French", "Standard"),
    "g": ("English", "General"),
    "h": ("Hindi", "Standard"),
    "i": ("Italian", "Standard"),
    "j": ("Japanese", "Standard"),
    "k": ("Korean", "Standard"),
    "p": ("Portuguese", "Standard"),
    "r": ("Russian", "Standard"),
    "s": ("English", "Scottish"),
    "u": ("English", "US"),
    "w": ("English", "Welsh"),
    "x": ("English", "Australian"),
    "y": ("English", "Indian"),
    "z": ("Chinese", "Mandarin"),
}
"""The first letter of such a name: its language and accent."""

_NAMED = re.compile(r"(?P<region>[a-z])(?P<gender>[fm])_")


def voices(query: Voices) -> Flow[tuple[Voice, ...]]:
    """The voices that match the query; no key is needed."""
    if query.region is not None and query.region not in REGIONS:
        problem = Problem(
            field="region", value=query.region, allowed=f"one of {', '.join(REGIONS)}"
        )
        raise InvalidTask(str(problem), problems=[problem], advice="nothing was sent")
    reply = yield from call("GET", "/models", params={"type": "tts"}, keyed=False)
    every = (
        voice_of(name, model.id)
        for model in catalogue.models(accepted(reply))
        for name in catalogue.spec(model).voices or ()
    )
    return tuple(voice for voice in every if _wanted(voice, query))


def voice_of(name: str, model: str) -> Voice:
    """The facts in a voice's name."""
    match = _NAMED.match(name)
    region = match["region"] if match else None
    if match is None or region not in REGIONS:
        return Voice(id=name, model=model)
    gender: Gender = "female" if match["gender"] == "f" else "male"
    language, accent = REGIONS[region]
    return Voice(
        id=name, model=model, gender=gender, region=region, language=language, accent=accent
    )


def _wanted(voice: Voice, query: Voices) -> bool:
    return (
        query.model in (None, voice.model)
        and query.gender in (None, voice.gender)
        and query.region in (None, voice.region)
    )
