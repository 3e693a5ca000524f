"""A file until it is finished: under a name of its own beside its target, opened so that no link is
followed and nothing is written over, and given its name only where that is free.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from io import BufferedRandom
from pathlib import Path

from segue._files.filenames import shortened

_ROOM = 40
"""Bytes of a name that are left to the endings of an unfinished file."""


def opened(path: Path, tag: str) -> tuple[Path, BufferedRandom]:
    """A new file for what will be `path`, and its name: `NAME.TAG.part`.

    What a dead process left under that name is removed, and not written over: it may be the
    finished file by another name (`claimed`), or another process may still be writing to it.
    Where it cannot be removed, the file gets an unpredictable name.
    """
    part = _named(path, tag)
    with suppress(OSError):
        part.unlink(missing_ok=True)
    try:
        return part, part.open("x+b")
    except FileExistsError:  # a folder of that name, or another process was quicker
        return opened_apart(path)


def opened_apart(path: Path) -> tuple[Path, BufferedRandom]:
    """The same under an unpredictable name."""
    part = _named(path, secrets.token_hex(8))
    return part, part.open("x+b")


def is_same(part: Path, opened: os.stat_result) -> bool:
    """Whether the file of that name is the one that was opened: no link, and not another's."""
    try:
        return os.path.samestat(opened, part.lstat())
    except OSError:  # it is gone
        return False


def claimed(part: Path, path: Path) -> bool:
    """Give the finished file its name, and True; or False, where the name is taken by anything.

    Where there are hard links, `part` stays as a second name, for the caller to remove.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        return _claimed_without_links(part, path)
    return True


def taken(path: Path) -> FileExistsError:
    """The error for a name that is taken."""
    return FileExistsError(errno.EEXIST, "the file exists", str(path))


def _claimed_without_links(part: Path, path: Path) -> bool:
    """First the name, as an empty file, created exclusively; then the file."""
    try:
        path.open("xb").close()
    except FileExistsError:
        return False
    part.replace(path)
    return True


def _named(path: Path, tag: str) -> Path:
    name = shortened(path.name, path.parent, room=_ROOM)
    return path.with_name(f"{name}{tag and '.' + tag}.part")
