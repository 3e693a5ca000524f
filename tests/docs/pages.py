"""The pages of the documentation, and what can be seen in them: fenced blocks, links, headings.

A page is read as CommonMark, so a block in a list or a quotation is found like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]

_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line its fence is in, a comment before it."""

    page: Page
    line: int
    language: str
    text: str
    comment: str = ""

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Page:
    """One page. `root` is what its name is relative to."""

    path: Path
    root: Path = ROOT

    @property
    def name(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        """Every block of code, from top to bottom; one without a language has an empty one."""
        return list(self._blocks())

    @property
    def links(self) -> Iterator[str]:
        """Where its links go."""
        for token in self._inline():
            if token.type == "link_open":
                yield str(token.attrs["href"])

    @property
    def anchors(self) -> set[str]:
        """Its headings, as a link names them."""
        tokens = self._tokens
        headings = [
            tokens[at + 1] for at, token in enumerate(tokens) if token.type == "heading_open"
        ]
        return {_anchor("".join(part.content for part in heading.children)) for heading in headings}

    def section(self, title: str) -> str:
        """The text below the heading `title`, down to the next one of its rank."""
        found = re.search(
            rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |\Z)", self.text, re.MULTILINE | re.DOTALL
        )
        if found is None:
            raise LookupError(f"{self.name} has no section {title!r}")
        return found[2]

    @cached_property
    def _tokens(self) -> list[Token]:
        return _MARKDOWN.parse(self.text)

    def _blocks(self) -> Iterator[Block]:
        comment = ""
        for token in self._tokens:
            if token.type in {"fence", "code_block"}:
                language, line = token.info.strip(), token.map[0] + 1
                yield Block(self, line, language, token.content, comment)
            comment = token.content.strip() if token.type == "html_block" else ""

    def _inline(self) -> Iterator[Token]:
        for token in self._tokens:
            yield from token.children or ()


def pages(root: Path = ROOT) -> list[Page]:
    """Every page that users and contributors read."""
    tops = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "core/README.md")
    paths = [root / name for name in tops]
    paths += sorted(root.glob("providers/*/README.md"))
    # the example's own page is a block of the tutorial
    example = root / "docs/example/segue-harmonia"
    paths += sorted(p for p in (root / "docs").rglob("*.md") if example not in p.parents)
    paths += [root / "cassettes/README.md"]
    return [Page(path, root) for path in paths]


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")
