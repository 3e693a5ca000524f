"""`segue play`: play a file, or the files of a job."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from segue.cli.options import File

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from segue.journal import Entry

What = Annotated[
    list[str] | None,
    Argument(metavar="FILE|JOB...", help="Files or job ids; default: the newest job."),
]


_RECENT = 50
"""The number of recent jobs that are searched for one with a file."""


def play(what: What = None, config: File = None) -> None:
    """Play files, or the files of jobs."""
    from segue.cli import players
    from segue.cli.describe import relative
    from segue.cli.exits import echo_err

    names: Sequence[str | None] = what or (None,)
    for path in [path for one in names for path in _paths(one, config)]:
        players.require_player(players.audio_container(path))
        echo_err(f"playing {relative(path)}")
        players.play(path)


def _paths(what: str | None, config: Path | None) -> "Iterator[Path]":
    if what is not None and _is_file(what):
        yield Path(what).expanduser()
        return
    from segue.cli import lookup
    from segue.config import Config
    from segue.errors import UnknownJob
    from segue.journal import State

    with lookup.open_journal(Config.load(config)) as journal:
        if what is not None:
            entry = journal.entry(what)
        else:
            entries = journal.entries(states={State.DELIVERED, State.RELEASED}, limit=_RECENT)
            playable = (
                entry for entry in entries if any(file.path.exists() for file in entry.files)
            )
            if (newest := next(playable, None)) is None:
                message = "no job has a file that still exists"
                raise UnknownJob(message, advice="`segue generate` makes one")
            entry = newest
    yield from _saved(entry)


def _is_file(what: str) -> bool:
    """Whether it exists, or looks like a file name, with a folder or an extension."""
    path = Path(what).expanduser()
    return path.exists() or path.name != what or bool(path.suffix)


def _saved(entry: "Entry") -> "Iterator[Path]":
    """The audio files of the job; raises `JournalError` if there are none or one is missing."""
    from segue.cli.describe import next_commands, relative, state_text
    from segue.cli.exits import echo_err
    from segue.containers import AUDIO
    from segue.errors import JournalError

    audio = [f for f in entry.files if f.path.suffix.lower().lstrip(".") in AUDIO]
    if not audio:
        what = "its files are not audio" if entry.files else f"it is {state_text(entry)}"
        advice = " or ".join(f"`{command}`" for command in next_commands(entry))
        raise JournalError(f"job {entry.job} has nothing to play: {what}", advice=advice)
    for file in audio:
        if not file.path.exists():
            advice = (
                f"`segue jobs resume {entry.job}` downloads it again, if the vendor still has it"
            )
            raise JournalError(f"{relative(file.path)} is missing", advice=advice)
        if file.path.stat().st_size != file.bytes:
            echo_err(f"note: {relative(file.path)} has changed since it was saved")
        yield file.path
