"""The Typer application: its commands, and the global options.

A new command is a function in a file of its own and a line at the end of this one; those of other
distributions are found by `installed.py`. A command lets
its errors pass: `Program` turns each into a message and an exit code.
"""

import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from segue._version import __version__
from segue.cli import (
    again,
    balance,
    compare,
    generate,
    init,
    installed,
    jobs,
    keys,
    listing,
    new_provider,
    play,
    quote,
    trust,
)
from segue.cli.command import Command
from segue.cli.exits import EXIT_CODES, Code, exit_on_error


class Program(TyperGroup):
    """The group of all commands, which handles the errors of every one."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own
        """The names in the order of the help: first what concerns music, then Segue itself."""
        first = ("generate", "again", "compare", "play", "quote", "balance", "jobs", "keys")
        own = super().list_commands(ctx)
        others = [name for name in installed.names() if name not in own]
        return [*first, *(name for name in own if name not in first), *others]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - Typer's own
        """The command of that name: Segue's own, or one of another distribution."""
        return super().get_command(ctx, cmd_name) or installed.found(cmd_name)

    def main(  # type: ignore[override] # the base's other arguments are passed by name
        self,
        args: Sequence[str] | None = None,
        **settings: Any,  # noqa: ANN401 - as Typer has them
    ) -> NoReturn:
        """Run a command and exit with its code."""
        args = list(sys.argv[1:] if args is None else args)
        with exit_on_error(args):
            code = super().main(args, **{**settings, "standalone_mode": False})
            if code == Code.INTERRUPTED:  # Typer caught it
                raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)


app = typer.Typer(
    name="segue",
    cls=Program,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"segue {__version__}")
        raise typer.Exit


@app.callback()
def segue(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does all
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Generate music with any backend: `segue generate "lofi, rainy night" -o song.wav`."""
    if context.invoked_subcommand is None:
        from segue.cli.welcome import screen

        typer.echo(screen())


app.command(cls=Command, epilog=EXIT_CODES)(generate.generate)
app.command(cls=Command)(again.again)
app.command(cls=Command)(compare.compare)
app.command(cls=Command)(play.play)
app.command(cls=Command)(quote.quote)
app.command(cls=Command)(balance.balance)
app.add_typer(jobs.jobs)
app.add_typer(keys.keys)
for _command in (
    listing.providers,
    listing.models,
    listing.config,
    trust.trust,
    init.init,
    new_provider.new_provider,
):
    app.command(cls=Command)(_command)
