"""What a page shows, compared with what comes of it."""

from __future__ import annotations

import re

from .pages import Block


class Wrong(AssertionError):
    """A block does not do what its page says."""


def compare(block: Block, shown: str, printed: str) -> None:
    """Raise `Wrong` unless `printed` is what is `shown`; blanks at the ends of lines are free."""
    if not re.fullmatch(pattern(shown), trimmed(printed)):
        raise Wrong(f"{block} shows:\n{shown}\n\nbut this was printed:\n{printed}")


def pattern(shown: str) -> str:
    return "(?s:.*?)".join(re.escape(part) for part in trimmed(shown).split("…"))


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
