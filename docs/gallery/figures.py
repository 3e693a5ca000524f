"""A piece as HTML: its picture, its player, what was understood, and its notes to download."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from gallery.making import Piece
from gallery.roll import picture

_ASKED = ("genre", "mood", "key", "bpm", "metre", "instruments", "without", "at", "unread")
"""What is told of what was understood, in this order."""
_SAID = {"option": "asked for", "prompt": "from the prompt", "source": "from the source"}


def figure(piece: Piece, at: str) -> str:
    """The figure, without an empty line; its files are at the address `at`.

    Stems are players alone: the picture of the whole piece shows what is in each.
    """
    if piece.stems:
        heard = zip(piece.stems, piece.files, strict=True)
        players = "".join(_stem(piece, name, f"{at}{file}") for name, file in heard)
        return f'<figure class="piece">\n{players}</figure>\n'
    return (
        f'<figure class="piece" id="{piece.name}">\n'
        f'<div class="wide" tabindex="0">{picture(piece.score, piece.name)}</div>\n'
        f"{_player(_title(piece), at + piece.files[0], loop=piece.score.loop)}\n"
        f"<figcaption>\n{_facts(piece)}"
        f'<a href="{quote(f"{at}{piece.name}.mid")}" download>The notes as MIDI</a> · '
        f'<a href="{quote(f"{at}{piece.name}.svg")}">the picture alone</a>\n'
        "</figcaption>\n</figure>\n"
    )


def _title(piece: Piece) -> str:
    return f"{piece.score.title}, {piece.score.duration:g} seconds"


def _player(label: str, source: str, *, loop: bool = False) -> str:
    return (
        f'<audio controls preload="none"{" loop" if loop else ""} '
        f'src="{quote(source)}" aria-label="{escape(label)}"></audio>'
    )


def _stem(piece: Piece, name: str, source: str) -> str:
    label = f"{name} of {_title(piece)}"
    return f'<div class="heard"><span>{escape(name)}</span>{_player(label, source)}</div>\n'


def _facts(piece: Piece) -> str:
    rows = [_row(name, piece) for name in _ASKED]
    sections = " · ".join(f"{s.name} {s.bars}" for s in piece.score.sections if s.bars)
    rows.append(f"<dt>bars</dt><dd>{escape(sections)}</dd>")
    rows += [f"<dt>note</dt><dd>{escape(note)}</dd>" for note in piece.plan.ignored]
    title = f"<dt>title</dt><dd>{escape(piece.score.title)}</dd>"
    return f"<dl>\n{title}\n{chr(10).join(row for row in rows if row)}\n</dl>\n"


def _row(name: str, piece: Piece) -> str:
    """One decision and where it came from; empty where there was nothing to decide."""
    decision = piece.plan.understood.get(name)
    if not isinstance(decision, dict) or decision["value"] == []:
        return ""
    value, source = decision["value"], str(decision["from"])
    said = ", ".join(value) if isinstance(value, list) else _number(value)
    if name == "bpm" and abs(piece.score.bpm - float(str(value))) > 0.05:
        said += f", played at {piece.score.bpm:.1f} to fit the length"
    told = _SAID.get(source, f"usual in {piece.plan.genre}")
    return f"<dt>{name}</dt><dd>{escape(said)} <small>({escape(told)})</small></dd>"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
