"""Join audio pieces into one file, atomically. Runs as `Work`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import struct
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from segue._files.part_file import claimed, opened_apart, taken
from segue.containers import HEAD, id3_length, mp3_frame
from segue.errors import DownloadError, TargetError
from segue.job import Saved

_CHUNK = 1 << 16


def join(pieces: Sequence[Saved], target: Path, *, overwrite: bool) -> Saved:
    """Write the pieces in order to `target`, and then delete them.

    Raises `DownloadError` when their formats differ; the pieces are not deleted then.
    """
    found = {piece.container for piece in pieces}
    kind = found.pop() if len(found) == 1 else ""
    if kind not in JOINED:
        raise DownloadError("the pieces are of different kinds and cannot be joined")
    target = target.with_suffix(f".{kind}")
    try:
        size, digest = _whole([piece.path for piece in pieces], kind, target, overwrite=overwrite)
    except OSError as error:
        raise TargetError(f"cannot write {target}: {error.strerror or error}") from error
    for piece in pieces:
        piece.path.unlink(missing_ok=True)
    return Saved(path=target, bytes=size, sha256=digest, container=kind)


def _mp3(paths: Sequence[Path], file: BinaryIO) -> None:
    """Concatenate MP3 pieces, which are streams of frames, without their tags.

    An encoder may write the length of a piece into a silent first frame (Xing), which players
    trust. So only the first piece retains that frame, with the length of the whole file.
    """
    for path in paths:
        with path.open("rb") as piece:
            start = id3_length(piece.read(10))
            piece.seek(start)
            head = piece.read(HEAD)
            retained = not file.tell() and _XING.search(head)
            piece.seek(start + (0 if retained else _xing_length(head)))
            shutil.copyfileobj(piece, file, _CHUNK)
        _drop_old_tag(file)
    _update_xing(file)


_XING = re.compile(b"Xing|Info")


def _xing_length(head: bytes) -> int:
    """The bytes of a first frame that holds the piece's length and no sound; else 0."""
    return mp3_frame(head) if _XING.search(head) or b"VBRI" in head else 0


def _update_xing(file: BinaryIO) -> None:
    """Correct the Xing frame, if there is one: the number of frames and of bytes, and a table of a
    hundred positions (taken to be even)."""
    file.seek(0)
    head = file.read(HEAD)
    if (mark := _XING.search(head)) and (note := mp3_frame(head)):
        sounding, size = _frames(file, note), file.seek(0, os.SEEK_END)
        even = bytes(step * 256 // 100 for step in range(100))
        fields = (struct.pack(">I", sounding), struct.pack(">I", size), even)
        (flags,) = struct.unpack(">I", head[mark.end() : mark.end() + 4])
        file.seek(mark.end() + 4)
        file.write(b"".join(field for bit, field in enumerate(fields) if flags >> bit & 1))
    file.seek(0, os.SEEK_END)


def _frames(file: BinaryIO, place: int) -> int:
    """The number of frames from `place` on."""
    count = 0
    file.seek(place)
    while length := mp3_frame(file.read(4)):
        place += length
        count += 1
        file.seek(place)
    return count


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
    """Write the samples of WAV pieces under a new header, which holds their length."""
    shape: tuple[int, int, int] | None = None
    try:
        with wave.open(file, "wb") as whole:
            for path in paths:
                with wave.open(str(path), "rb") as piece:
                    found = (piece.getnchannels(), piece.getsampwidth(), piece.getframerate())
                    if shape is None:
                        whole.setparams((*found, 0, "NONE", "not compressed"))
                    elif found != shape:
                        raise DownloadError("the pieces differ in rate or channels")
                    shape = found
                    while frames := piece.readframes(_CHUNK):
                        whole.writeframesraw(frames)
    except (wave.Error, EOFError) as error:
        raise DownloadError(f"a piece cannot be read as WAV: {error}") from error


def _whole(paths: Sequence[Path], kind: str, target: Path, *, overwrite: bool) -> tuple[int, str]:
    """Write the joined file under an unpredictable name, then rename it; returns its size and
    SHA-256."""
    part, file = opened_apart(target)
    try:
        with file:
            JOINED[kind](paths, file)
            file.flush()
            os.fsync(file.fileno())
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if overwrite:
            part.replace(target)
        elif not claimed(part, target):
            raise taken(target)
    finally:
        part.unlink(missing_ok=True)
    return size, digest


JOINED: dict[str, Callable[[Sequence[Path], BinaryIO], None]] = {"mp3": _mp3, "wav": _wav}
"""The containers that can be joined, and their functions."""
