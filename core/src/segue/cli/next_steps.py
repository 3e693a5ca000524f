"""The commands that make sense next for a job: only such as will do something."""

from __future__ import annotations

from functools import cache

from segue._plugins.catalog import Catalogue
from segue.cli.outlet import lasting
from segue.errors import SegueError
from segue.journal import Action, Entry, State, next_actions

_COMMANDS = {
    Action.RESUME: "segue jobs resume",
    Action.CANCEL: "segue jobs cancel",
    Action.REPEAT: "segue again",
    Action.FORGET: "segue jobs forget",
}


def commands(entry: Entry, *, held: bool) -> list[str]:
    """One command for each of core's actions; before them, how to hear what is saved."""
    cancels = entry.state is State.SUBMITTED and _stoppable(entry.backend)
    actions = next_actions(entry, held=held, cancels=cancels)
    play = [] if held or not _saved(entry) else [f"segue play {entry.job}"]
    return [*play, *(_command(action, entry) for action in actions)]


def _saved(entry: Entry) -> bool:
    there = bool(entry.files) and all(file.path.exists() for file in entry.files)
    return there and entry.state in (State.DELIVERED, State.RELEASED)


def _command(action: Action, entry: Entry) -> str:
    if action is Action.SUBMIT_AGAIN:
        return f"segue jobs resume {entry.job} --submit-again"
    gone = action is Action.RESUME and entry.state is State.DELIVERED
    folder = " -o FOLDER" if gone and lasting(entry.to) is None else ""
    return f"{_COMMANDS[action]} {entry.job}{folder}"


@cache
def _stoppable(backend: str) -> bool:
    """Whether the vendor stops jobs, as its provider declares."""
    try:
        return Catalogue().load(backend).capabilities.cancel
    except SegueError:
        return False
