"""The first screen: what `segue` shows when it is asked for nothing."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from segue._version import __version__

if TYPE_CHECKING:
    from segue.config import Config

_LINES = (
    ('segue generate "lofi, rainy night" -o song.wav', "make a song, without a key"),
    ("segue play", "hear it"),
    ("segue generate --from prompts.txt -o out/", "a piece for each line"),
    ("segue compare PROMPT -b local -b venice/MODEL", "two backends side by side"),
    ("segue models -b venice", "its models and prices"),
    ("segue keys set venice", "the key of a paid backend"),
    ("segue jobs", "every job there ever was"),
)


def screen() -> str:
    """What to try first, what is in force here, and what waits to be fetched."""
    width = shutil.get_terminal_size().columns if _terminal() else 200
    wide = max(len(command) for command, _ in _LINES) + 3
    beside = width >= wide + max(len(what) for _, what in _LINES) + 2
    shown = ["Segue " + __version__ + ": music from a sentence, with any backend.", ""]
    for command, what in _LINES:
        shown += [f"  {command:{wide}}{what}"] if beside else [f"  {command}", f"      {what}"]
    shown += ["", *_here(), "`segue --help` lists all commands."]
    return "\n".join(_fitted(line, width) for line in shown)


def _fitted(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    )


def _terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty()) or "COLUMNS" in os.environ


def _here() -> list[str]:
    """The backend in force, and the jobs that wait; nothing where that cannot be found out."""
    from segue.config import Config
    from segue.errors import SegueError

    try:
        config = Config.load()
        names, where = config.chosen()
        backend = f"Backend: {', '.join(names)} ({where}). Another: -b, SEGUE_BACKEND, segue.toml."
        return [backend, *_waiting(config)]
    except SegueError:
        return []


def _waiting(config: Config) -> list[str]:
    from segue.cli import lookup

    if config.journal() is None:
        return []
    with lookup.opened(config) as journal:
        count = len(lookup.unfinished(journal))
    if not count:
        return []
    what = "1 job waits" if count == 1 else f"{count} jobs wait"
    return [f"{what} to be fetched: `segue jobs resume --all`."]
