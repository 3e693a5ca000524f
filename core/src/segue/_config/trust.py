"""The `segue.toml` files that the user has approved, by path and content.

One small record for each file, in the user's state folder, readable by its owner only. A record
counts for exactly the bytes that were approved, at exactly that place: any change of the file,
and any link to it from somewhere else, needs a new approval. What such a file refers to (a
script, a file with a key) is not part of the record.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from segue.errors import ConfigError

_MOST = 1 << 16  # bytes of a record
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)


class Trusted(msgspec.Struct, frozen=True, kw_only=True):
    """One approval: the file's `path`, the file that it `leads_to` where it is a link (else the
    same), the SHA-256 of its content, and when it was approved."""

    path: Path
    leads_to: Path
    sha256: str
    at: datetime

    @property
    def valid(self) -> bool:
        """Whether the file still is what was approved."""
        try:
            content = self.path.read_bytes()
            return (self.leads_to, self.sha256) == (self.path.resolve(), digest(content))
        except OSError:
            return False


def digest(content: bytes) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    import hashlib  # noqa: PLC0415 - few folders have a file that must be trusted

    return hashlib.sha256(content).hexdigest()


def is_trusted(path: Path, content: bytes) -> bool:
    """Whether the user has approved this content, which was read from `path`."""
    folder = _folder()
    if folder is None:
        return False
    record = _read(folder / _name(path))
    there = (placed(path), path.resolve(), digest(content))
    return record is not None and there == (record.path, record.leads_to, record.sha256)


def trust(path: Path, content: bytes) -> Trusted:
    """Record that the user approves this content of `path`; raises `ConfigError`."""
    folder = _needed_folder()
    record = Trusted(
        path=placed(path),
        leads_to=path.resolve(),
        sha256=digest(content),
        at=datetime.now(UTC),
    )
    plain = msgspec.to_builtins(record, enc_hook=str)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_foreign(folder)
        folder.chmod(0o700)
        _write(folder / _name(path), json.dumps(plain).encode())
    except OSError as error:
        raise _unusable(folder, error) from error
    return record


def revoke(path: Path) -> bool:
    """Withdraw the approval of `path`, whatever it holds by now; False when there was none."""
    folder = _needed_folder()
    place, found = placed(path), False
    try:
        for file in list(_files(folder)):
            record = _read(file)
            if file.name == _name(path) or (record is not None and record.path == place):
                file.unlink()
                found = True
    except OSError as error:
        raise _unusable(folder, error) from error
    return found


def approved() -> list[Trusted]:
    """Every record that is readable, by path."""
    folder = _needed_folder()
    records = (_read(file) for file in _files(folder))
    return sorted((record for record in records if record), key=lambda record: record.path)


def placed(path: Path) -> Path:
    """The path of a file, with links of its folders resolved but not its own."""
    return path.parent.resolve() / path.name


def _folder() -> Path | None:
    """The folder of the records; None where the environment names none that is absolute: a
    relative one would be in the very folder whose file is in question."""
    from platformdirs import user_state_path  # noqa: PLC0415 - costs milliseconds

    folder = user_state_path("segue", appauthor=False) / "trusted"
    return folder if folder.is_absolute() else None


def _needed_folder() -> Path:
    folder = _folder()
    if folder is None:
        raise ConfigError(
            "the user's state folder is not an absolute path, so nothing can be trusted",
            advice="let XDG_STATE_HOME, or HOME, name an absolute path",
        )
    return folder


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from sorted(folder.glob("*.json"))


def _name(path: Path) -> str:
    place = os.fsencode(placed(path)) + b"\0" + os.fsencode(path.resolve())
    return f"{digest(place)[:40]}.json"


def _read(file: Path) -> Trusted | None:
    """A record; None for one that is missing or damaged, or that another user can have written."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | _NO_LINK | _NO_WAIT), "rb") as opened:
            if not _own(os.fstat(opened.fileno())) or not _own(file.parent.stat()):
                return None
            plain = json.loads(opened.read(_MOST))
        return msgspec.convert(plain, Trusted, dec_hook=lambda kind, value: kind(value))
    except (OSError, ValueError, msgspec.ValidationError):
        return None


def _write(file: Path, content: bytes) -> None:
    """The record, whole or not at all; the folder is ours alone, so that no name is foreseen."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        unfinished.unlink()
    try:
        made = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600)
        with os.fdopen(made, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(file)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise


def _own(found: os.stat_result) -> bool:
    """Whether it is this user's, and no other user can write it."""
    if os.name == "nt":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _refuse_foreign(folder: Path) -> None:
    if os.name != "nt" and folder.stat().st_uid != os.geteuid():
        raise ConfigError(
            f"{folder}, where approvals are recorded, belongs to another user",
            advice="let XDG_STATE_HOME name a folder of your own",
        )


def _unusable(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"approvals cannot be recorded in {folder}: {error.strerror or error}",
        advice="make that folder writable, or name the file: SEGUE_CONFIG=FILE",
    )
