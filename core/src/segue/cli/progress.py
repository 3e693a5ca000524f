"""The progress of a job: a live line at a terminal, plain lines elsewhere.

All of it goes to standard error; standard output is for results.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from segue._data.presentation import clock
from segue.cli.exits import one_line
from segue.cli.usual import usual_seconds
from segue.errors import SegueError
from segue.job import Snapshot, Status, Ticket, Trouble

if TYPE_CHECKING:
    from rich.console import RenderableType

    from segue.journal import Entry
    from segue.money import Quote


_ECHO = 3
"""Columns left free for the `^C` that a terminal prints: it would wrap the line, and the first half
would stay."""


class Silent:
    """Shows nothing; the interface of the other displays."""

    def earlier(self, entries: Callable[[], Sequence[Entry]]) -> None:
        """Earlier jobs, from which the duration of this one is estimated."""

    def quoted(self, quote: Quote) -> None:
        """The price of the job was quoted."""

    def submitted(self, ticket: Ticket) -> None:
        """The vendor has accepted the job."""

    def resumed(self, ticket: Ticket) -> None:
        """A job that was submitted earlier is resumed."""

    def update(self, snapshot: Snapshot) -> None:
        """The job was polled."""

    def saving(self, path: Path, fraction: float) -> None:
        """A file is being written; `fraction` of it is done."""

    def note(self, text: str) -> None:
        """Show a note."""

    @contextmanager
    def live(self) -> Iterator[None]:
        """Show the display while the job runs."""
        yield


class Quiet(Silent):
    """For `--quiet`: notes only, such as a field that was dropped."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def note(self, text: str) -> None:
        """Print a line."""
        self._console.print(Text(f"note: {one_line(text)}"), soft_wrap=True)


class Lines(Silent):
    """A line for every change: for logs, pipes and screen readers."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def quoted(self, quote: Quote) -> None:
        """A line for the price, unless it is free."""
        if quote.ceiling.amount:
            self._line(f"quoted: {quote_text(quote)}")

    def submitted(self, ticket: Ticket) -> None:
        """The vendor has accepted the job."""
        self._line(f"submitted: job {ticket}")

    def resumed(self, ticket: Ticket) -> None:
        """A line for the resumed job."""
        self._line(f"resuming: job {ticket}")

    def update(self, snapshot: Snapshot) -> None:
        """A line when the status changes, another tenth is done, or polls start to fail."""
        if snapshot.trouble is not None:
            self._line(f"poll failed: {trouble_text(snapshot.trouble)}; retrying")
            return
        done = "" if snapshot.progress is None else f", {int(snapshot.progress * 10) * 10} %"
        over = snapshot.status.terminal  # then the notes are shown with the files
        self._line(_status_word(snapshot) if over else _status_text(snapshot) + done)

    def saving(self, path: Path, fraction: float) -> None:
        """One line for each file."""
        self._line(f"saving {path.name}")

    def note(self, text: str) -> None:
        """Print a line."""
        self._line(f"note: {text}")

    def _line(self, text: str) -> None:
        if text != self._last:
            self._console.print(Text(one_line(text)), soft_wrap=True)
            self._last = text


class LiveLine(Silent):
    """One live line: status, a bar, and the elapsed time."""

    def __init__(self, console: Console, doing: str = "submitting") -> None:
        self._console = console
        self._spinner = Spinner("line" if console.options.ascii_only else "dots", style="cyan")
        self._label = doing
        self._fraction: float | None = None
        self._expected: float | None = None
        self._price = ""
        self._trouble: Trouble | None = None
        self._earlier: Sequence[Entry] = ()
        self._began = time.monotonic()

    def earlier(self, entries: Callable[[], Sequence[Entry]]) -> None:
        """Read them for the estimate; a journal that cannot be read is ignored."""
        with suppress(SegueError):
            self._earlier = entries()

    def quoted(self, quote: Quote) -> None:
        """Show the price at the end of the line."""
        self._price = quote_text(quote) if quote.ceiling.amount else ""

    def submitted(self, ticket: Ticket) -> None:
        """Print the job id, which stays on the screen: it is needed to resume."""
        self._console.print(Text(f"job {one_line(str(ticket))}", style="dim"), soft_wrap=True)
        self._label = "submitted"
        self._expected = usual_seconds(self._earlier, ticket)

    def resumed(self, ticket: Ticket) -> None:
        """As for a submission."""
        self.submitted(ticket)
        self._label, self._expected = "resuming", None

    def update(self, snapshot: Snapshot) -> None:
        """The vendor's estimate takes precedence over the usual duration."""
        self._label, self._fraction = _status_text(snapshot), snapshot.progress
        self._trouble = snapshot.trouble
        if snapshot.eta is not None:
            self._expected = time.monotonic() - self._began + snapshot.eta
        elif snapshot.expected is not None:
            self._expected = snapshot.expected

    def saving(self, path: Path, fraction: float) -> None:
        """The bar starts over, for the file."""
        self._label, self._fraction, self._expected = "saving", fraction, None
        self._trouble = None

    def note(self, text: str) -> None:
        """Print it above the live line."""
        self._console.print(Text(f"note: {one_line(text)}", style="yellow"), soft_wrap=True)

    @contextmanager
    def live(self) -> Iterator[None]:
        """Redraw it ten times a second; it is erased at the end."""
        with Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=10,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            yield

    def _render(self) -> RenderableType:
        elapsed = time.monotonic() - self._began
        row = Table.grid(padding=(0, 1), expand=True)
        row.width = max(self._console.width - _ECHO, 16)
        row.add_column(width=1)
        row.add_column(no_wrap=True, max_width=24)
        row.add_column(ratio=1, max_width=48)
        row.add_column(no_wrap=True)
        row.add_row(self._spinner, Text(self._label), self._bar(elapsed), self._figures(elapsed))
        if self._trouble is None:
            return row
        trouble = one_line(str(self._trouble))
        return Group(row, Text(trouble, style="yellow", no_wrap=True, overflow="ellipsis"))

    def _bar(self, elapsed: float) -> ProgressBar:
        share = self._fraction
        if share is None and self._expected:
            share = min(elapsed / self._expected, 0.97)  # only the vendor knows when it is done
        if share is None:
            return ProgressBar(total=None, pulse=True)
        return ProgressBar(total=1.0, completed=min(max(share, 0.0), 1.0))

    def _figures(self, elapsed: float) -> Text:
        share = "" if self._fraction is None else f"{self._fraction:4.0%}  "
        expected = f" of about {clock(self._expected)}" if self._expected else ""
        price = f"  {self._price}" if self._price else ""
        return Text(f"{share}{clock(elapsed)}{expected}{price}")


def display(console: Console, *, quiet: bool, doing: str = "submitting") -> Silent:
    """The display for this standard error; `doing` is its first label."""
    if quiet:
        return Quiet(console)
    if console.file.isatty() and console.is_interactive:
        return LiveLine(console, doing)
    return Lines(console)


@contextmanager
def warnings_as_notes(shown: Silent) -> Iterator[list[str]]:
    """Show core's log warnings as notes, and collect them."""
    noted: list[str] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if str(record.msg).startswith("stopped waiting for job"):
                return  # the error message says so
            noted.append(one_line(record.getMessage()))
            shown.note(noted[-1])

    handler, logger = Noting(logging.WARNING), logging.getLogger("segue")
    logger.addHandler(handler)
    try:
        yield noted
    finally:
        logger.removeHandler(handler)


def quote_text(quote: Quote) -> str:
    """`0.06 USD`, or `about 0.06 USD, at most 0.08 USD`."""
    about = "about " if quote.estimate else ""
    if quote.maximum is None or quote.maximum == quote.cost:
        return f"{about}{quote.cost}"
    return f"{about}{quote.cost}, at most {quote.maximum}"


def _status_text(snapshot: Snapshot) -> str:
    notes = filter(None, (*snapshot.notes, snapshot.missing))
    return ", ".join([_status_word(snapshot), *map(one_line, notes)])


def trouble_text(trouble: Trouble) -> str:
    """The reason of a failed poll, without the count of failures."""
    return f"{trouble.what}: {trouble.reason}" if trouble.reason else trouble.what


def _status_word(snapshot: Snapshot) -> str:
    unknown = snapshot.status is Status.UNKNOWN and snapshot.word
    return f"unknown ({one_line(snapshot.word)})" if unknown else snapshot.status.value
