"""`segue serve`, and `segue serve keys`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

if TYPE_CHECKING:
    from segue_server.store import Store

serve = typer.Typer(
    name="serve",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Serve an HTTP API for every backend, on this machine.",
)
keys = typer.Typer(rich_markup_mode=None, help="Keys of clients: add, list, revoke.")
serve.add_typer(keys, name="keys")

ConfigFile = Annotated[
    Path | None, Option("--config", metavar="FILE", help="Read this segue.toml only.")
]


@serve.callback()
def run(  # noqa: PLR0917 - an option is an argument
    context: typer.Context,
    host: Annotated[str, Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Option(min=0, max=65535, help="0 takes a free one.")] = 8932,
    to: Annotated[Path | None, Option(metavar="FOLDER", help="Where music is saved.")] = None,
    public_url: Annotated[
        str | None, Option(metavar="URL", help="Where a proxy shows the server to others.")
    ] = None,
    alias: Annotated[
        list[str] | None,
        Option(metavar="NAME=BACKENDS", help="A name for a backend, or several by commas."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Serve an HTTP API for every backend, on this machine."""
    if context.invoked_subcommand is not None:
        return
    from segue.config import Config
    from segue_server.aliases import aliases
    from segue_server.serving import serve as serving
    from segue_server.settings import server_settings

    settings = server_settings(
        Config.load(config),
        host=host,
        port=port,
        folder=to,
        public_url=public_url,
        aliases=aliases(alias or []),
    )
    serving(settings, typer.echo)


@keys.command("add")
def add(
    name: Annotated[str, Argument(help="A name of your own for the key.")],
    per_day: Annotated[
        str | None, Option(metavar="AMOUNT", help="What its jobs of a day may cost, as in '5 USD'.")
    ] = None,
    per_minute: Annotated[
        int | None, Option(min=1, help="How many jobs it may submit in a minute.")
    ] = None,
    backends: Annotated[
        str | None, Option(metavar="NAMES", help="The backends that it may use, by commas.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Make a key, and show it this once."""
    names = tuple(part.strip() for part in (backends or "").split(",") if part.strip())
    amount = _amount(per_day) if per_day else None
    key = _store(config).add_key(name, per_day=amount, backends=names, per_minute=per_minute)
    typer.echo(key)
    typer.echo("it is not shown again: only its SHA-256 is stored", err=True)


@keys.command("list")
def list_keys(config: ConfigFile = None) -> None:
    """List the keys, without showing any."""
    for key in _store(config).listed():
        limits = [f"{key.per_minute} a minute"] if key.per_minute else []
        limits += [f"{key.per_day} a day"] if key.per_day else []
        typer.echo("\t".join([key.name, key.created, ", ".join(limits), ", ".join(key.backends)]))


@keys.command("revoke")
def revoke(
    name: Annotated[str, Argument(help="The name of the key.")], config: ConfigFile = None
) -> None:
    """Revoke a key at once; its jobs go on."""
    from segue.errors import ConfigError

    if not _store(config).revoke(name):
        raise ConfigError(f"there is no key of the name {name!r}", advice="segue serve keys list")
    typer.echo(f"{name} is revoked")


def _amount(text: str) -> str:
    from segue.errors import ConfigError
    from segue.money import Money

    try:
        return str(Money.parse(text))
    except ValueError as error:
        raise ConfigError(f"per_day: {error}") from error


def _store(config: Path | None) -> "Store":
    from segue.config import Config
    from segue_server.settings import server_settings
    from segue_server.store import Store

    return Store(server_settings(Config.load(config)).state)
