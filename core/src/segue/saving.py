"""Where files go and what they are called: found out before any money is spent."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from segue.containers import ALIASES, AUDIO, COMMON, extension
from segue.converting import container_named, refuse_unwritable
from segue.errors import TargetError
from segue.flow import Save
from segue.job import Asset
from segue.landing import told
from segue.naming import file_name, fits, shortened

_ROOM = 16
"""Bytes of a name that are left to a number and the extension."""

__all__ = ["Destination", "destination", "file_name", "refuse_container", "refuse_other"]


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that can be written to and, if the user named a file, that file's name."""

    folder: Path
    file: str | None = None
    overwrite: bool = False

    def saves(
        self, assets: Sequence[Asset], *, tag: str, on_progress: Callable[[Path, float], object]
    ) -> list[Save]:
        """What to save where: the first track has the user's name, what else there is a longer
        one; `tag` tells this job's unfinished files from another's."""
        taken: Counter[str] = Counter()
        return [self._save(asset, tag, taken, on_progress) for asset in assets]

    def _save(
        self,
        asset: Asset,
        tag: str,
        taken: Counter[str],
        on_progress: Callable[[Path, float], object],
    ) -> Save:
        path = self.folder / self._name(asset, taken)
        return Save(
            asset=asset,
            path=path,
            exact=self.file is not None,
            overwrite=self.overwrite,
            tag=tag,
            report=lambda fraction: _ignore(on_progress(path, fraction)),
        )

    def _name(self, asset: Asset, taken: Counter[str]) -> str:
        name = file_name(asset.name, self.folder)
        stem = Path(self.file).stem if self.file else name
        if self.file and asset.kind != "track":
            stem = shortened(f"{stem}-{name}", self.folder, room=_ROOM)
        suffix = self._suffix(asset)
        taken[stem + suffix] += 1
        count = taken[stem + suffix]
        return f"{stem}-{count}{suffix}" if count > 1 else f"{stem}{suffix}"

    def _suffix(self, asset: Asset) -> str:
        if self.file is None or asset.kind not in ("track", "stem"):
            return f".{extension(asset.containers[0])}"
        if callable(asset.source):
            refuse_container(self.file, asset.containers)
        return Path(self.file).suffix


def destination(to: str | Path, *, overwrite: bool = False, resuming: bool = False) -> Destination:
    """Make ready to write to `to`: a file if it has an audio extension, else a folder.

    Creates the folder. Raises `TargetError` when it cannot be written to, or when the file
    exists and is not to be overwritten; unless `resuming`, when it may be this job's own.
    """
    path = Path(to).expanduser()
    with told(path):
        return _destination(path, str(to), overwrite=overwrite, resuming=resuming)


def _destination(path: Path, to: str, *, overwrite: bool, resuming: bool) -> Destination:
    if "\0" in to:
        raise TargetError(f"{to!r} is no name of a file: it has a NUL in it")
    try:
        os.fsencode(to)
    except UnicodeError as error:
        raise TargetError(
            f"{to!r} is no name of a file: {error}", advice="choose another name"
        ) from error
    if not to.endswith(("/", "\\")) and path.suffix and not path.is_dir():
        return _file(path, overwrite=overwrite, resuming=resuming)
    _prove_writable(path)
    return Destination(folder=path, overwrite=overwrite)


def refuse_container(file: str | Path, makes: Sequence[str]) -> None:
    """Raise `TargetError` when a backend that makes its files itself cannot make this one."""
    wanted = Path(file).suffix.lower().lstrip(".")
    wanted = ALIASES.get(wanted, wanted)
    if wanted in AUDIO and wanted not in makes:
        raise TargetError(
            f"this backend cannot make a .{wanted} file, but {', '.join(makes)}",
            advice="choose one of those extensions",
        )


def refuse_other(file: str | Path, sends: Sequence[str]) -> None:
    """Raise `TargetError` when a file of this name cannot be had from a backend whose files come in
    the containers `sends` (none: not known), nor be made of them here."""
    path = Path(file)
    if container_named(path) in AUDIO and not path.is_dir():
        refuse_unwritable(path, sends)


def _file(path: Path, *, overwrite: bool, resuming: bool) -> Destination:
    if path.suffix.lower().lstrip(".") not in {*AUDIO, *ALIASES}:
        raise TargetError(
            f"{path} ends in {path.suffix}, which is no audio file",
            advice=f"end it in {', '.join('.' + name for name in COMMON)} or another extension of"
            " audio; or in a slash, if it is to be a folder",
        )
    if not fits(path.name, path.parent):
        raise TargetError(
            f"{path.name[:40]!r}… is too long for the name of a file: it takes"
            f" {len(os.fsencode(path.name))} bytes",
            advice="choose a shorter name",
        )
    if os.path.lexists(path) and not (overwrite or resuming):  # a link that leads nowhere, too
        raise TargetError(
            f"{path} exists already", advice="choose another name, or allow overwriting"
        )
    _prove_writable(path.parent)
    return Destination(folder=path.parent, file=path.name, overwrite=overwrite)


def _prove_writable(folder: Path) -> None:
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            _tried.cache_clear()
        _tried(folder.absolute())


@lru_cache(maxsize=256)
def _tried(folder: Path) -> None:
    """Make a file there and let it go: nothing else proves it, but once is enough for all jobs
    of a process, as long as nobody takes the right away."""
    with tempfile.TemporaryFile(dir=folder):
        pass


def _ignore(_answer: object) -> None:
    """A callback's answer is nobody's business."""
