"""The commands that make sense next for a job: only such as will do something."""

from __future__ import annotations

from functools import cache

from segue._plugins.catalog import Catalogue
from segue.cli.outlet import lasting
from segue.errors import SegueError
from segue.journal import Entry, State

_HOME = (State.DELIVERED, State.RELEASED)


def waiting(entry: Entry) -> list[str]:
    """For a job that its vendor has: fetch it, or stop it where the vendor can."""
    stop = [f"segue jobs cancel {entry.job}"] if _stoppable(entry.backend) else []
    return [f"segue jobs resume {entry.job}", *stop]


def over(entry: Entry) -> list[str]:
    """For one that has ended: hear it, fetch what is gone, make it once more, forget it."""
    name = entry.job
    there = bool(entry.files) and all(file.path.exists() for file in entry.files)
    commands = []
    if entry.state in _HOME and there:
        commands.append(f"segue play {name}")
    if entry.state is State.DELIVERED and not there:
        folder = "" if lasting(entry.to) is not None else " -o FOLDER"
        commands.append(f"segue jobs resume {name}{folder}")
    if entry.task:
        commands.append(f"segue again {name}")
    return [*commands, f"segue jobs forget {name}"]


@cache
def _stoppable(backend: str) -> bool:
    """Whether the vendor stops jobs, as its provider declares."""
    try:
        return Catalogue().load(backend).capabilities.cancel
    except SegueError:
        return False
