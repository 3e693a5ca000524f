"""`segue keys`: which provider has a key, and from where; and keys in the computer's keyring.

A key is read from a prompt that shows nothing, or from the standard input; it is never an
argument, and never printed.
"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from segue.cli.command import Command
from segue.cli.exits import Usage, complain, say, say_json
from segue.cli.generate import File, Json

if TYPE_CHECKING:
    from segue._config.credentials import Secret
    from segue.config import Config

Provider = Annotated[str, Argument(metavar="PROVIDER", help="The name before a backend's slash.")]
Surplus = Annotated[list[str] | None, Argument(hidden=True)]

keys = typer.Typer(
    name="keys", rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False
)


@keys.callback()
def list_keys(context: typer.Context, config: File = None, as_json: Json = False) -> None:
    """List who has a key and from where; set or remove one."""
    if context.invoked_subcommand is not None:
        return
    from segue.cli.table import show
    from segue.config import Config

    found = _secrets(Config.load(config))
    if as_json:
        say_json({"keys": [_facts(secret) for secret in found]})
        return
    show(
        ("provider", "key", "from"),
        [(secret.provider, secret.mask(), secret.origin()) for secret in found],
        long=("from",),
    )


@keys.command("set", cls=Command)
def set_key(provider: Provider, surplus: Surplus = None, config: File = None) -> None:
    """Put a key into the computer's keyring: it is asked for, or read from the standard input."""
    from segue._config import keychain
    from segue.config import Config

    if surplus:
        told = "a key is no argument: it would stay in the shell's history. Type it when asked"
        raise Usage(told, "segue keys set")
    secret = _secret(Config.load(config), provider)
    keychain.store(provider, _typed(provider))
    say(f"the key of {provider} is in the keyring")
    if (first := secret.source) != "keyring":
        complain(f"note: {first} has a key of {provider} too, and counts for more")


@keys.command(cls=Command)
def remove(provider: Provider, config: File = None) -> None:
    """Take a key out of the computer's keyring."""
    from segue._config import keychain
    from segue.config import Config

    secret = _secret(Config.load(config), provider)
    keychain.remove(provider)
    say(f"the key of {provider} is no longer in the keyring")
    if secret.source is not None:
        complain(f"note: {secret.source} still has a key of {provider}")


def _secrets(config: "Config") -> "list[Secret]":
    from segue.cli.listing import usable

    found = [config.secret(kind, name) for name, kind in sorted(usable().items())]
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
        key: str = typer.prompt(
            f"The key of {provider} (it is not shown)", hide_input=True, err=True
        )
    else:
        key = sys.stdin.readline() if sys.stdin is not None else ""
    key = key.strip()
    if not key:
        raise Usage("there is no key on the standard input", "segue keys set")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise Usage("that is no key: it has a space, or a letter that no key has", "segue keys set")
    return key
