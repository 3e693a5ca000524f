"""What the phrases found in a text come to, and a sentence for the words that were none."""

from __future__ import annotations

from segue_local.genres import genre
from segue_local.lexicon import Hit, nearest

_NAMED = 20
"""How many words that were not understood a sentence names; `understood` has them all."""


def not_understood(passed: list[str]) -> str:
    """A sentence that names the words, each with the known one that is spelled like it."""
    named = [
        f"{word!r} (the nearest known is {near!r})" if (near := nearest(word)) else repr(word)
        for word in passed[:_NAMED]
    ]
    more = f" and {len(passed) - _NAMED} more" if len(passed) > _NAMED else ""
    return f"not understood: {', '.join(named)}{more}"


def bare(phrase: str) -> str:
    """The instrument within a phrase that already says that it plays alone: "solo piano"."""
    return phrase.removeprefix("solo ").removesuffix(" solo")


def seats(name: str, wanted: tuple[str, ...]) -> bool:
    """Whether a genre has a chair for one of the wanted."""
    return any(wish in track.instruments for wish in wanted for track in genre(name).tracks)


def genre_of(hits: list[Hit]) -> str | None:
    """The genre that the hits agree on: the longest phrase wins, then the first."""
    found = [hit for hit in hits if hit.kind == "genre" and not hit.negated]
    return max(found, key=lambda hit: len(hit.phrase.split())).name if found else None
