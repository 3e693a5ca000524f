"""`segue init`: create a commented `segue.toml`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from segue.cli.exits import echo

if TYPE_CHECKING:
    from segue._data.backend_key import BackendKey

_TEMPLATE = """\
# Segue's configuration for this folder and those below it.
# The environment (SEGUE_BACKEND=…) and options of a command take precedence over this file.
# `segue config` shows the effective values.

# The backend: "provider/model", or a list of them to try in order.
# `segue providers` lists what is installed.
backend = {backend}

# Where files are saved, relative to the current folder.
# to = "."

# The longest wait, in seconds. The job goes on after that, and can be resumed.
# timeout = 1800

# For how many seconds polls may fail in a row, such as while the vendor is down.
# patience = 600

# What to do with a field that the backend does not support: "error" or "ignore".
# unsupported = "error"

[http]
# Time limits of a response and of a connection attempt, in seconds.
# timeout = 60
# connect_timeout = 10
# proxy = "http://proxy.example:3128"
# The largest file that is saved, in megabytes.
# max_download_mb = 2048
# The HTTP client of an AsyncClient under asyncio: "httpx" or "aiohttp".
# transport = "httpx"
"""

_KEYED = """
[providers.{name}]
# The key is read from {env}, or from one of these:
# key_env = "ANOTHER_VARIABLE"
# key_file = "~/.config/{name}.key"
# key_command = "pass show {name}"
"""


def init(
    backend: Annotated[
        str | None,
        Option("--backend", "-b", metavar="PROVIDER/MODEL", help="The backend to configure."),
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace an existing segue.toml.")] = False,
) -> None:
    """Write a commented segue.toml to this folder."""
    from segue._config.files import FILE_NAME

    path = Path(FILE_NAME)
    _refuse_existing(path, force=force)
    text = document(backend if backend is not None else _prompt_backend())
    _write(path, text, force=force)
    echo(str(path))


def document(backend: str) -> str:
    """The text of the file; raises `PluginError` if the provider cannot be loaded."""
    from segue._plugins.catalog import Catalogue

    key = _key(backend)
    kind = Catalogue().load(key)
    # a JSON string is a TOML string, unless it has surrogate escapes
    text = _TEMPLATE.format(backend=json.dumps(str(key), ensure_ascii=False))
    return text + (_KEYED.format(name=kind.name, env=kind.key.env) if kind.key else "")


def _key(backend: str) -> "BackendKey":
    from segue._data.backend_key import BackendKey

    try:
        return BackendKey.parse(backend)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--backend") from error


def _prompt_backend() -> str:
    """The user's choice at a terminal; elsewhere `local`, which needs neither key nor network."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return "local"
    from segue._plugins.catalog import Catalogue

    names = ", ".join(Catalogue().names())
    typer.echo(f"Installed providers: {names or 'none'}", err=True)
    answer: str = typer.prompt("Backend (PROVIDER or PROVIDER/MODEL)", default="local", err=True)
    return answer


def _refuse_existing(path: Path, *, force: bool) -> None:
    from segue.errors import TargetError

    if path.exists() and not force:
        raise TargetError(f"{path} already exists", advice="use --force to replace it")


def _write(path: Path, text: str, *, force: bool) -> None:
    from segue._files.atomic import os_errors_as_target_error

    with (
        os_errors_as_target_error(path),
        path.open("w" if force else "x", encoding="utf-8") as file,
    ):
        file.write(text)
