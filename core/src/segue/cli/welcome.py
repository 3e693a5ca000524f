"""The welcome screen: what `segue` shows without a command."""

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
    ('segue generate "lofi, rainy night" -o song.wav', "generate music, without a key"),
    ("segue play", "play it"),
    ("segue generate --from prompts.txt -o out/", "one piece per line"),
    ("segue compare PROMPT -b local -b venice/MODEL", "two backends side by side"),
    ("segue models -b venice", "models and prices"),
    ("segue keys set venice", "store the key of a paid backend"),
    ("segue jobs", "list all jobs"),
)


def screen() -> str:
    """Example commands, the backend in use, and the jobs to download."""
    width = shutil.get_terminal_size().columns if _terminal() else 200
    wide = max(len(command) for command, _ in _LINES) + 3
    beside = width >= wide + max(len(what) for _, what in _LINES) + 2
    shown = ["Segue " + __version__ + ": music from a sentence, with any backend.", ""]
    for command, what in _LINES:
        shown += [f"  {command:{wide}}{what}"] if beside else [f"  {command}", f"      {what}"]
    shown += ["", *_status(), "`segue --help` lists all commands."]
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


def _status() -> list[str]:
    """The backend in use, and the jobs to download; empty if that cannot be determined."""
    from segue.config import Config
    from segue.errors import SegueError

    try:
        config = Config.load()
        names, where = config.chosen()
        backend = f"Backend: {', '.join(names)} ({where}). Another: -b, SEGUE_BACKEND, segue.toml."
        return [backend, *_unfinished(config)]
    except SegueError:
        return []


def _unfinished(config: Config) -> list[str]:
    from segue.cli import lookup

    if config.journal() is None:
        return []
    with lookup.open_journal(config) as journal:
        count = len(lookup.unfinished(journal))
    if not count:
        return []
    return [f"{count} job{'s' if count > 1 else ''} to download: `segue jobs resume --all`."]
