"""Show several pieces: a line for each as it ends, a table of all, a total."""

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
from segue.cli.describe import truncate
from segue.cli.exits import Interrupted, echo, echo_err, echo_json, one_line
from segue.cli.outcomes import overall_code
from segue.cli.progress import Lines, Quiet, Silent, warnings_as_notes
from segue.money import Money

if TYPE_CHECKING:
    from segue.cli.batch_run import Batch, Piece

_LONGEST = 60
"""Characters of a prompt that a terminal shows."""

_FEW = 8
"""The most job ids that an advice lists."""

OnEnd = Callable[["Piece"], object]
OnTrouble = Callable[["Piece", str], object]
Pager = Callable[["Batch"], Path]
"""Writes a page about the batch, and returns its path."""


def run_batch(batch: Batch, *, resumable: bool, pager: Pager | None = None) -> int:
    """Run it, and print every result, even if it is interrupted; returns the exit code."""
    console = Console(stderr=True)
    try:
        with _live(batch, console) as (on_end, on_trouble):
            batch.run(on_end, on_trouble)
    except KeyboardInterrupt:
        _print_results(batch, None)
        raise _interrupted(batch, resumable=resumable) from None
    _print_results(batch, pager(batch) if pager else None)
    if batch.options.play:
        players.play_all(file.path for made in batch.deliveries for file in made.tracks)
    return overall_code(batch.pieces)


def _interrupted(batch: Batch, *, resumable: bool) -> Interrupted:
    unfinished = [piece for piece in batch.pieces if piece.result == "not finished"]
    submitted = [piece.job for piece in unfinished if piece.job]
    if resumable:
        advice = "run the same command again to continue"
    elif submitted:
        names = " ".join(submitted) if len(submitted) <= _FEW else "--all"
        advice = f"`segue jobs resume {names}` downloads those that were submitted"
    else:
        advice = "none was submitted: run the command again"
    return Interrupted(f"interrupted; {len(unfinished)} not finished", advice=advice)


@contextmanager
def _live(batch: Batch, console: Console) -> Iterator[tuple[OnEnd, OnTrouble]]:
    """Yield the callbacks for a piece that has ended and one whose polls start to fail:
    a line for each, or one live line at a terminal."""
    quiet, live = batch.options.quiet, console.file.isatty() and console.is_interactive
    notes: Silent = Quiet(console) if quiet else Lines(console)

    def on_end(piece: Piece) -> None:
        if piece.code or not quiet:
            console.print(Text(line(piece, by_backend=_compares_backends(batch))), soft_wrap=True)

    def on_trouble(piece: Piece, why: str) -> None:
        if not quiet:
            name = f"{piece.number}: job {piece.job}" if piece.job else f"{piece.number}"
            text = one_line(f"{name}: poll failed: {why}; retrying")
            console.print(Text(text), soft_wrap=True)

    with warnings_as_notes(notes):
        if quiet or not live:
            yield on_end, on_trouble
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
            # the table shows each result, and the live line the failing polls
            yield lambda _piece: None, lambda _piece, _why: None


def line(piece: Piece, *, by_backend: bool) -> str:
    """`3: lofi, rainy night: saved out/song.wav`, or why not."""
    what = " ".join(piece.paths) or piece.message
    name = piece.backend if by_backend else truncate(one_line(piece.prompt), 40)
    return one_line(f"{piece.number}: {name}: {piece.result} {what}")


def _compares_backends(batch: Batch) -> bool:
    """Whether all pieces share one prompt and differ by backend."""
    prompts = {item.task.prompt for item in batch.items}
    return len(prompts) == 1 and len({item.backend for item in batch.items}) > 1


def summary_line(batch: Batch) -> str:
    """`8 of 10 saved, 1 there already, 1 failed; 0.54 USD`."""
    counted = Counter(piece.result for piece in batch.pieces)
    saved = counted.pop("saved", 0)
    others = [f"{count} {result}" for result, count in counted.items()]
    money = ", ".join(map(str, _totals(batch)))
    results = ", ".join([f"{saved} of {len(batch.pieces)} saved", *others])
    return f"{results}; {money}" if money else results


def _progress(batch: Batch) -> str:
    done = sum(piece.result != "not finished" for piece in batch.pieces)
    quoted = ", ".join(map(str, _totals(batch, ("saved", "submitted", "not finished"))))
    money = f", {quoted}" if quoted else ""
    trouble = next(reversed(batch.troubles.values()), "")
    failing = f"\n{len(batch.troubles)} retrying: {one_line(trouble)}" if trouble else ""
    return f"{done} of {len(batch.pieces)} done, {batch.running} running{money}{failing}"


def _print_results(batch: Batch, page: Path | None) -> None:
    options = batch.options
    if options.as_json:
        code = overall_code(batch.pieces)
        pieces = [_facts(piece) for piece in batch.pieces]
        sums = [str(amount) for amount in _totals(batch)]
        where = {} if page is None else {"page": str(page)}
        echo_json({"ok": code == 0, "exit_code": code, **where, "pieces": pieces, "spent": sums})
    elif not options.quiet:
        what = "backend" if _compares_backends(batch) else "prompt"
        heads = ("nr", what, "result", "cost", "files")
        table.show(heads, [_row(piece, what) for piece in batch.pieces], long=(what, "files"))
    elif page is None:
        for path in (path for piece in batch.pieces for path in piece.paths):
            echo(path)
    if page is not None and not options.as_json:
        echo(str(page))
    if not options.quiet:
        echo_err(summary_line(batch))


def _row(piece: Piece, what: str) -> tuple[str, ...]:
    words = one_line(piece.prompt if what == "prompt" else piece.backend)
    return (
        str(piece.number),
        words if table.width() is None else truncate(words, _LONGEST),
        piece.result,
        "" if piece.cost is None else str(piece.cost),
        " ".join(piece.paths) or piece.message or piece.job,
    )


def _facts(piece: Piece) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(piece, enc_hook=str)
    return {**plain, "cost": None if piece.cost is None else str(piece.cost)}


def _totals(batch: Batch, results: tuple[str, ...] = ("saved", "submitted")) -> list[Money]:
    """What this command spent, one total for each unit; units with a total of 0 are left out."""
    sums: dict[str, Decimal] = {}
    for piece in batch.pieces:
        if piece.cost is not None and piece.result in results:
            unit = piece.cost.unit
            sums[unit] = sums.get(unit, Decimal(0)) + piece.cost.amount
    return [Money(amount=amount, unit=unit) for unit, amount in sums.items() if amount]
