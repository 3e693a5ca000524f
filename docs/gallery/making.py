"""Runs the blocks of a page and finds in the journal what they have made.

The folder has a journal and an empty configuration of its own, and the only backend is the
composer: nothing that anybody has set up for Segue is read, and nothing can be spent.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from gallery.page import Block
from segue._journal.sqlite import SqliteJournal
from segue.cli import main
from segue.journal import Entry
from segue_local.compose import compose
from segue_local.orders import remembered
from segue_local.plan import Plan
from segue_local.score import Score
from segue_local.stems import stems
from segue_local.understand import understand

_JOURNAL = "journal.sqlite3"


class Piece(Struct, frozen=True, kw_only=True):
    """What one job of a block has made."""

    block: int
    """The number of the block, from 0."""
    files: tuple[str, ...]
    """Names of sound files in the folder: one, or a piece's stems."""
    stems: tuple[str, ...]
    """What each of several files holds; empty for a whole piece."""
    plan: Plan
    score: Score

    @property
    def name(self) -> str:
        """The first file's name without its extension."""
        return Path(self.files[0]).stem


def make(todo: Sequence[Block], folder: Path) -> Iterator[Piece]:
    """Run blocks, one after the other, and hand out what they save into `folder`.

    Raises `RuntimeError` with the command's own words if one fails; whatever a block of Python
    raises comes out of here.
    """
    with _alone(folder):
        namespace: dict[str, object] = {"__name__": "listen"}
        seen: set[str] = set()
        for number, block in enumerate(todo):
            _run(block, namespace)
            for entry in _delivered():
                if entry.job not in seen:
                    seen.add(entry.job)
                    yield _piece(number, entry)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """In that folder, with nothing of Segue's environment but what is said here."""
    kept, arguments = dict(os.environ), sys.argv
    for name in [name for name in os.environ if name.startswith("SEGUE_")]:
        del os.environ[name]
    (folder / "segue.toml").touch()
    journal = folder / _JOURNAL
    os.environ |= {
        "SEGUE_BACKEND": "local",
        "SEGUE_CONFIG": str(folder / "segue.toml"),
        "SEGUE_JOURNAL": str(journal),
    }
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ |= kept
        sys.argv = arguments
        for left in (folder / "segue.toml", *folder.glob(f"{_JOURNAL}*")):
            left.unlink()


def _run(block: Block, namespace: dict[str, object]) -> None:
    if block.language == "python":
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block.text, "listen.md", "exec"), namespace)
        return
    for line in block.text.splitlines():
        _command(shlex.split(line.removeprefix("$ ")))


def _command(words: list[str]) -> None:
    """Run one `segue` command as its script would, in this process: it starts but once."""
    told = io.StringIO()
    sys.argv = words
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            main()
    except SystemExit as end:
        if end.code:
            raise RuntimeError(f"`{shlex.join(words)}` ended with {told.getvalue()}") from end


def _delivered() -> list[Entry]:
    """The jobs of the journal that have files, oldest first."""
    journal = SqliteJournal(Path(os.environ["SEGUE_JOURNAL"]))
    try:
        return [entry for entry in reversed(journal.entries()) if entry.files and entry.ticket]
    finally:
        journal.close()


def _piece(number: int, entry: Entry) -> Piece:
    if entry.ticket is None:
        raise RuntimeError(f"job {entry.job} has files and no ticket")
    plan = understand(remembered(entry.ticket))
    score = compose(plan)
    split = entry.ticket.state.get("stems")
    return Piece(
        block=number,
        files=tuple(file.path.name for file in entry.files),
        stems=tuple(stems(score, full=split == "full")) if split else (),
        plan=plan,
        score=score,
    )
