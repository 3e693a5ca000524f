"""Checks of the journal's file: that it is this user's and unreadable to others, and that its name
still refers to the opened file.
"""

from __future__ import annotations

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from segue._journal.faults import unusable
from segue.errors import JournalError

Identity: TypeAlias = tuple[int, int]

SIDES = ("-wal", "-shm")
"""SQLite's own files beside it."""

_log = logging.getLogger("segue")
_OTHERS = stat.S_IRWXO


def create(path: Path) -> None:
    """Create the file, for its owner only. SQLite gives the files beside it the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def identity(path: Path) -> Identity | None:
    """The identity of the file with that name; None for none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def beside(path: Path, side: str) -> Path:
    """One of SQLite's own files."""
    return path.with_name(path.name + side)


def refuse_planted(path: Path) -> None:
    """Raise `JournalError` for an existing file, or one beside it, that another user has put
    there."""
    for file in _all(path):
        with suppress(FileNotFoundError):
            _refuse_planted(path, file)


def secure(path: Path) -> None:
    """Remove other users' access to an existing journal and the files beside it, and log so. A
    group retains its access."""
    for file in _all(path):
        with suppress(FileNotFoundError):
            if file.stat().st_mode & _OTHERS:
                _close(path, file)


def _all(path: Path) -> tuple[Path, ...]:
    if os.name == "nt":
        return ()
    return path, *(beside(path, side) for side in SIDES)


def _close(path: Path, file: Path) -> None:
    if file.stat().st_uid not in {os.geteuid(), 0} and os.geteuid() != 0:
        return  # refused already if it was planted
    try:
        file.chmod(0o600)
    except PermissionError as error:
        raise unusable(
            path, "can be read by every user of this computer", f"chmod 600 {file}"
        ) from error
    _log.warning("every user of this computer could read %s; it is closed to them now", file)


def _refuse_planted(path: Path, file: Path) -> None:
    """Raise for a file or a link of another user, who could read or choose our data."""
    me = os.geteuid()
    link, found = file.lstat(), file.stat()
    trusted = {me, 0}
    planted = link.st_uid not in trusted and stat.S_ISLNK(link.st_mode)
    foreign = found.st_uid not in trusted and bool(found.st_mode & _OTHERS)
    if me != 0 and (planted or foreign):
        raise _refused(path, file)
    if stat.S_ISLNK(link.st_mode) and file != path:
        raise _refused(path, file)  # SQLite makes these two, and never as links


def _refused(path: Path, file: Path) -> JournalError:
    return unusable(path, f"is not used: another user can have put {file.name} there")
