"""The program: its commands, and the options that belong to none of them.

A new command is a function of its own file and a line at the end of this one. Errors need no
care there: `Program` turns whatever a command raises into a sentence and an exit code.
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
    jobs,
    keys,
    listing,
    new_provider,
    play,
    quote,
    trust,
)
from segue.cli.command import Command
from segue.cli.exits import EXIT_CODES, Code, ended


class Program(TyperGroup):
    """All commands, with one place where every one of them ends."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own
        """The names in the help's order: what is about pieces, then what is about Segue."""
        first = ("generate", "again", "compare", "play", "quote", "balance", "jobs", "keys")
        return [*first, *(name for name in super().list_commands(ctx) if name not in first)]

    def main(  # type: ignore[override] # the base's other arguments are passed by name
        self,
        args: Sequence[str] | None = None,
        **settings: Any,  # noqa: ANN401 - as Typer has them
    ) -> NoReturn:
        """Run a command and leave the process with its exit code."""
        args = list(sys.argv[1:] if args is None else args)
        with ended(args):
            code = super().main(args, **{**settings, "standalone_mode": False})
            if code == Code.INTERRUPTED:  # Typer has caught it
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


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"segue {__version__}")
        raise typer.Exit


@app.callback()
def segue(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback is all that it does
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Say which it is.")
    ] = False,
) -> None:
    """Make music with any backend: `segue generate "lofi, rainy night" -o song.wav`."""
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
