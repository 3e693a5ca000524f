"""Sample values for each field of core's tasks."""

from __future__ import annotations

_SAMPLES: dict[str, tuple[object, object]] = {
    "prompt": ("a waltz for two clocks", "a march for one clock"),
    "lyrics": ("[verse]\nthe pendulum goes left and right", "[verse]\nand never stops at night"),
    "instrumental": (True, False),
    "duration": (60.0, 90.0),
    "title": ("Two Clocks", "One Clock"),
    "style": ("chamber music", "brass band"),
    "negative_style": ("drums", "guitars"),
    "voice": ("Aria", "Roger"),
    "vocal_gender": ("female", "male"),
    "language": ("en", "fr"),
    "speed": (1.1, 0.9),
    "bpm": (96.0, 120.0),
    "seed": (7, 11),
    "loop": (True, False),
    "at": (10.0, 20.0),
    "closeness": (0.3, 0.7),
    "start": (5.0, 6.0),
    "end": (15.0, 16.0),
    "full": (True, False),
}


def samples(field: str, but: object = None) -> list[object]:
    """Values for a field, without `but`; empty for an unknown field."""
    return [value for value in _SAMPLES.get(field, ()) if value != but]
