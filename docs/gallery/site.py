"""Sphinx's side of it: the pieces are made before the pages are read, and shown below their blocks.

What was made is kept in the site's folder until the page, the composer or this package changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pieces
import segue_local
from gallery.figures import figure
from gallery.page import PAGE, blocks, with_figures
from segue._version import __version__

_DOCUMENT = "docs/listen"
_FIGURES = "figures.json"
_STATIC = Path(__file__).parent / "static"


class Builder(Protocol):
    """What makes the site's pages."""

    format: str


class Config(Protocol):
    """What `conf.py` says."""

    html_static_path: list[str]


class Sphinx(Protocol):
    """What is used of Sphinx's application; whoever checks types need not have installed it."""

    outdir: str | Path
    builder: Builder
    config: Config

    def connect(self, event: str, callback: Callable[..., object]) -> int:
        """Have something done at an event."""
        ...

    def add_css_file(self, filename: str) -> None:
        """Link a style sheet."""
        ...

    def add_js_file(self, filename: str, *, loading_method: str) -> None:
        """Link a script."""
        ...


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx. Other builders than HTML show the page as it is written."""
    app.connect("builder-inited", made)
    app.connect("env-get-outdated", lambda *_: [_DOCUMENT] if _folder(app) else [])
    app.connect("source-read", _show)
    app.connect("html-page-context", _dress)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def made(app: Sphinx) -> None:
    """Make the pieces, unless the site has those of this very state of things."""
    if not (folder := _folder(app)):
        return
    app.config.html_static_path.append(str(_STATIC))
    text, kept = PAGE.read_text("utf-8"), folder / _FIGURES
    state = _state(text)
    if kept.exists() and json.loads(kept.read_text("utf-8"))["of"] == state:
        return
    figures: dict[int, str] = {}
    for piece in pieces.write(blocks(text), _empty(folder)):
        figures[piece.block] = figures.get(piece.block, "") + figure(piece, f"{folder.name}/")
    kept.write_text(json.dumps({"of": state, "figures": figures}), "utf-8")


def _show(app: Sphinx, document: str, source: list[str]) -> None:
    """Put the figures into the page."""
    if document == _DOCUMENT and (folder := _folder(app)):
        figures = json.loads((folder / _FIGURES).read_text("utf-8"))["figures"]
        source[0] = with_figures(source[0], {int(at): html for at, html in figures.items()})


def _dress(app: Sphinx, document: str, *_: object) -> None:
    """Style and script, for that page alone."""
    if document == _DOCUMENT:
        app.add_css_file("gallery.css")
        app.add_js_file("gallery.js", loading_method="defer")


def _folder(app: Sphinx) -> Path | None:
    """Where the pieces are, beside the page that plays them; None without HTML."""
    return Path(app.outdir) / _DOCUMENT if app.builder.format == "html" else None


def _empty(folder: Path) -> Path:
    """The folder, without what an earlier state has left in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    return folder


def _state(text: str) -> str:
    """A digest of all that decides how the pieces sound and look."""
    found = hashlib.sha256(f"{__version__}\n{text}".encode())
    for root in (Path(segue_local.__file__).parent, Path(__file__).parent):
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(path.read_bytes())
    found.update(Path(pieces.__file__).read_bytes())
    return found.hexdigest()
