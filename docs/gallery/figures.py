"""A piece as HTML: its picture, its player, what was understood, and its notes to download."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import quote

from gallery.labels import legend
from gallery.making import Piece
from gallery.roll import picture

_BEFORE = Path(__file__).parent / "before"
_ASKED = ("genre", "mood", "key", "bpm", "metre", "instruments", "without", "at", "unread")
"""What is told of what was understood, in this order."""
_SAID = {
    "option": "asked for", "prompt": "from the prompt", "source": "from the source",
    "mood": "as the mood is",
}  # fmt: skip


def figure(piece: Piece, at: str) -> str:
    """The figure, without an empty line; its files are at the address `at`.

    Stems are players alone: the picture of the whole piece shows what is in each.
    """
    if piece.stems:
        heard = zip(piece.stems, piece.files, strict=True)
        players = "".join(_stem(piece, name, f"{at}{file}") for name, file in heard)
        return f'<figure class="piece">\n{players}</figure>\n'
    return (
        f'<figure class="piece">\n'
        '<div class="wide" tabindex="0" role="group" aria-label="piano roll">'
        f"{picture(piece.score, piece.name)}</div>\n{_legend(piece)}"
        f"{_player(_title(piece), at + piece.files[0], loop=piece.score.loop)}\n"
        f"{_before(piece, at)}"
        f"<figcaption>\n{_facts(piece)}"
        f'<a href="{quote(f"{at}{piece.name}.mid")}" download>The notes as MIDI</a> · '
        f'<a href="{quote(f"{at}{piece.name}.svg")}">the picture alone</a>\n'
        "</figcaption>\n</figure>\n"
    )


def before(piece: Piece) -> Path | None:
    """The beginning of the same piece as an earlier composer played it, if there is one."""
    earlier = _BEFORE / f"{piece.name}-before.ogg"
    return earlier if earlier.exists() else None


def _before(piece: Piece, at: str) -> str:
    """The player of what there was before; nothing where nothing was kept."""
    earlier = before(piece)
    if earlier is None:
        return ""
    player = _player(f"before: {_title(piece)}", at + earlier.name)
    return f'<div class="heard"><span>before</span>{player}</div>\n'


def _title(piece: Piece) -> str:
    return f"{piece.score.title}, {piece.score.duration:g} seconds"


def _player(label: str, source: str, *, loop: bool = False) -> str:
    return (
        f'<audio controls preload="none"{" loop" if loop else ""} '
        f'src="{quote(source)}" aria-label="{escape(label)}"></audio>'
    )


def _legend(piece: Piece) -> str:
    keys = legend(piece.score).items()
    shown = (f'<li><span class="key {tint}"></span>{escape(who)}</li>' for who, tint in keys)
    return f'<ul class="legend">{"".join(shown)}</ul>\n'


def _stem(piece: Piece, name: str, source: str) -> str:
    label = f"{name} of {_title(piece)}"
    return f'<div class="heard"><span>{escape(name)}</span>{_player(label, source)}</div>\n'


def _facts(piece: Piece) -> str:
    rows = [_row(name, piece) for name in _ASKED]
    sections = " · ".join(f"{s.name} {s.bars}" for s in piece.score.sections if s.bars)
    rows.append(_pair("bars", sections))
    rows += [_pair("note", note) for note in piece.plan.ignored]
    return f"<dl>\n{_pair('title', piece.score.title)}{''.join(rows)}</dl>\n"


def _row(name: str, piece: Piece) -> str:
    """One decision and where it came from; empty where there was nothing to decide."""
    decision = piece.plan.understood.get(name)
    if not isinstance(decision, dict) or decision["value"] == []:
        return ""
    value, source = decision["value"], str(decision["from"])
    said = ", ".join(value) if isinstance(value, list) else _number(value)
    told = _SAID.get(source, f"usual in {piece.plan.genre}")
    return _pair(name, said, told, _bent(piece) if name == "bpm" else "")


def _bent(piece: Piece) -> str:
    """What is told of a tempo that gave way to the length."""
    bpm = piece.plan.bpm
    return f", bent from {bpm:g} to fit the length" if abs(bpm - piece.score.bpm) > 0.05 else ""


def _pair(name: str, said: str, told: str = "", more: str = "") -> str:
    small = f" <small>({escape(told)})</small>" if told else ""
    return f"<div><dt>{name}</dt><dd>{escape(said)}{small}{more}</dd></div>\n"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
