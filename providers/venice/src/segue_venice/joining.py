"""Joining spoken pieces into one file, whole or not at all. Runs as `Work`."""

from __future__ import annotations

import hashlib
import os
import shutil
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from segue.containers import id3_length
from segue.errors import DownloadError, TargetError
from segue.job import Saved

_CHUNK = 1 << 16


def join(pieces: Sequence[Saved], target: Path, *, overwrite: bool) -> Saved:
    """Write the pieces one after the other to `target`, and delete them when that is done.

    Raises `DownloadError` when they are not alike; the pieces are kept then.
    """
    found = {piece.container for piece in pieces}
    kind = found.pop() if len(found) == 1 else ""
    if kind not in JOINED:
        raise DownloadError("the spoken pieces are of different kinds and cannot be joined")
    target = target.with_suffix(f".{kind}")
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("w+b") as file:
            JOINED[kind]([piece.path for piece in pieces], file)
            file.flush()
            os.fsync(file.fileno())
            size, digest = file.seek(0, os.SEEK_END), _sha256(file)
        _settle(part, target, overwrite=overwrite)
    except OSError as error:
        raise TargetError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    for piece in pieces:
        piece.path.unlink(missing_ok=True)
    return Saved(path=target, bytes=size, sha256=digest, container=kind)


def _mp3(paths: Sequence[Path], file: BinaryIO) -> None:
    """MP3 is a stream of frames: pieces follow each other as they are, without their tags."""
    for path in paths:
        with path.open("rb") as piece:
            piece.seek(id3_length(piece.read(10)))
            shutil.copyfileobj(piece, file, _CHUNK)
        _drop_old_tag(file)


def _drop_old_tag(file: BinaryIO) -> None:
    """Cut off an ID3v1 tag: the last 128 bytes, if they begin with TAG."""
    end = file.tell()
    if end >= 128:
        file.seek(end - 128)
        if file.read(3) == b"TAG":
            file.truncate(end - 128)
            end -= 128
    file.seek(end)


def _wav(paths: Sequence[Path], file: BinaryIO) -> None:
    """WAV has a header that says how long it is, so the samples are written anew."""
    shape: tuple[int, int, int] | None = None
    try:
        with wave.open(file, "wb") as whole:
            for path in paths:
                with wave.open(str(path), "rb") as piece:
                    found = (piece.getnchannels(), piece.getsampwidth(), piece.getframerate())
                    if shape is None:
                        whole.setparams((*found, 0, "NONE", "not compressed"))
                    elif found != shape:
                        raise DownloadError("the spoken pieces differ in rate or channels")
                    shape = found
                    while frames := piece.readframes(_CHUNK):
                        whole.writeframesraw(frames)
    except (wave.Error, EOFError) as error:
        raise DownloadError(f"a spoken piece cannot be read as WAV: {error}") from error


def _settle(part: Path, target: Path, *, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise FileExistsError(0, "the file exists")
    part.replace(target)


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


JOINED: dict[str, Callable[[Sequence[Path], BinaryIO], None]] = {"mp3": _mp3, "wav": _wav}
"""The containers that can be joined rightly, and how."""
