"""A table for people at a terminal, and the same rows for whatever reads a pipe."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from segue.cli.ending import one_line, say


def show(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    long: Collection[str] = (),
    notes: Sequence[str] = (),
) -> None:
    """Print the rows on the standard output, and the notes on the standard error.

    `long` are the heads of the columns that may be broken into lines in a narrow terminal.
    """
    console = Console()
    clean = [[one_line(cell) for cell in row] for row in rows]
    if not console.is_terminal:
        for row in clean:
            say("\t".join(row))
    elif clean:
        console.print(_table(heads, clean, long))
    beside = Console(stderr=True)
    for note in notes:
        beside.print(Text(one_line(note)), soft_wrap=not beside.is_terminal)


def width() -> int | None:
    """How many letters fit in a line of the standard output; None when it is no terminal."""
    console = Console()
    return console.width if console.is_terminal else None


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], long: Collection[str]) -> Table:
    """Without a frame; the terminal is never too narrow for a whole row."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold underline")
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head not in long, min_width=len(head))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
