"""`segue trust`: trust a project's segue.toml as it is now, list trusted files, or revoke one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option

from segue.cli.exits import echo, echo_err, echo_json
from segue.cli.options import Json

if TYPE_CHECKING:
    from segue._config.trust import Trusted

Where = Annotated[
    Path | None,
    Argument(metavar="PATH", help="A segue.toml or its folder; default: the one found here."),
]
Listing = Annotated[bool, Option("--list", help="List the trusted files.")]
Revoke = Annotated[bool, Option("--revoke", help="Stop trusting the file.")]


def trust(
    path: Where = None, listing: Listing = False, revoke: Revoke = False, as_json: Json = False
) -> None:
    """Let a project's segue.toml set commands, keys, URLs and paths; read it first.

    The file is trusted as it is now: after a change it is no longer trusted.
    """
    if listing and (revoke or path is not None):
        raise BadParameter("cannot be combined with PATH or --revoke", param_hint="--list")
    if listing:
        _list(as_json=as_json)
    elif revoke:
        _revoke(_file(path), as_json=as_json)
    else:
        _trust(_file(path), as_json=as_json)


def _trust(file: Path, *, as_json: bool) -> None:
    from segue._config import trust
    from segue._config.files import read_once
    from segue._config.settings import validated_settings
    from segue._config.untrusted import held_back

    found = read_once(file)
    content = found.document.content
    validated_settings(content, file=str(file))
    held = held_back(content, {}, folder=file.parent, base=file.parent)
    record = trust.trust(file, found.raw)
    if as_json:
        keys = [each.name for each in held]
        echo_json({"trusted": str(record.path), "sha256": record.sha256, "keys": keys})
        return
    for each in held:
        echo_err(f"{each.name} = {each.value}: {each.why}")
    echo(f"{record.path} is trusted as it is now")


def _revoke(file: Path, *, as_json: bool) -> None:
    from segue._config import trust

    was_trusted = trust.revoke(file)
    if as_json:
        echo_json({"revoked": str(trust.placed(file)), "was_trusted": was_trusted})
    else:
        echo(f"{trust.placed(file)} is {'no longer trusted' if was_trusted else 'not trusted'}")


def _list(*, as_json: bool) -> None:
    from segue._config import trust
    from segue.cli.table import show

    records = trust.approved()
    if as_json:
        echo_json({"trusted": [_facts(record) for record in records]})
        return
    show(
        ("file", "trusted since", "state"),
        [(str(each.path), f"{each.at:%Y-%m-%d %H:%M}", _state(each)) for each in records],
        long=("file",),
    )


def _facts(record: "Trusted") -> dict[str, object]:
    return {
        "path": str(record.path),
        "sha256": record.sha256,
        "at": record.at.isoformat(),
        "state": _state(record),
    }


def _state(record: "Trusted") -> str:
    return "ok" if record.valid else "changed or missing: not trusted"


def _file(path: Path | None) -> Path:
    """The absolute path of the file; raises `ConfigError` if there is none to trust."""
    from segue._config.files import FILE_NAME, project_file
    from segue.errors import ConfigError

    file = project_file(None) if path is None else path.expanduser().absolute()
    if file is None:
        raise ConfigError(
            f"there is no {FILE_NAME} here or in a folder above",
            advice="name one: segue trust PATH",
        )
    if path is not None and file.is_dir():
        file /= FILE_NAME
    if file.name != FILE_NAME:
        raise ConfigError(
            f"{file} is not loaded automatically, so it needs no trust",
            advice=f"only a {FILE_NAME} is; use this file with --config, or SEGUE_CONFIG",
        )
    return file
