"""`segue balance`: what an account can still spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.cli.exits import say, say_json
from segue.cli.listing import Backend, File, Json

if TYPE_CHECKING:
    from segue.provider import Provider


def balance(backend: Backend = None, config: File = None, as_json: Json = False) -> None:
    """Say what the account at a backend can still spend."""
    from segue._plugins.catalog import Catalogue
    from segue.client import Client
    from segue.config import Config

    loaded = Config.load(config)
    key = loaded.backends(backend)[0]
    _refuse_untold(Catalogue().load(key))
    with Client(str(key), config=loaded, journal=None) as client:
        amounts = [str(amount) for amount in client.balance()]
    if as_json:
        say_json({"backend": key.provider, "balance": amounts})
        return
    for amount in amounts:
        say(amount)


def _refuse_untold(kind: type[Provider]) -> None:
    """Raise `Unsupported` for a provider that tells no balance: of a vendor without a key there
    is no account, and of any other there is its own page."""
    from segue.errors import Unsupported

    if kind.capabilities.balance:
        return
    if kind.key is None:
        raise Unsupported(f"{kind.name} needs no key, so there is no account with a balance")
    page = f": {kind.key.page}" if kind.key.page else ""
    raise Unsupported(
        f"{kind.name} tells no balance", advice=f"look at your account on its own site{page}"
    )
