"""`segue quote`: what a piece would cost."""

from typing import TYPE_CHECKING, Annotated

from typer import Option

from segue.cli.exits import echo, echo_json
from segue.cli.fields import takes_a_task
from segue.cli.options import File, Json

if TYPE_CHECKING:
    from segue.money import Quote
    from segue.tasks import Generate

Backend = Annotated[
    str | None,
    Option(
        "--backend",
        "-b",
        metavar="PROVIDER/MODEL",
        help="The backend, if not the configured one.",
    ),
]


@takes_a_task
def quote(
    task: "Generate", *, backend: Backend = None, config: File = None, as_json: Json = False
) -> None:
    """Show what a piece of music would cost. Nothing is spent."""
    from segue.client import Client
    from segue.config import Config

    loaded = Config.load(config)
    key = str(loaded.backends(backend)[0])
    _require_quote(key)
    with Client(key, config=loaded, journal=None) as client:
        quoted = client.quote(task)
    if as_json:
        most = None if quoted.maximum is None else str(quoted.maximum)
        facts = {"cost": str(quoted.cost), "maximum": most, "estimate": quoted.estimate}
        echo_json({"backend": key, **facts, "basis": quoted.basis})
    else:
        echo(_words(quoted))


def _require_quote(key: str) -> None:
    from segue._data.backend_key import BackendKey
    from segue._plugins.catalog import Catalogue
    from segue.errors import Unsupported

    if not Catalogue().load(BackendKey.parse(key)).capabilities.quote:
        raise Unsupported(
            f"{key} gives no quotes",
            advice="see the vendor's price list; nothing was submitted",
        )


def _words(quoted: "Quote") -> str:
    """`0.14 USD, at most 0.20 USD (estimated): 60 s at 0.14 USD a minute`."""
    most = "" if quoted.maximum is None else f", at most {quoted.maximum}"
    basis = f": {quoted.basis}" if quoted.basis else ""
    return f"{quoted.cost}{most}{' (an estimate)' if quoted.estimate else ''}{basis}"
