"""`segue play`: hear a file, or what a job brought."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from segue.cli.generate import File

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from segue.journal import Entry

What = Annotated[
    list[str] | None,
    Argument(
        metavar="FILE|JOB...", help="Files, or jobs by their names; without any, the newest job."
    ),
]


_RECENT = 50
"""Jobs among which the newest one with a file is searched for."""


def play(what: What = None, config: File = None) -> None:
    """Play files, or what jobs brought."""
    from segue.cli import players
    from segue.cli.describe import near
    from segue.cli.exits import complain

    wanted: Sequence[str | None] = what or (None,)
    for path in [path for one in wanted for path in _paths(one, config)]:
        players.refuse_silence(players.verified(path))
        complain(f"playing {near(path)}")
        players.play(path)


def _paths(what: str | None, config: Path | None) -> "Iterator[Path]":
    if what is not None and _is_file(what):
        yield Path(what).expanduser()
        return
    from segue.cli import lookup
    from segue.config import Config
    from segue.errors import UnknownJob
    from segue.journal import State

    with lookup.opened(Config.load(config)) as journal:
        if what is not None:
            entry = journal.entry(what)
        else:
            entries = journal.entries(states={State.DELIVERED, State.RELEASED}, limit=_RECENT)
            here = (entry for entry in entries if any(file.path.exists() for file in entry.files))
            if (newest := next(here, None)) is None:
                told = "no job has brought a file that is still there"
                raise UnknownJob(told, advice="`segue generate` makes one")
            entry = newest
    yield from _saved(entry)


def _is_file(what: str) -> bool:
    """What is there, or is written as a file is, with a folder or an extension."""
    path = Path(what).expanduser()
    return path.exists() or path.name != what or bool(path.suffix)


def _saved(entry: "Entry") -> "Iterator[Path]":
    """The audio files of the job, as they were saved; raise `JournalError` for one without."""
    from segue.cli.describe import choices, near, words
    from segue.cli.exits import complain
    from segue.containers import AUDIO
    from segue.errors import JournalError

    sounding = [f for f in entry.files if f.path.suffix.lower().lstrip(".") in AUDIO]
    if not sounding:
        what = "it brought no sound" if entry.files else f"it is {words(entry)}"
        advice = " or ".join(f"`{command}`" for command in choices(entry))
        raise JournalError(f"job {entry.job} has nothing to play: {what}", advice=advice)
    for file in sounding:
        if not file.path.exists():
            advice = f"`segue jobs resume {entry.job}` saves it once more, where that can be had"
            raise JournalError(f"{near(file.path)} is gone", advice=advice)
        if file.path.stat().st_size != file.bytes:
            complain(f"note: {near(file.path)} has changed since it was saved")
        yield file.path
