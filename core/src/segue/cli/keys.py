"""`segue keys`: list the API keys and their sources; store keys in the system keyring.

A key is read from a hidden prompt, or from standard input; it is never an argument, and never
printed.
"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from segue.cli.command import Command
from segue.cli.exits import Usage, echo, echo_err, echo_json
from segue.cli.options import File, Json

if TYPE_CHECKING:
    from segue._config.credentials import Secret
    from segue.config import Config

Provider = Annotated[
    str, Argument(metavar="PROVIDER", help="Name of the provider, such as venice.")
]
Surplus = Annotated[list[str] | None, Argument(hidden=True)]

keys = typer.Typer(
    name="keys", rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False
)


@keys.callback()
def list_keys(context: typer.Context, config: File = None, as_json: Json = False) -> None:
    """List API keys and where they come from; set or remove one."""
    if context.invoked_subcommand is not None:
        return
    from segue.cli.table import show
    from segue.config import Config

    found = _secrets(Config.load(config))
    if as_json:
        echo_json({"keys": [_facts(secret) for secret in found]})
        return
    show(
        ("provider", "key", "from"),
        [(secret.provider, secret.mask(), secret.origin()) for secret in found],
        long=("from",),
    )


@keys.command("set", cls=Command)
def set_key(provider: Provider, surplus: Surplus = None, config: File = None) -> None:
    """Store a key in the system keyring, from a prompt or standard input."""
    from segue._config import keychain
    from segue.config import Config

    if surplus:
        message = "enter the key at the prompt: an argument would stay in the shell's history"
        raise Usage(message, "segue keys set")
    secret = _secret(Config.load(config), provider)
    keychain.store(provider, _typed(provider))
    echo(f"stored the key of {provider} in the keyring")
    if (first := secret.source) != "keyring":
        echo_err(f"note: {first} also has a key of {provider}, and takes precedence")


@keys.command(cls=Command)
def remove(provider: Provider, config: File = None) -> None:
    """Remove a key from the system keyring."""
    from segue._config import keychain
    from segue.config import Config

    secret = _secret(Config.load(config), provider)
    keychain.remove(provider)
    echo(f"removed the key of {provider} from the keyring")
    if secret.source is not None:
        echo_err(f"note: {secret.source} still has a key of {provider}")


def _secrets(config: "Config") -> "list[Secret]":
    from segue.cli.listing import loadable_providers

    found = [config.secret(kind, name) for name, kind in sorted(loadable_providers().items())]
    return [secret for secret in found if secret is not None]


def _secret(config: "Config", provider: str) -> "Secret":
    from segue._plugins.catalog import Catalogue
    from segue.errors import Unsupported

    secret = config.secret(Catalogue().load(provider), provider)
    if secret is None:
        raise Unsupported(f"{provider} needs no key")
    return secret


def _facts(secret: "Secret") -> dict[str, object]:
    source = secret.source
    return {
        "provider": secret.provider,
        "set": source is not None,
        "from": source,
        "variable": secret.variable,
    }


def _typed(provider: str) -> str:
    if sys.stdin is not None and sys.stdin.isatty():
        key: str = typer.prompt(f"API key of {provider} (hidden)", hide_input=True, err=True)
    else:
        key = sys.stdin.readline() if sys.stdin is not None else ""
    key = key.strip()
    if not key:
        raise Usage("no key on standard input", "segue keys set")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise Usage("not a key: it contains a space or an invalid character", "segue keys set")
    return key
