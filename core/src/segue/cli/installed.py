"""The commands of other distributions: the entry points of the group `segue.commands`.

    [project.entry-points."segue.commands"]
    serve = "segue_server.command:serve"

An entry point stands for a `typer.Typer`, or for a function that Typer makes a command of. Its name
is the command's. It is imported when it is run, or for the list in the help. One that is broken
breaks only its own command. The commands of Segue itself cannot be replaced.
"""

import re
from typing import TYPE_CHECKING, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from segue.cli.command import Command

if TYPE_CHECKING:
    from segue._plugins.entry_points import InstalledPlugin
    from segue.errors import PluginError

_NAME = re.compile(r"[a-z][a-z0-9-]*")


def names() -> list[str]:
    """The names of the installed commands, without importing any."""
    return sorted({entry.name for entry in _entries()})


def found(name: str) -> TyperCommand | TyperGroup | None:
    """The command of that name; None where no distribution has it."""
    from segue.errors import PluginError

    entries = [entry for entry in _entries() if entry.name == name]
    if not entries:
        return None
    try:
        return _made(_only(entries))
    except PluginError as error:
        return _failing(name, error)


def _entries() -> "list[InstalledPlugin]":
    from segue._plugins.entry_points import COMMANDS, disabled, installed

    hidden = disabled()
    entries = installed(COMMANDS)
    return [one for one in entries if one.name not in hidden and _NAME.fullmatch(one.name)]


def _only(entries: "list[InstalledPlugin]") -> "InstalledPlugin":
    from segue.errors import AmbiguousPlugin

    if len(entries) > 1:
        origins = " and by ".join(entry.origin for entry in entries)
        raise AmbiguousPlugin(
            f"the command {entries[0].name!r} is provided by {origins}",
            advice="uninstall one of the two",
        )
    return entries[0]


def _made(entry: "InstalledPlugin") -> TyperCommand | TyperGroup:
    loaded: Any = entry.load()
    if not isinstance(loaded, typer.Typer) and not callable(loaded):
        raise entry.broken("is neither a typer.Typer nor a function")
    try:
        made = _command(loaded if isinstance(loaded, typer.Typer) else _app(loaded))
    except Exception as error:  # a function whose parameters Typer has no option for
        raise entry.broken(f"cannot be made a command: {error}") from error
    made.name = entry.name
    return made


def _app(function: Any, **settings: bool) -> typer.Typer:  # noqa: ANN401 - any function
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(cls=Command, context_settings=settings)(function)
    return app


def _command(app: typer.Typer) -> TyperCommand | TyperGroup:
    return cast("TyperCommand | TyperGroup", typer.main.get_command(app))


def _failing(name: str, error: "PluginError") -> TyperCommand | TyperGroup:
    """A command that raises the error: the help of all others still works."""

    def fail(_context: typer.Context) -> None:
        """Cannot be used: run it for the reason."""
        raise error

    made = _command(_app(fail, ignore_unknown_options=True, allow_extra_args=True))
    made.name = name
    return made
