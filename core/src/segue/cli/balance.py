"""`segue balance`: the balance of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.cli.exits import echo, echo_json
from segue.cli.listing import Backend
from segue.cli.options import File, Json

if TYPE_CHECKING:
    from segue.provider import Provider


def balance(backend: Backend = None, config: File = None, as_json: Json = False) -> None:
    """Show the balance of the account at a backend."""
    from segue._plugins.catalog import Catalogue
    from segue.client import Client
    from segue.config import Config

    loaded = Config.load(config)
    key = loaded.backends(backend)[0]
    _require_balance(Catalogue().load(key))
    with Client(str(key), config=loaded, journal=None) as client:
        amounts = [str(amount) for amount in client.balance()]
    if as_json:
        echo_json({"backend": key.provider, "balance": amounts})
        return
    for amount in amounts:
        echo(amount)


def _require_balance(kind: type[Provider]) -> None:
    """Raise `Unsupported` for a provider without `capabilities.balance`; the advice names the
    vendor's account page, if it has one."""
    from segue.errors import Unsupported

    if kind.capabilities.balance:
        return
    if kind.key is None:
        raise Unsupported(f"{kind.name} needs no key, so there is no account with a balance")
    page = f": {kind.key.page}" if kind.key.page else ""
    raise Unsupported(
        f"{kind.name} reports no balance", advice=f"see your account on its website{page}"
    )
