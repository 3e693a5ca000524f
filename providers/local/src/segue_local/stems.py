"""How a piece is taken apart: into a few groups, or into every part by itself."""

from __future__ import annotations

from segue_local.score import Score

_GROUPS = {
    "drums": "drums", "bass": "bass", "melody": "melody", "counter": "melody",
    "comp": "harmony", "drone": "harmony", "power": "harmony", "arp": "harmony", "pad": "harmony",
    "texture": "effects", "riser": "effects", "hit": "effects",
}  # fmt: skip


def stems(score: Score, *, full: bool) -> dict[str, frozenset[str]]:
    """For each stem its name and the names of its parts; silent parts are in none."""
    found: dict[str, frozenset[str]] = {}
    for part in score.parts:
        if part.notes:
            name = part.name if full else _GROUPS[part.role]
            found[name] = found.get(name, frozenset()) | {part.name}
    return found
