"""The `segue.toml` files that count: found, read and merged. Nothing else is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from segue.errors import ConfigError
from segue.settings import KEY_SOURCES

FILE_NAME = "segue.toml"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One file and what it says."""

    path: Path
    content: Mapping[str, object]

    def get(self, *path: str) -> object:
        """What stands at that path of keys, or None."""
        found: object = self.content
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def found(folder: Path | None) -> list[Document]:
    """The user's file and the project's, in this order: the later one counts for more.

    The project's is the one in `folder` (the current one, if not given) or its nearest parent.
    """
    user = _user_file()
    project = _project_file(folder)
    files = [user] if _is_file(user) else []
    if project is not None and not any(file.samefile(project) for file in files):
        _check_owner(project)
        files.append(project)
    return [read(file) for file in files]


def read(path: Path) -> Document:
    """Read one file; `ConfigError` names it, and the line of a mistake in its syntax."""
    import tomllib  # noqa: PLC0415 - many have no file at all

    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and what is not UTF-8
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    return Document(path=path, content=content)


def merged(documents: Iterable[Document]) -> dict[str, object]:
    """All of them as one, key by key; where a place for an API key is named, it alone counts."""
    result: dict[str, object] = {}
    for document in documents:
        result = _over(result, document.content)
    return result


def _over(lower: Mapping[str, object], upper: Mapping[str, object]) -> dict[str, object]:
    hidden = KEY_SOURCES if KEY_SOURCES & upper.keys() else frozenset[str]()
    result = {key: value for key, value in lower.items() if key not in hidden}
    for key, value in upper.items():
        under = result.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            result[key] = _over(under, value)
        else:
            result[key] = value
    return result


def _user_file() -> Path:
    import platformdirs  # noqa: PLC0415 - it costs more than all of this module

    return Path(platformdirs.user_config_dir("segue")) / FILE_NAME


def _project_file(folder: Path | None) -> Path | None:
    try:
        start = (folder or Path.cwd()).resolve()
    except OSError:  # the current folder was deleted
        return None
    files = (parent / FILE_NAME for parent in (start, *start.parents))
    return next((file for file in files if _is_file(file)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that is closed to this user
        return False


def _check_owner(path: Path) -> None:
    """Refuse a file that someone else left in a shared folder: it can name a command to run."""
    if os.name == "nt" or os.geteuid() == 0:
        return
    if path.stat().st_uid not in {0, os.geteuid()}:
        raise ConfigError(
            f"{path} belongs to another user",
            advice=f"if you trust it, name it: SEGUE_CONFIG={path}",
        )
