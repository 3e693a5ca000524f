"""How several pieces are shown: a line for each as it ends, a table of all, a sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from segue.cli import players, table
from segue.cli.describe import cut
from segue.cli.exits import Interrupted, complain, one_line, say, say_json
from segue.cli.outcomes import worst
from segue.cli.progress import Lines, Quiet, Silent, warnings_noted
from segue.money import Money

if TYPE_CHECKING:
    from segue.cli.batch_run import Batch, Piece

_LONGEST = 60
"""Letters of a prompt that a terminal shows."""

_FEW = 8
"""Names of jobs that an advice holds."""

Told = Callable[["Piece"], object]
Warned = Callable[["Piece", str], object]
Pager = Callable[["Batch"], Path]
"""Writes a page about all of it, and says where."""


def shown(batch: Batch, *, resumable: bool, pager: Pager | None = None) -> int:
    """Run it, and print what became of every piece, even if it is interrupted; the exit code."""
    console = Console(stderr=True)
    try:
        with _shown(batch, console) as (told, warned):
            batch.run(told, warned)
    except KeyboardInterrupt:
        _tell(batch, None)
        going = sum(piece.result == "not finished" for piece in batch.pieces)
        again = "the same command again goes on with them"
        sent = [piece.job for piece in batch.pieces if piece.result == "not finished" and piece.job]
        names = " ".join(sent) if len(sent) <= _FEW else "--all"
        brings = f"`segue jobs resume {names}` brings those that were sent"
        unsent = "none of them was sent: run the command once more"
        advice = again if resumable else brings if sent else unsent
        raise Interrupted(f"interrupted; {going} are not finished", advice=advice) from None
    _tell(batch, pager(batch) if pager else None)
    if batch.asked.play:
        players.play_all(file.path for made in batch.deliveries for file in made.tracks)
    return worst(batch.pieces)


@contextmanager
def _shown(batch: Batch, console: Console) -> Iterator[tuple[Told, Warned]]:
    """Yield what shows a piece that has ended, and one whose looks begin to fail: a line for
    each, or one that moves at a terminal."""
    quiet, moving = batch.asked.quiet, console.file.isatty() and console.is_interactive
    notes: Silent = Quiet(console) if quiet else Lines(console)

    def told(piece: Piece) -> None:
        if piece.code or not quiet:
            console.print(Text(line(piece, by_backend=_same(batch))), soft_wrap=True)

    def warned(piece: Piece, why: str) -> None:
        if not quiet:
            name = f"{piece.number}: job {piece.job}" if piece.job else f"{piece.number}"
            text = one_line(f"{name}: trouble: {why}; trying again")
            console.print(Text(text), soft_wrap=True)

    with warnings_noted(notes):
        if quiet or not moving:
            yield told, warned
            return
        spinner = Spinner("line" if console.options.ascii_only else "dots", style="cyan")

        def render() -> Spinner:
            spinner.update(text=Text(_progress(batch)))
            return spinner

        with Live(
            get_renderable=render,
            console=console,
            refresh_per_second=10,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            # the table tells of a piece that has ended, and the moving line of trouble
            yield lambda _piece: None, lambda _piece, _why: None


def line(piece: Piece, *, by_backend: bool) -> str:
    """`3: lofi, rainy night: saved out/song.wav`, or why not."""
    what = " ".join(piece.paths) or piece.message
    name = piece.backend if by_backend else cut(one_line(piece.prompt), 40)
    return one_line(f"{piece.number}: {name}: {piece.result} {what}")


def _same(batch: Batch) -> bool:
    """Whether all have one prompt and several backends, so that these tell them apart."""
    prompts = {item.task.prompt for item in batch.items}
    return len(prompts) == 1 and len({item.backend for item in batch.items}) > 1


def summed_up(batch: Batch) -> str:
    """`8 of 10 saved, 1 there already, 1 failed; 0.54 USD`."""
    counted = Counter(piece.result for piece in batch.pieces)
    saved = counted.pop("saved", 0)
    others = [f"{count} {result}" for result, count in counted.items()]
    money = ", ".join(map(str, _sums(batch)))
    told = ", ".join([f"{saved} of {len(batch.pieces)} saved", *others])
    return f"{told}; {money}" if money else told


def _progress(batch: Batch) -> str:
    done = sum(piece.result != "not finished" for piece in batch.pieces)
    quoted = ", ".join(map(str, _sums(batch, ("saved", "submitted", "not finished"))))
    money = f", {quoted}" if quoted else ""
    trouble = next(reversed(batch.troubles.values()), "")
    told = f"\n{len(batch.troubles)} in trouble: {one_line(trouble)}" if trouble else ""
    return f"{done} of {len(batch.pieces)} done, {batch.running} under way{money}{told}"


def _tell(batch: Batch, page: Path | None) -> None:
    asked = batch.asked
    if asked.as_json:
        code = worst(batch.pieces)
        pieces = [_facts(piece) for piece in batch.pieces]
        sums = [str(amount) for amount in _sums(batch)]
        where = {} if page is None else {"page": str(page)}
        say_json({"ok": code == 0, "exit_code": code, **where, "pieces": pieces, "spent": sums})
    elif not asked.quiet:
        what = "backend" if _same(batch) else "prompt"
        heads = ("nr", what, "result", "cost", "files")
        table.show(heads, [_row(piece, what) for piece in batch.pieces], long=(what, "files"))
    elif page is None:
        for path in (path for piece in batch.pieces for path in piece.paths):
            say(path)
    if page is not None and not asked.as_json:
        say(str(page))
    if not asked.quiet:
        complain(summed_up(batch))


def _row(piece: Piece, what: str) -> tuple[str, ...]:
    words = one_line(piece.prompt if what == "prompt" else piece.backend)
    return (
        str(piece.number),
        words if table.width() is None else cut(words, _LONGEST),
        piece.result,
        "" if piece.cost is None else str(piece.cost),
        " ".join(piece.paths) or piece.message or piece.job,
    )


def _facts(piece: Piece) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(piece, enc_hook=str)
    return {**plain, "cost": None if piece.cost is None else str(piece.cost)}


def _sums(batch: Batch, results: tuple[str, ...] = ("saved", "submitted")) -> list[Money]:
    """What was spent by this command, one sum for each unit; nothing of what is free."""
    sums: dict[str, Decimal] = {}
    for piece in batch.pieces:
        if piece.cost is not None and piece.result in results:
            unit = piece.cost.unit
            sums[unit] = sums.get(unit, Decimal(0)) + piece.cost.amount
    return [Money(amount=amount, unit=unit) for unit, amount in sums.items() if amount]
