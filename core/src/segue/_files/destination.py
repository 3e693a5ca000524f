"""The destination and the names of files, validated before any money is spent."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from segue._files.atomic import os_errors_as_target_error
from segue._files.convert import container_named, doubtful
from segue._files.filenames import ended, file_name, fits, name_of_job, numbered, shortened
from segue.containers import ALIASES, AUDIO, COMMON, extension
from segue.errors import TargetError
from segue.flow import Save
from segue.job import Asset
from segue.provider import Expected

_ROOM = 16
"""Bytes of a name that are left to a number and the extension."""

__all__ = ["Destination", "destination", "file_name", "foreseen", "refuse_container"]


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that can be written to and, if the user named a file, that file's name.

    `keep_original` says that a file which is converted stays beside the converted one, `tags` that
    tags are written.
    """

    folder: Path
    file: str | None = None
    overwrite: bool = False
    keep_original: bool = False
    tags: bool = False

    def saves(
        self,
        assets: Sequence[Asset],
        *,
        tag: str,
        on_progress: Callable[[Path, float], object],
        words: Callable[[Asset], str] = lambda asset: asset.name,
    ) -> list[Save]:
        """The saves of a job's assets: the first track has the user's name, the others longer ones.
        In a folder a name is made of `words` and `tag`, the job's name, which also distinguishes
        this job's unfinished files from another's."""
        taken: Counter[str] = Counter()
        stems = (self._stem(asset, words(asset), tag) for asset in assets)
        saves = [
            self._save(asset, tag, self._name(asset, stem, taken), on_progress)
            for asset, stem in zip(assets, stems, strict=True)
        ]
        first = next((save for save in saves if save.asset.kind == "track"), None)
        return [
            save if save is first else msgspec.structs.replace(save, free=True) for save in saves
        ]

    def _save(
        self,
        asset: Asset,
        tag: str,
        name: str,
        on_progress: Callable[[Path, float], object],
    ) -> Save:
        path = self.folder / name
        return Save(
            asset=(chosen := self._chosen(asset)),
            usual=asset if chosen is not asset else None,
            path=path,
            exact=self.file is not None,
            overwrite=self.overwrite,
            keep=self.keep_original,
            tag=tag,
            report=lambda fraction: _ignore(on_progress(path, fraction)),
        )

    def _chosen(self, asset: Asset) -> Asset:
        """The asset as the user's name for the file wants it, where the vendor has it so, too."""
        wanted = container_named(Path(self.file)) if self.file else ""
        source = asset.instead.get(wanted)
        if source is None:
            return asset
        return msgspec.structs.replace(asset, containers=(wanted,), source=source)

    def _stem(self, asset: Asset, words: str, job: str) -> str:
        stem = Path(self.file).stem if self.file else name_of_job(words, job, self.folder)
        part = file_name(asset.name, self.folder)
        if asset.kind == "track" or (not self.file and part == file_name(words, self.folder)):
            return stem
        return shortened(f"{stem}-{part}", self.folder, room=_ROOM)

    def _name(self, asset: Asset, stem: str, taken: Counter[str]) -> str:
        suffix = self._suffix(asset)
        taken[alike := (stem + suffix).casefold()] += 1  # as some file systems compare them
        count = taken[alike]
        return ended(stem, f"-{count}{suffix}" if count > 1 else suffix, self.folder)

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
    with os_errors_as_target_error(path):
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
    if not _is_folder(path, to):
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


def foreseen(
    to: str | Path, coming: Expected, *, backend: str, makes: bool = False, overwrite: bool = False
) -> tuple[str, ...]:
    """Notes for the user, before anything is spent, on the files that will be saved to `to`.

    Raises `TargetError` for a container that is not available, and for a file whose name, or
    that of a later track, is taken. `makes` says that the backend makes its files itself, of the
    kind that is named.
    """
    path = Path(to).expanduser()
    with os_errors_as_target_error(path):
        if _is_folder(path, str(to)) or container_named(path) not in AUDIO:
            return ()
        doubt = () if makes else doubtful(path, coming.containers, backend)
        names = _names(path, coming.tracks or 1)
        taken = next((name for name in names if os.path.lexists(name)), None)
        if taken is not None and not overwrite:
            raise _taken(taken, names)
    if len(names) == 1:
        return doubt
    listed = ", ".join(name.name for name in names)
    return (*doubt, f"{backend} makes {len(names)} tracks of this: {listed}")


def _names(path: Path, tracks: int) -> list[Path]:
    """The names of so many tracks, where the first is named."""
    return [path, *(numbered(path, number) for number in range(2, tracks + 1))]


def _taken(path: Path, names: Sequence[Path]) -> TargetError:
    others = f", and {len(names)} tracks will come" if len(names) > 1 else ""
    return TargetError(
        f"{path} exists already{others}", advice="choose another name, or allow overwriting"
    )


def _is_folder(path: Path, to: str) -> bool:
    return to.endswith(("/", "\\")) or not path.suffix or path.is_dir()


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
        raise _taken(path, [path])
    _prove_writable(path.parent)
    return Destination(folder=path.parent, file=path.name, overwrite=overwrite)


def _prove_writable(folder: Path) -> None:
    with os_errors_as_target_error(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            _tried.cache_clear()
        _tried(folder.absolute())


@lru_cache(maxsize=256)
def _tried(folder: Path) -> None:
    """Make a file there and let it go: nothing else proves it, but once is enough for all jobs
    of a process, unless permissions change."""
    from tempfile import TemporaryFile  # noqa: PLC0415 - only a client that saves needs it

    with TemporaryFile(dir=folder):
        pass


def _ignore(_answer: object) -> None:
    """Discard the return value."""
