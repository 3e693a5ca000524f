"""The page's blocks of code: what is run, and where a figure is put."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

PAGE = Path(__file__).parents[1] / "listen.md"

_FENCE = re.compile(r"^```(python\n|console\n(?=\$ segue ))(.*?)^```\n", re.MULTILINE | re.DOTALL)


class Block(Struct, frozen=True, kw_only=True):
    """A fenced block of the page that makes music, or prepares it."""

    language: str
    """console or python."""
    text: str


def blocks(text: str) -> list[Block]:
    """The blocks of a page, from top to bottom."""
    return [Block(language=found[1].strip(), text=found[2]) for found in _FENCE.finditer(text)]


def with_figures(text: str, figures: Mapping[int, str]) -> str:
    """The page with HTML below those blocks, by their numbers from 0, that have some."""
    numbers = iter(range(len(blocks(text))))

    def shown(found: re.Match[str]) -> str:
        html = figures.get(next(numbers))
        return f"{found[0]}\n{html}\n" if html else found[0]

    return _FENCE.sub(shown, text)
