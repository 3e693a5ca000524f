"""How secrets are hidden wherever a person or a log may read: one mask, used everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

MASK = "••••"


def hidden_query(url: str) -> str:
    """The URL with its query, fragment and user info masked: signed URLs are secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    host = parts.netloc.rpartition("@")[2]
    query = MASK if parts.query else ""
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def hidden_values(mapping: Mapping[str, object]) -> dict[str, str]:
    """The same keys, every value masked."""
    return dict.fromkeys(mapping, MASK)


def printable(text: str) -> str:
    """`text` in one line, as a terminal can show it: what would command it, or turn the direction
    of writing, becomes a space, and half a character the sign for one that is missing."""
    if text.isprintable():
        return text
    return "".join(map(_printable, text))


def _printable(letter: str) -> str:
    if letter.isprintable():
        return letter
    return "\ufffd" if "\ud800" <= letter <= "\udfff" else " "
