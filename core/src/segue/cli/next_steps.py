"""The next commands for a job: only those that would do something."""

from __future__ import annotations

from functools import cache

from segue._plugins.catalog import Catalogue
from segue.cli.outlet import permanent
from segue.errors import SegueError
from segue.journal import Action, Entry, State, next_actions

_COMMANDS = {
    Action.RESUME: "segue jobs resume",
    Action.CANCEL: "segue jobs cancel",
    Action.REPEAT: "segue again",
    Action.FORGET: "segue jobs forget",
}


def commands(entry: Entry, *, held: bool) -> list[str]:
    """The command for each of core's actions; before them, `segue play` for a saved job."""
    cancels = entry.state is State.SUBMITTED and _cancellable(entry.backend)
    actions = next_actions(entry, held=held, cancels=cancels)
    play = [] if held or not _saved(entry) else [f"segue play {entry.job}"]
    return [*play, *(_command(action, entry) for action in actions)]


def _saved(entry: Entry) -> bool:
    exist = bool(entry.files) and all(file.path.exists() for file in entry.files)
    return exist and entry.state in (State.DELIVERED, State.RELEASED)


def _command(action: Action, entry: Entry) -> str:
    if action is Action.SUBMIT_AGAIN:
        return f"segue jobs resume {entry.job} --submit-again"
    missing = action is Action.RESUME and entry.state is State.DELIVERED
    folder = " -o FOLDER" if missing and permanent(entry.to) is None else ""
    return f"{_COMMANDS[action]} {entry.job}{folder}"


@cache
def _cancellable(backend: str) -> bool:
    """Whether the provider declares that it can cancel jobs."""
    try:
        return Catalogue().load(backend).capabilities.cancel
    except SegueError:
        return False
