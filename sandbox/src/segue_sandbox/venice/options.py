"""The rules of `/audio/queue` that depend on the model, beyond its schema.

Each is documented in venice-audio-music unless noted; the wording of the refusals is not, save
`This model does not support duration_seconds`. What a model does not declare is accepted for
lyrics and `force_instrumental` (undeclared is not "no"), and refused for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

from segue_sandbox.venice.catalogue import Row
from segue_sandbox.venice.errors import plain, unsupported

_LENIENT = {
    "lyrics_prompt": "supports_lyrics",
    "force_instrumental": "supports_force_instrumental",
}
_STRICT = {
    "lyrics_optimizer": "supports_lyrics_optimizer",
    "loop": "supports_loop",
    "language_code": "supports_language_code",
    "speed": "supports_speed",
}


def check(row: Row, body: Mapping[str, object]) -> None:
    """Refuse what this model does not take. The presence of a field counts, not its value."""
    _supported(row, body)
    duration(row, body)
    _prompt(row, str(body["prompt"]).strip())
    _lyrics(row, body)
    _voice(row, body)
    _speed(row, body)


def duration(row: Row, body: Mapping[str, object]) -> int | None:
    """The seconds that a body asks for, checked; None where it names none.

    Options beat the range, which the price tiers cover in whole (observed, venice-py).
    """
    if "duration_seconds" not in body:
        return None
    if not row.timed:
        raise unsupported("duration_seconds")
    seconds = int(str(body["duration_seconds"]).removesuffix(".0"))
    options = row.listed("duration_options")
    if options and seconds not in options:
        listed = ", ".join(map(str, options))
        raise plain(400, f"duration_seconds must be one of: {listed}")
    low, high = row.number("min_duration") or 1, row.number("max_duration") or seconds
    if not low <= seconds <= high:
        raise plain(400, f"duration_seconds must be between {low} and {high}")
    return seconds


def _supported(row: Row, body: Mapping[str, object]) -> None:
    for option, capability in _LENIENT.items():
        if option in body and row.knows(capability) is False:
            raise unsupported(option)
    for option, capability in _STRICT.items():
        if option in body and row.knows(capability) is not True:
            raise unsupported(option)


def _prompt(row: Row, prompt: str) -> None:
    shortest, longest = row.number("min_prompt_length"), row.number("prompt_character_limit")
    if shortest is not None and len(prompt) < shortest:
        raise plain(400, f"prompt must be at least {shortest} characters")
    if longest is not None and len(prompt) > longest:
        raise plain(400, f"prompt must be at most {longest} characters")


def _lyrics(row: Row, body: Mapping[str, object]) -> None:
    lyrics = str(body.get("lyrics_prompt", "")).strip()
    longest = row.number("lyrics_character_limit")
    if longest is not None and len(lyrics) > longest:
        raise plain(400, f"lyrics_prompt must be at most {longest} characters")
    if lyrics and body.get("lyrics_optimizer"):
        raise plain(400, "lyrics_prompt must be empty when lyrics_optimizer is true")
    if not lyrics and (row.hidden.lyrics == "always" or row.knows("lyrics_required")):
        raise plain(400, "lyrics_prompt is required for this model")
    excused = any(body.get(option) for option in row.hidden.lyrics_unless)
    if row.hidden.lyrics == "unless" and not excused and len(lyrics) < 10:
        options = " or ".join(row.hidden.lyrics_unless)
        raise plain(400, f"lyrics_prompt must be at least 10 characters unless {options} is true")


def _voice(row: Row, body: Mapping[str, object]) -> None:
    """A voice of the model's; the refusal lists them in `details` (venice-audio-music)."""
    if "voice" not in body:
        return
    voices = row.listed("voices")
    if not voices:
        raise unsupported("voice")
    if body["voice"] not in voices and not row.knows("supports_custom_voice_id"):
        details = {"supported_voices": voices}
        raise plain(400, f"Voice {body['voice']} is not supported by this model", details=details)


def _speed(row: Row, body: Mapping[str, object]) -> None:
    speed = body.get("speed")
    low, high = row.spec.get("min_speed", 0.25), row.spec.get("max_speed", 4)
    if not (isinstance(low, int | float) and isinstance(high, int | float)):
        return
    if isinstance(speed, int | float) and not low <= speed <= high:
        raise plain(400, f"speed must be between {low} and {high}")
