"""Clips: the pieces of music that MusicAPI makes, or is given, and the files that hold them."""

from __future__ import annotations

import msgspec


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """One piece. It is there from `ready` on, unless it `failed`; times are vendor seconds.

    `origin` says how it came to be: `made`, `extended`, `uploaded`, `stem` or `download`.
    `prompt` is what its sound is made of.
    """

    id: str
    owner: str
    task: str
    prompt: str
    seconds: float
    created: float
    ready: float
    origin: str = "made"
    failed: bool = False
    gone: bool = False
    title: str = ""
    tags: str = ""
    lyrics: str | None = None
    mv: str | None = None
    description: str | None = None
    negative_tags: str | None = None
    style_weight: float | None = None
    weirdness: float | None = None

    def there(self, now: float) -> bool:
        """Whether it can be heard."""
        return not self.failed and now >= self.ready


def titled(text: str) -> str:
    """A title for a piece that was given none."""
    words = [word.strip(".,;:!?").capitalize() for word in plain(text).split()]
    return " ".join(words[:4]) or "Untitled"


def sung(text: str) -> str:
    """Lyrics for a piece that was given none: a verse and a chorus around its words."""
    words = plain(text).split() or ["music"]
    lines = [" ".join((words * 4)[start : start + 4]).lower() for start in range(4)]
    return "[Verse]\n" + "\n".join(lines) + f"\n\n[Chorus]\n{lines[0]}\n{lines[0]}"


def plain(text: str) -> str:
    """A text without its marks and section names."""
    return " ".join(word for word in text.split() if not word.startswith("["))
