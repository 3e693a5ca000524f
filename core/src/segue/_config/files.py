"""The `segue.toml` files that count: found, read and merged. Nothing else is read.

The user's own file counts, and so does one that is named. One that is only found, in the working
folder or above it, counts without what `_config/untrusted.py` lists until it is trusted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from segue._config.settings import KEY_SOURCES, expanded, validated_settings
from segue._config.trust import is_trusted
from segue._config.untrusted import Held, held_back, without
from segue.errors import ConfigError

FILE_NAME = "segue.toml"

_MOST = 1 << 20  # bytes of a file


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One file and what counts of it; `held` is what does not, and `whole` is both, where they
    differ."""

    path: Path
    content: Mapping[str, object]
    held: tuple[Held, ...] = ()
    whole: Mapping[str, object] | None = None

    def get(self, *path: str) -> object:
        """The effective value at that path of keys, or None."""
        return _at(self.content, path)

    def says(self, *path: str) -> object:
        """The value at that path, also if it is ignored."""
        return _at(self.whole or self.content, path)


def _at(table: Mapping[str, object], path: tuple[str, ...]) -> object:
    found: object = table
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was read, once: what is checked is what counts."""

    document: Document
    raw: bytes
    owner: int


def found(folder: Path | None) -> list[Document]:
    """The user's file and the project's, in this order: the later one counts for more.

    The project's is the one in `folder` (the current one, if not given) or its nearest parent.
    """
    user = _user_file()
    files = [read(user)] if user is not None and _is_file(user) else []
    project = project_file(folder)
    if project is None or (files and user is not None and user.samefile(project)):
        return files
    own = files[0].content if files else {}
    return [*files, restrained(read_once(project), own, folder=folder)]


def read(path: Path) -> Document:
    """Read one file; `ConfigError` names it, and the line of a mistake in its syntax."""
    return read_once(path).document


def read_once(path: Path) -> Read:
    """The same, with the bytes that were read and their owner."""
    import tomllib  # noqa: PLC0415 - many have no file at all

    try:
        with path.open("rb") as file:
            raw, owner = file.read(_MOST + 1), os.fstat(file.fileno()).st_uid
        if len(raw) > _MOST:
            raise ConfigError(f"{path} is larger than {_MOST >> 10} KiB, as no configuration is")
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and what is not UTF-8
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    return Read(document=Document(path=path, content=content), raw=raw, owner=owner)


def restrained(file: Read, own: Mapping[str, object], *, folder: Path | None = None) -> Document:
    """The file without what is held back, unless the user trusts it as it is."""
    path, content = file.document.path, file.document.content
    foreign = _foreign(file.owner)
    validated_settings(content, file=str(path))
    held = held_back(content, own, folder=path.parent, base=folder or Path())
    if (held or foreign) and is_trusted(path, file.raw):
        return file.document
    if foreign and os.geteuid() != 0:  # root works in folders of everybody's, in a container
        raise ConfigError(
            f"{path} belongs to another user",
            advice=f"if you trust it, say so: `segue trust {quoted(path)}`, or name it:"
            f" SEGUE_CONFIG={quoted(path)}",
        )
    counting = without(content, held)
    if ".." in Path(str(counting.get("to", ""))).parts:  # inside now, and from now on
        counting["to"] = str(((folder or Path()) / expanded(str(counting["to"]))).resolve())
    return Document(path=path, content=counting, held=held, whole=content)


def quoted(path: Path) -> str:
    """The path as a shell takes it."""
    import shlex  # noqa: PLC0415 - for errors alone

    return shlex.quote(str(path))


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


def _user_file() -> Path | None:
    """The user's own; None where the environment names a place that depends on the current
    folder, which would make a stranger's file the user's."""
    import platformdirs  # noqa: PLC0415 - it costs more than all of this module

    path = Path(platformdirs.user_config_dir("segue")) / FILE_NAME
    return path if path.is_absolute() else None


def project_file(folder: Path | None) -> Path | None:
    """The file in `folder` (the current one, if not given) or its nearest parent."""
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


def _foreign(owner: int) -> bool:
    """Whether another user can have left the file in a shared folder."""
    return os.name != "nt" and owner not in {0, os.geteuid()}
