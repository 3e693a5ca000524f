"""The summary after a download: a small waveform of each piece, and its facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from segue._data.presentation import clock, size
from segue.cli.exits import one_line
from segue.cli.waveform import Shape, picture, shape
from segue.job import Delivery, Saved, Status, Track
from segue.money import paid

_ROWS = 4
_WIDEST = 100
_COLOURS = ("bright_cyan", "cyan", "cyan", "bright_cyan")


class Piece(NamedTuple):
    """A saved file and its facts; `seconds` and `title` only for music."""

    file: Saved
    seconds: float | None = None
    title: str | None = None
    shape: Shape | None = None

    def facts(self) -> dict[str, object]:
        """The piece as JSON values."""
        file = self.file
        return {
            "path": str(file.path),
            "bytes": file.bytes,
            "sha256": file.sha256,
            "container": file.container,
            "seconds": None if self.seconds is None else round(self.seconds, 3),
            "kind": file.kind,
            "title": self.title,
        }


def pieces(delivery: Delivery, *, columns: int) -> list[Piece]:
    """Every saved file; for music with its length, and its waveform in `columns` columns."""
    tracks = _tracks(delivery)
    return [_piece(file, tracks, columns) for file in delivery.files]


def show(console: Console, found: list[Piece], delivery: Delivery) -> None:
    """Print every file, how the prompt was understood, and the cost; at a terminal, waveforms."""
    whole = not console.is_terminal  # elsewhere, lines are not wrapped
    for piece in found:
        if piece.shape is not None and console.is_terminal and not console.options.ascii_only:
            for line, colour in zip(picture(piece.shape.levels, _ROWS), _COLOURS, strict=True):
                console.print(Text(line, style=colour), no_wrap=True, crop=True)
        console.print(_line(piece), soft_wrap=whole)
    if text := understanding(delivery.snapshot.understood):
        console.print(Text(text, style="dim"), soft_wrap=whole)
    if any(amount and amount.amount for amount in (delivery.bill, delivery.quoted)):
        console.print(Text(paid(delivery.bill, delivery.quoted)), soft_wrap=whole)
    for note in delivery.snapshot.notes:
        console.print(Text(f"note: {one_line(note)}", style="yellow"), soft_wrap=whole)


def columns(console: Console) -> int:
    """The columns of a waveform: two for each character of the terminal's width."""
    return min(console.width, _WIDEST) * 2


def understanding(understood: Mapping[str, object]) -> str:
    """How the prompt was understood: `genre lofi, bpm 90, key D minor`."""
    plain = {name: _plain(value) for name, value in understood.items() if name != "duration"}
    return one_line(", ".join(f"{name} {value}" for name, value in plain.items() if value))


def _line(piece: Piece) -> Text:
    length = [] if piece.seconds is None else [clock(piece.seconds)]
    facts = [*length, size(piece.file.bytes), piece.file.container]
    title = one_line(piece.title or "") or piece.file.path.stem
    return Text.assemble((one_line(title), "bold"), "  ", " · ".join(facts))


def _piece(file: Saved, tracks: Iterator[Track], width: int) -> Piece:
    if file.kind != "track":
        return Piece(file)
    track = file.track or next(tracks, None)
    found = shape(file.path, width)
    announced = track.duration if track else None
    seconds = found.seconds if found else announced
    return Piece(file, seconds, track.title if track else None, found)


def _tracks(delivery: Delivery) -> Iterator[Track]:
    """The tracks in the order of their files."""
    return (track for track in delivery.snapshot.tracks if track.status is Status.SUCCEEDED)


def _plain(value: object) -> str:
    """A value as text; of `{"value": …, "from": …}`, only the value."""
    match value:
        case {"value": inner}:
            return _plain(inner)
        case None | {}:
            return ""
        case list() | tuple() | set() | frozenset():
            return " ".join(str(item) for item in value)
        case float():
            return f"{value:g}"
        case _:
            return str(value)
