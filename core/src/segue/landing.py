"""Where a file lands: streamed to `NAME.part`, verified, then renamed; whole or not at all.

Both drivers use this, so it knows nothing of requests: it is told what length to expect, fed
bytes, and asked to finish. Peak memory does not grow with the file.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from segue.containers import ALIASES, AUDIO, BESIDE, HEAD, container_beside
from segue.converting import CannotConvert, container_named, convert
from segue.errors import DownloadError, TargetError
from segue.flow import Save
from segue.job import Saved, Target
from segue.naming import ended, fits, numbered
from segue.soundness import Sound, Unsound, examined
from segue.unfinished import claimed, is_same, opened, opened_apart, taken

logger = logging.getLogger("segue")

_CHUNK = 1 << 20


class Landing:
    """One file on its way to disk. Use it as a context manager: it never leaves a handle open.

    A `.part` file of a failed attempt is removed, so that nothing half-done stays behind.
    """

    def __init__(self, save: Save, *, limit: int | None = None) -> None:
        self._save = save
        self._limit = limit
        with told(save.path):
            save.path.parent.mkdir(parents=True, exist_ok=True)
            if not fits(save.path.name, save.path.parent):
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
            self._part, self._file = opened(save.path, save.tag)
            self._opened = os.fstat(self._file.fileno())
        self._landed = False
        self._written = 0
        self._digest: hashlib._Hash | None = hashlib.sha256()  # None: of bytes not seen here
        self.expected: int | None = None  # bytes of the whole file, once known
        self.media_type = ""  # what the server calls it
        self.assured = True  # whether the transport proves that all of it came

    @property
    def written(self) -> int:
        """How many bytes are there: where an interrupted transfer goes on."""
        return self._written

    def restart(self) -> None:
        """Forget what is there: the server sends it all again."""
        self._file.seek(0)
        self._file.truncate()
        self._written, self._digest = 0, hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Append a chunk; raise `TargetError` on a full disk, `DownloadError` over the cap."""
        written = self._written + len(chunk)
        if self._limit is not None and written > self._limit:
            raise DownloadError(
                f"the file is larger than the limit of {self._limit // 1_000_000} MB",
                advice="raise max_download_mb under [http] in the configuration",
            )
        try:
            self._file.write(chunk)
        except OSError as error:
            raise refusal(self._save.path, error) from error
        self._written = written
        if self._digest is not None:
            self._digest.update(chunk)  # now, while it is at hand: reading it again costs more
        if self._save.report and self.expected:
            self._save.report(min(written / self.expected, 1.0))

    def make(self) -> Saved:
        """Let the asset's maker write the file, then finish it."""
        source = self._save.asset.source
        if not callable(source):
            raise TypeError("this asset is a request, not a maker")
        report = self._save.report or (lambda _fraction: None)
        with told(self._save.path):
            source(Target(file=self._file, container=self._wanted(), report=report))
            self._written, self._digest = self._file.seek(0, os.SEEK_END), None
        return self.finish()

    def finish(self) -> Saved:
        """Flush to disk, verify, rename; raise `DownloadError` when it is not what it should be."""
        with told(self._save.path):
            size = self.written
            self._file.flush()
            os.fsync(self._file.fileno())
            container, verified = self._verified(size)
            digest = self._digest.hexdigest() if self._digest else _sha256(self._file)
            if not self._ours():
                self._move_apart()
            self._file.close()
            if (wanted := self._other(container)) and self._convert(wanted):
                container, size, digest = wanted, self._written, _digest_of(self._part)
            path = self._settle(container, size, digest)
        self._landed = True
        if not verified:
            logger.warning("%s is of a kind that cannot be verified here", path)
        return Saved(
            path=path,
            bytes=size,
            sha256=digest,
            container=container,
            kind=self._save.asset.kind,
            verified=verified,
        )

    def _wanted(self) -> str:
        suffix = self._save.path.suffix.lower().lstrip(".")
        offered = self._save.asset.containers
        return suffix if suffix in offered else offered[0]

    def _verified(self, size: int) -> Sound:
        if size == 0:
            raise DownloadError("the file is empty")
        if self.expected is not None and size != self.expected:
            raise DownloadError(f"the file has {size} bytes, but {self.expected} were announced")
        asset = self._save.asset
        if asset.kind not in ("track", "stem"):
            container = container_beside(_first_bytes(self._file, HEAD), asset.containers[0])
            return Sound(container)
        try:
            return examined(self._file, media_type=self.media_type, assured=self.assured)
        except Unsound as error:
            raise DownloadError(str(error)) from error

    def _other(self, container: str) -> str | None:
        """The container that the user's own name for the file wants, if it is another one."""
        wanted = container_named(self._save.path)
        named = self._save.exact and self._save.asset.kind in ("track", "stem")
        return wanted if named and wanted in AUDIO and wanted != container else None

    def _convert(self, wanted: str) -> bool:
        """Put the converted file in the place of what arrived, once it is verified; or leave that
        as it is, and say why."""
        part, file = opened_apart(self._save.path)
        with file:
            try:
                convert(self._part, part, wanted)
                examined(file)
                os.fsync(file.fileno())
            except (CannotConvert, Unsound) as error:
                part.unlink(missing_ok=True)
                name = self._save.path.name
                logger.warning(
                    "%s is saved as it came, for it cannot be converted: %s", name, error
                )
                return False
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            self._written, self._opened = file.seek(0, os.SEEK_END), os.fstat(file.fileno())
        self._part.unlink(missing_ok=True)
        self._part = part
        return True

    def _settle(self, container: str, size: int, digest: str) -> Path:
        """The name that the finished file has in the end. A file of the same bytes that has
        that name already is the same file: a process died after saving it, before saying so."""
        path = self._save.path
        told = path.suffix.lower().lstrip(".")
        if container_named(path) != container:
            known = told in {*AUDIO, *ALIASES, *BESIDE, "bin"}
            stem = path.stem if known else path.name
            path = path.with_name(ended(stem, f".{container}", path.parent))
        if self._save.overwrite:
            self._part.replace(path)
            return path
        candidates = iter([path]) if self._exact(path) else _numbered(path)
        landed = next(name for name in candidates if _is(name, size, digest) or self._claimed(name))
        self._part.unlink(missing_ok=True)
        return landed

    def _claimed(self, name: Path) -> bool:
        done = claimed(self._part, name)
        if not done and self._exact(name):
            raise taken(name)
        return done

    def _exact(self, name: Path) -> bool:
        """Whether it must be this name: the one that the user chose, and no other."""
        save = self._save
        return save.exact and not save.free and name.suffix == save.path.suffix

    def _ours(self) -> bool:
        """Whether the unfinished file is the one that was opened here, and not another's."""
        return is_same(self._part, self._opened)

    def _move_apart(self) -> None:
        """Another who saves the same has taken the unfinished file's name: its bytes, which may
        be paid for, go on under a name of their own."""
        self._part, copy = opened_apart(self._save.path)
        with copy:
            self._opened = os.fstat(copy.fileno())
            self._file.seek(0)
            shutil.copyfileobj(self._file, copy, _CHUNK)
            copy.flush()
            os.fsync(copy.fileno())

    def __enter__(self) -> Landing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ours = not self._landed and self._ours()
        with suppress(OSError):  # a full disk, once more: it has been told
            self._file.close()
        if ours:
            self._part.unlink(missing_ok=True)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into a `TargetError` that says what to do."""
    try:
        yield
    except OSError as error:
        other = error.filename if isinstance(error, FileExistsError) else None
        raise refusal(Path(other) if isinstance(other, str) else path, error) from error


def refusal(path: Path, error: OSError) -> TargetError:
    """What the file system refused, and what to do about it."""
    reason = error.strerror or str(error)
    advice = {
        errno.ENOSPC: "free some space on that disk, or choose another folder",
        errno.EDQUOT: "free some space on that disk, or choose another folder",
        errno.EFBIG: "the file system takes no file of that size: choose another folder",
        errno.EEXIST: "choose another name, or allow overwriting",
        errno.ENAMETOOLONG: "choose a shorter name, or a folder with a shorter path",
    }.get(error.errno or 0, "choose another file or folder")
    return TargetError(f"cannot write {path}: {reason.lower()}", advice=advice)


def _first_bytes(file: BinaryIO, count: int) -> bytes:
    file.seek(0)
    return file.read(count)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return _sha256(file)


def _is(path: Path, size: int, digest: str) -> bool:
    if not path.is_file() or path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        return _sha256(file) == digest


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    for number in itertools.count(2):
        yield numbered(path, number)
