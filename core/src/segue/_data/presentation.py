"""A delivery for people: as lines of text, and as HTML for a notebook.

The HTML stands alone: pictures are inline SVG and small files are inside it, so that a notebook
that is passed on still plays. Nothing is fetched from anywhere.
"""

from __future__ import annotations

import os
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from segue._data.waveform import Shape, shape
from segue.money import paid

if TYPE_CHECKING:
    from segue.job import Delivery, Saved

EMBEDDED = 16_000_000
"""The largest file, in bytes, that is put into a notebook; of others the address is."""

_BARS = 120
_HEIGHT = 48
_TYPES = {"mp3": "mpeg", "m4a": "mp4", "aac": "aac", "opus": "ogg"}


def text(delivery: Delivery) -> str:
    """A delivery as lines: every file, the cost, and the notes."""
    money = paid(delivery.bill, delivery.quoted)
    made = f"job {delivery.ticket}{f': {money}' if money else ''}"
    return "\n".join([*map(facts, delivery.files), made, *delivery.notes])


def html(delivery: Delivery) -> str:
    """The same with a waveform and a player for every piece."""
    about = "<br>".join(escape(line) for line in _about(delivery))
    pieces = "".join(figure(file) for file in delivery.files)
    return f'<div class="segue-delivery">{pieces}<p><small>{about}</small></p></div>'


def figure(file: Saved, *, beside: Path | None = None) -> str:
    """One file: its picture, a player where it is sound, and what is known of it. The address of
    a large file is from the folder `beside`, where the page will be."""
    if file.kind not in ("track", "stem"):
        return f"<p><code>{escape(str(file.path))}</code></p>"
    found = shape(file.path, _BARS)
    title = escape((file.track and file.track.title) or file.path.stem)
    about = f"<div><small>{escape(facts(file, found))}</small></div>"
    seen = svg(found) if found else ""
    heard = player(file.path, file.container, beside)
    style = "margin:0 0 1em;max-width:32em"
    head = f"<figcaption><b>{title}</b></figcaption>"
    return f'<figure style="{style}">{head}{seen}{heard}{about}</figure>'


def player(path: Path, container: str, beside: Path | None = None) -> str:
    """A player with the sound inside; of a large file, or one that is gone, with its address."""
    kind = f"audio/{_TYPES.get(container, container)}"
    try:
        small = path.stat().st_size <= EMBEDDED
        data = path.read_bytes() if small else b""
    except OSError:
        data = b""
    where = Path(os.path.relpath(path, beside)) if beside else path
    source = f"data:{kind};base64,{b64encode(data).decode()}" if data else quote(where.as_posix())
    return f'<audio controls preload="metadata" style="width:100%" src="{source}"></audio>'


def svg(found: Shape) -> str:
    """The shape of a piece as a small picture, in the colour of the text around it."""
    middle = _HEIGHT / 2
    bars = "".join(
        f"M{2 * at + 1} {middle - half:.1f}V{middle + half:.1f}"
        for at, level in enumerate(found.levels)
        if (half := max(level * (middle - 1), 0.5))
    )
    width = 2 * len(found.levels)
    return (
        f'<svg viewBox="0 0 {width} {_HEIGHT}" width="100%" height="{_HEIGHT}" role="img"'
        f' aria-label="waveform" preserveAspectRatio="none">'
        f'<path d="{bars}" stroke="currentColor" stroke-width="1.2"/></svg>'
    )


def facts(file: Saved, found: Shape | None = None) -> str:
    """`out/song.wav  0:20 · 3.5 MB · wav`."""
    seconds = found.seconds if found else (file.track.duration if file.track else None)
    length = [] if seconds is None else [clock(seconds)]
    return f"{file.path}  {' · '.join([*length, size(file.bytes), file.container])}"


def clock(seconds: float) -> str:
    """`1:05`, or `1:02:03` from an hour on."""
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: int) -> str:
    """`512 B`, `15.9 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _about(delivery: Delivery) -> list[str]:
    money = paid(delivery.bill, delivery.quoted)
    return [f"job {delivery.ticket}{f': {money}' if money else ''}", *delivery.notes]
