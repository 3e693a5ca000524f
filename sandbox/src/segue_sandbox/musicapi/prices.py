"""What an operation costs, in credits, as musicapi.ai's pages said in 2025 and 2026.

They contradict one another here and there, and their sibling's tariff differs; where they do,
the newer page counts. What no page prices is free here, or costs as much as its like does.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

_SONIC = {
    **dict.fromkeys(
        (
            "create_music", "extend_music", "extend_upload_music", "cover_music",
            "cover_upload_music", "persona_music",
        ),
        15,
    ),
    "concat_music": 2,
    **dict.fromkeys(("remaster", "add_instrumental", "add_vocals"), 10),  # a copy of docs said 15
}  # fmt: skip
_CREDITS = {
    **{f"sonic/create/{name}": cost for name, cost in _SONIC.items()},
    "sonic/create-voice": 4,
    "sonic/stems/basic": 15,
    "sonic/stems/full": 75,
    "sonic/wav": 2,  # an observer said 1
    # Observed by the sibling's clients; aligned lyrics that were paid for once are free.
    **{f"sonic/{name}": 1 for name in ("aligned-lyrics", "bpm", "vox", "midi", "persona")},
    "sonic/upsample-tags": 1,
    # Not documented: two songs each, as a create.
    **{f"sonic/{name}": 15 for name in ("mashup", "replace-section", "sample")},
    **{f"sonic/{name}": 15 for name in ("upload-cover", "upload-extend")},
    "producer/create": 12,
    "producer/download": 2,
    "riffusion/create": 12,
    "studio/create": 15,
    # "Lyrics credits", a currency of its own (2025).
    "sonic/lyrics": 10,
    "suno/make-lyrics": 10,
    # Not documented: free.
    **dict.fromkeys(("sonic/upload", "producer/upload", "riffusion/upload", "suno/get-song"), 0),
}
PRICES: Mapping[str, Decimal] = {name: Decimal(cost) for name, cost in _CREDITS.items()}
IN_LYRICS_CREDITS = frozenset({"sonic/lyrics", "suno/make-lyrics"})


def price(operation: str) -> Decimal:
    """The price of `sonic/create/extend_music`; the alias `suno/create/…` costs the same."""
    if operation.startswith("suno/create"):
        operation = "sonic" + operation.removeprefix("suno")
    if operation.startswith(("producer/create", "riffusion/create")):
        operation = "/".join(operation.split("/")[:2])
    return PRICES[operation]
