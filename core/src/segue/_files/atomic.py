"""Write a file atomically: streamed to `NAME.part`, verified, then renamed.

Both drivers use this, so it knows nothing of requests: it takes the length to expect, then
bytes, then `finish`. Peak memory does not grow with the file.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import BinaryIO

import msgspec

from segue._files.filenames import ended, fits
from segue._files.final_name import ORIGINAL, settle
from segue._files.finish import Whole, finished, may_be_tagged
from segue._files.part_file import is_same, opened, opened_apart
from segue._files.soundness import Sound, Unsound, examined
from segue.containers import HEAD, container_beside
from segue.errors import DownloadError, TargetError
from segue.flow import Save
from segue.job import Saved, Target

logger = logging.getLogger("segue")

_CHUNK = 1 << 20


class Landing:
    """One file on its way to disk. Use it as a context manager: it never leaves a handle open.

    A `.part` file of a failed attempt is removed, so that nothing half-done stays behind.
    """

    def __init__(self, save: Save, *, limit: int | None = None, stop: Event | None = None) -> None:
        self._save = save
        self._limit = limit
        with os_errors_as_target_error(save.path):
            save.path.parent.mkdir(parents=True, exist_ok=True)
            if not fits(save.path.name, save.path.parent):
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
            self._part, self._file = opened(save.path, save.tag)
            self._opened = os.fstat(self._file.fileno())
        self._landed = self.closed = False
        self._made: Path | None = None  # what was made of it, under a name for the time being
        self._stop = stop or Event()
        self._written = 0
        self._digest = self._hash()
        self.expected: int | None = None  # bytes of the whole file, once known
        self.media_type = ""  # what the server calls it
        self.assured = True  # whether the transport proves that all of it came

    @property
    def written(self) -> int:
        """The number of written bytes, from which an interrupted transfer resumes."""
        return self._written

    def restart(self) -> None:
        """Forget what is there: the server sends it all again."""
        self._file.seek(0)
        self._file.truncate()
        self._written, self._digest = 0, self._hash()

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
        with os_errors_as_target_error(self._save.path):
            source(Target(file=self._file, container=self._wanted(), report=report))
            self._written, self._digest = self._file.seek(0, os.SEEK_END), None
        return self.finish()

    def finish(self) -> Saved:
        """Flush to disk, verify, convert and tag what is to be, rename; raise `DownloadError` when
        it is not what it should be."""
        with os_errors_as_target_error(self._save.path):
            size = self.written
            self._file.flush()
            os.fsync(self._file.fileno())
            container, verified = self._verified(size)
            digest = self._digest.hexdigest() if self._digest else None
            if not self._ours():
                self._move_apart()
            self._file.close()
            whole = finished(Whole(part=self._part, container=container), self._save, self._stop)
            self._made = whole.part
            saved = self._settled(whole, self._save, size, digest)
            original = self._beside(whole.before, saved.path, size, digest)
        self._landed = True
        if not verified:
            logger.warning("%s is of a kind that cannot be verified here", saved.path)
        return msgspec.structs.replace(saved, verified=verified, original=original)

    def stop(self) -> None:
        """Stop what still works on a file that is no longer wanted."""
        self._stop.set()

    def _hash(self) -> hashlib._Hash | None:
        """For the bytes as they come in; None where tags will make another file of them."""
        return None if may_be_tagged(self._save) else hashlib.sha256()

    def _settled(self, whole: Whole, save: Save, size: int, digest: str | None) -> Saved:
        """The file under the name that it has in the end; `size` and `digest` are those of what
        arrived, the latter None where it was not computed."""
        if (made := whole.part != self._part) or digest is None:
            size, digest = _facts(whole.part)
        own = whole.part.stat()
        path = settle(
            whole.part, save, container=whole.container, size=size, digest=digest, made=made
        )
        if made and not os.path.samestat(path.stat(), own):  # the same piece, saved before
            size, digest = _facts(path)
        return Saved(
            path=path,
            bytes=size,
            sha256=digest,
            container=whole.container,
            kind=save.asset.kind,
            notes=whole.notes,
        )

    def _beside(
        self, arrived: Whole | None, path: Path, size: int, digest: str | None
    ) -> Saved | None:
        """Save the original beside the converted file, if requested."""
        if arrived is None or not self._save.keep:
            return None
        name = path.with_name(ended(path.stem, f"{ORIGINAL}.{arrived.container}", path.parent))
        save = msgspec.structs.replace(self._save, path=name, exact=False)
        return msgspec.structs.replace(
            self._settled(arrived, save, size, digest), kind="original", notes=()
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

    def _ours(self) -> bool:
        """Whether the unfinished file is the one that was opened here, and not another's."""
        return is_same(self._part, self._opened)

    def _move_apart(self) -> None:
        """Another who saves the same has taken the unfinished file's name: its bytes, which may
        be paid for, go on under a name of their own."""
        from shutil import copyfileobj  # noqa: PLC0415 - it brings every archive format along

        self._part, copy = opened_apart(self._save.path)
        with copy:
            self._opened = os.fstat(copy.fileno())
            self._file.seek(0)
            copyfileobj(self._file, copy, _CHUNK)
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
        self.closed = True
        ours = self._ours()
        with suppress(OSError):  # a full disk, once more: it has been reported
            self._file.close()
        if ours:
            self._part.unlink(missing_ok=True)
        if self._made is not None and self._made != self._part:
            self._made.unlink(missing_ok=True)


@contextmanager
def os_errors_as_target_error(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into a `TargetError` that says what to do."""
    try:
        yield
    except OSError as error:
        other = error.filename if isinstance(error, FileExistsError) else None
        raise refusal(Path(other) if isinstance(other, str) else path, error) from error


def refusal(path: Path, error: OSError) -> TargetError:
    """The error for a refusal of the file system, with advice."""
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


def _facts(path: Path) -> tuple[int, str]:
    """Its bytes, and their SHA-256."""
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
