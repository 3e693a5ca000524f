"""`segue trust`: approve a project's segue.toml as it is, list the approved, or take one back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option

from segue.cli.exits import complain, say, say_json
from segue.cli.listing import Json

if TYPE_CHECKING:
    from segue._config.trust import Trusted

Where = Annotated[
    Path | None,
    Argument(metavar="PATH", help="A segue.toml, or its folder; without it, the one found here."),
]
Listing = Annotated[bool, Option("--list", help="List the files that are trusted.")]
Revoke = Annotated[bool, Option("--revoke", help="Trust the file no longer.")]


def trust(
    path: Where = None, listing: Listing = False, revoke: Revoke = False, as_json: Json = False
) -> None:
    """Let a project's segue.toml name commands, keys, addresses and places; read it first.

    What is trusted is the file as it is now: once it changes, it is trusted no longer.
    """
    if listing and (revoke or path is not None):
        raise BadParameter("it stands alone", param_hint="--list")
    if listing:
        _list(as_json=as_json)
    elif revoke:
        _revoke(_file(path), as_json=as_json)
    else:
        _trust(_file(path), as_json=as_json)


def _trust(file: Path, *, as_json: bool) -> None:
    from segue._config import trust
    from segue._config.files import read_once
    from segue._config.settings import checked
    from segue._config.untrusted import held_back

    found = read_once(file)
    content = found.document.content
    checked(content, file=str(file))
    held = held_back(content, {}, folder=file.parent, base=file.parent)
    record = trust.trust(file, found.raw)
    if as_json:
        keys = [each.name for each in held]
        say_json({"trusted": str(record.path), "sha256": record.sha256, "keys": keys})
        return
    for each in held:
        complain(f"{each.name} = {each.value}: {each.why}")
    say(f"{record.path} is trusted as it is now")


def _revoke(file: Path, *, as_json: bool) -> None:
    from segue._config import trust

    there = trust.revoke(file)
    if as_json:
        say_json({"revoked": str(trust.placed(file)), "was_trusted": there})
    else:
        say(f"{trust.placed(file)} is {'trusted no longer' if there else 'not trusted'}")


def _list(*, as_json: bool) -> None:
    from segue._config import trust
    from segue.cli.table import show

    records = trust.approved()
    if as_json:
        say_json({"trusted": [_facts(record) for record in records]})
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
    return "ok" if record.valid else "changed or gone: not trusted"


def _file(path: Path | None) -> Path:
    """The file that is meant, by its whole path."""
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
            f"{file} is never read by itself, so it needs no trust",
            advice=f"only a {FILE_NAME} is found; name this one: --config, or SEGUE_CONFIG",
        )
    return file
