"""A table at a terminal, and tab-separated rows elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from segue.cli.exits import echo, one_line

_LEAST = 16
"""The least width of a column that may be wrapped, in characters."""


def show(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    long: Collection[str] = (),
    notes: Sequence[str] = (),
    cards: bool = False,
    cut_last: bool = False,
) -> None:
    """Print the rows on the standard output, and the notes on the standard error.

    `long` are the heads of the columns that may be wrapped. A terminal that is too narrow gets a
    card for each row, and so does any terminal if `cards`. With `cut_last` the last column is
    truncated so that each row is one line.
    """
    console = Console()
    clean = [[one_line(cell) for cell in row] for row in rows]
    if not console.is_terminal:
        for row in clean:
            echo("\t".join(row))
    elif cards or _narrow(heads, clean, long, console.width):
        _show_cards(console, heads, clean)
    elif clean:
        rows_ = _cut(heads, clean, console.width) if cut_last else clean
        console.print(_table(heads, rows_, long))
    beside = Console(stderr=True)
    for note in notes:
        beside.print(Text(one_line(note)), soft_wrap=not beside.is_terminal)


def width() -> int | None:
    """The width of standard output in characters; None if it is not a terminal."""
    console = Console()
    return console.width if console.is_terminal else None


def _cut(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    widest = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    left = max(width - sum(wide + 2 for wide in widest[:-1]) - 2, _LEAST)
    return [[*row[:-1], _shortened(row[-1], left)] for row in rows]


def _shortened(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def _narrow(
    heads: Sequence[str], rows: Sequence[Sequence[str]], long: Collection[str], width: int
) -> bool:
    """Whether the columns do not fit: one that may be wrapped needs `_LEAST` characters, or
    the length of its longest cell if that is shorter."""
    if not rows:
        return False
    needed = 0
    for at, head in enumerate(heads):
        widest = max(len(head), *(cell_len(row[at]) for row in rows))
        needed += (min(widest, _LEAST) if head in long else widest) + 2
    return needed - 2 > width


def _show_cards(console: Console, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A card for each row: its first cell, and a line for each other cell with text."""
    label = max(map(len, heads[1:]), default=0)
    for number, (first, *others) in enumerate(rows):
        if number:
            console.print()
        console.print(Text(first, style="bold"))
        card = Table.grid(padding=(0, 2, 0, 0))
        card.add_column(width=label + 2)
        card.add_column(overflow="fold")
        for head, cell in zip(heads[1:], others, strict=True):
            if cell:
                card.add_row(Text(f"  {head}", style="dim"), Text(cell))
        console.print(card)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], long: Collection[str]) -> Table:
    """Without a frame; the terminal is wide enough for a whole row."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold underline")
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head not in long, min_width=len(head))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
