"""Every model of type `music` that Venice documents, with every option that it documents, set
right and set wrong. What a row of the catalogue declares decides who refuses a wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from segue import Generate
from segue_sandbox.venice.catalogue import rows

PROMPT = "Warm cinematic strings, hopeful and spacious"
LYRICS = "Walking through the city lights"
OPTIMIZED = {"extra": {"venice": {"lyrics_optimizer": True}}}
ROWS = {id_: row.spec for id_, row in rows().items() if row.type == "music"}
CONTAINERS = {"ace-step-15": "flac", "stable-audio-25": "wav", "mmaudio-v2-text-to-audio": "wav"}
"""What comes out, where it is not mp3."""

NEEDED = dict.fromkeys(
    ("minimax-music-v2", "minimax-music-v25", "minimax-music-v26"), ("lyrics", LYRICS)
)
"""What a model cannot do without."""

SWITCHES = {
    "lyrics": ("supports_lyrics", {"lyrics": LYRICS}),
    "instrumental": ("supports_force_instrumental", {"instrumental": True}),
    "loop": ("supports_loop", {"loop": True}),
    "extra.venice.lyrics_optimizer": ("supports_lyrics_optimizer", OPTIMIZED),
    "language": ("supports_language_code", {"language": "en"}),
    "speed": ("supports_speed", {"speed": 1.0}),
}
"""An option that models have or lack, what declares it, and the option itself."""

LENIENT = {"lyrics", "instrumental"}
"""Options that a row need not declare to have."""

VOICED = [model for model, spec in ROWS.items() if "voices" in spec]
SPANS = {
    model: (spec["min_duration"], spec["max_duration"])
    for model, spec in ROWS.items()
    if "min_duration" in spec and "duration_options" not in spec
}
RIGHT = [
    *(("ace-step-15", {"duration": n}) for n in (60, 90, 120, 150, 180, 210)),
    *((model, {"duration": n}) for model, span in SPANS.items() for n in span),
    ("elevenlabs-music", {"duration": 61, "instrumental": True}),
    ("ace-step-15", {"lyrics": "x" * 4096}),
    ("ace-step-15", {"prompt": "x" * 10}),
    ("ace-step-15", {"prompt": "x" * 512}),
    ("minimax-music-v25", {"lyrics": "x" * 3500}),
    ("minimax-music-v25", {"lyrics": "x" * 10}),
    ("minimax-music-v2", {"lyrics": "x"}),
    *((model, {"voice": ROWS[model]["voices"][n]}) for model in VOICED for n in (0, -1)),
    *((model, {"instrumental": False, "loop": False}) for model in ROWS),
]
WRONG = [
    *((model, {"prompt": "too short"}, "prompt") for model in ROWS if model != "lyria-3-pro"),
    ("ace-step-15", {"prompt": "x" * 513}, "prompt"),
    ("ace-step-15", {"lyrics": "x" * 4097}, "lyrics"),
    ("ace-step-15", {"duration": 61}, "duration"),
    *((model, {"duration": span[0] - 1}, "duration") for model, span in SPANS.items()),
    *((model, {"duration": span[1] + 1}, "duration") for model, span in SPANS.items()),
    *((model, {"duration": 60.5}, "duration") for model in SPANS),
    *((model, {"duration": 30}, "duration") for model in ROWS
      if "min_duration" not in ROWS[model] and model != "lyria-3-pro"),
    ("minimax-music-v2", {"lyrics": None}, "lyrics"),
    ("minimax-music-v2", {"lyrics": " "}, "lyrics"),
    *((f"minimax-music-{v}", {"lyrics": text}, "lyrics") for v in ("v25", "v26")
      for text in (None, "x" * 9)),
    ("minimax-music-v25", {"lyrics": "x" * 3501}, "lyrics"),
    ("minimax-music-v26", {"lyrics": "x" * 4097}, "lyrics"),
    ("minimax-music-v25", {"lyrics": LYRICS, **OPTIMIZED}, "lyrics"),
    *((model, {"voice": name}, "voice") for model in VOICED for name in ("nobody", "aRIA")),
    *((model, {"voice": "Aria"}, "voice") for model in ROWS
      if model not in VOICED and model != "lyria-3-pro"),
    *((model, {"speed": n}, "speed") for model in ("elevenlabs-music", "lyria-3-pro")
      for n in (0.2, 4.1)),
]  # fmt: skip
"""Values that are wrong, and Segue's name for their field. Of Lyria nothing is published by
which to know."""

MISSING = [
    ("lyria-3-pro", {"prompt": "too short"}),
    ("lyria-3-pro", {"duration": 30}),
    ("lyria-3-pro", {"voice": "Aria"}),
    ("ace-step-15", {"extra": {"venice": {"seed": 1}}}),
    ("ace-step-15", {"extra": {"venice": {"negative_prompt": "drums"}}}),
    ("sandbox-retired", {}),
    ("ace-step-16", {}),
]
"""What only Venice can know."""


def task(model: str, options: dict) -> Generate:
    """The task that sets those options, and what the model cannot do without."""
    needed = dict([NEEDED[model]]) if model in NEEDED else {}
    return Generate(**{"model": model, "prompt": PROMPT, **needed, **options})


def right() -> Iterator[tuple[str, dict]]:
    """All that a model takes."""
    yield from ((model, {}) for model in ROWS)
    yield from RIGHT
    for model, field, options in _switched():
        declared = ROWS[model].get(SWITCHES[field][0])
        if declared or (declared is None and field in LENIENT):
            yield model, options


def wrong() -> Iterator[tuple[str, dict, str]]:
    """What a row declares that its model does not take, and the field that is to be named."""
    yield from WRONG
    for model, field, options in _switched():
        if ROWS[model].get(SWITCHES[field][0]) is False:
            yield model, options, field


def untold() -> Iterator[tuple[str, dict]]:
    """What the model does not take, though nothing in the catalogue says so."""
    yield from MISSING
    for model, field, options in _switched():
        if SWITCHES[field][0] not in ROWS[model] and field not in LENIENT:
            yield model, options


def _switched() -> Iterator[tuple[str, str, dict]]:
    for model in ROWS:
        for field, (_flag, options) in SWITCHES.items():
            without = {"lyrics": None} if field == "extra.venice.lyrics_optimizer" else {}
            yield model, field, {**without, **options}
