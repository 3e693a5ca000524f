"""Which colour a part has: that of its role, so that pictures can be compared."""

from __future__ import annotations

from segue_local.score import Score

_OF_ROLE = {
    "melody": "red", "counter": "violet", "arp": "green", "comp": "blue", "pad": "ochre",
    "bass": "orange", "drums": "grey", "texture": "mist", "riser": "mist",
    "hit": "mist", "drone": "ochre", "power": "blue",
}  # fmt: skip
_SPARE = ("teal", "pink", "lime", "brown", "navy", "rust", "olive")


def tints(score: Score) -> dict[str, str]:
    """A class of the style sheet for each part, by its name.

    A second part of a role has a colour that is nobody's own.
    """
    found: dict[str, str] = {}
    spare = iter(_SPARE * len(score.parts))
    for part in score.parts:
        own = _OF_ROLE[part.role]
        taken = own in found.values() and own != "mist"
        found[part.name] = next(spare) if taken else own
    return found
