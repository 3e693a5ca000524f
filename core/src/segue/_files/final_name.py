"""The name that a finished file has in the end."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

from segue._files.convert import alike, container_named
from segue._files.filenames import ended, numbered
from segue._files.part_file import claimed, taken
from segue.containers import ALIASES, AUDIO, BESIDE
from segue.flow import Save

ORIGINAL = ".original"
"""The suffix of the original's name beside a converted file."""


def settle(
    part: Path, save: Save, *, container: str, size: int, digest: str, made: bool = False
) -> Path:
    """Give `part` its name, or the next free one; `size` and `digest` are its own.

    A file of the same bytes that has that name already is the same file: a process died after
    saving it, before saying so. Then `part` is removed. Where `part` was `made` here, by an encoder
    or with tags, the same sound is enough: neither gives the same bytes on every run. Raises
    `FileExistsError` for a name that the user chose and that is taken.
    """
    path = save.path
    extension = path.suffix.lower().lstrip(".")
    if container_named(path) != container:
        known = extension in {*AUDIO, *ALIASES, *BESIDE, "bin"}
        path = path.with_name(
            ended(path.stem if known else path.name, f".{container}", path.parent)
        )
    if save.overwrite:
        part.replace(path)
        return path
    exact = save.exact and not save.free and path.suffix == save.path.suffix
    for name in [path] if exact else _numbered(path):
        same = claimed(part, name) or _is(name, size, digest)
        if same or (made and alike(name, part)):
            part.unlink(missing_ok=True)
            return name
    raise taken(path)


def _is(path: Path, size: int, digest: str) -> bool:
    if not path.is_file() or path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in itertools.count(2):
        yield numbered(path, number)
