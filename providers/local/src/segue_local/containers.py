"""Encoders: a stream of samples into an open file, as WAV, FLAC, Ogg Vorbis or MP3.

libsndfile writes through callbacks, and an exception inside a callback is lost. The file is
therefore wrapped: the wrapper remembers what went wrong, and the encoder raises it after every
block.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, BinaryIO, cast

import numpy as np
import soundfile  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray

from segue_local.ogg import Pages
from segue_local.synth.sound import RATE

CONTAINERS = ("wav", "flac", "ogg", "mp3")
"""The containers that can be written."""

_FORMATS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
_FRAMES = 16_384
"""Frames in one write: libsndfile's Vorbis encoder crashes on a minute in one piece."""


class Encoder:
    """Writes 16-bit stereo into a file that its caller has opened and will flush and close.

    A context manager. The file's `OSError`, such as a full disk, comes out of `write` or at exit.
    """

    def __init__(self, file: BinaryIO, container: str, tags: Mapping[str, str]) -> None:
        """Begin a file; `tags` are written where the container has room for them.

        Raises `ValueError` for an unknown container.
        """
        if container not in CONTAINERS:
            raise ValueError(f"container {container!r} is not one of {', '.join(CONTAINERS)}")
        form, subtype = _FORMATS[container]
        self._whole = subtype == "PCM_16"
        """Whether whole numbers are written. Fed with those, the MP3 encoder of libsndfile 1.2.2
        gives other bytes on every run; fed with floats it does not."""
        serial = zlib.crc32(repr(sorted(tags.items())).encode())
        self._sink = _Sink(file, Pages(serial) if container == "ogg" else None)
        try:
            self._sound = soundfile.SoundFile(
                cast("Any", self._sink), "w", RATE, 2, subtype=subtype, format=form
            )
        except soundfile.LibsndfileError:
            self._sink.complain()
            raise
        for name, text in tags.items():
            setattr(self._sound, name, text)
        self._sink.complain()

    def write(self, samples: NDArray[np.int16]) -> None:
        """Write (frames, 2) samples."""
        for at in range(0, len(samples), _FRAMES):
            chunk = samples[at : at + _FRAMES]
            try:
                self._sound.write(
                    chunk if self._whole else chunk.astype(np.float32) / np.float32(32_768)
                )
            except (
                soundfile.LibsndfileError,
                AssertionError,
            ):  # soundfile asserts that all was written
                self._sink.complain()
                raise
            self._sink.complain()

    def __enter__(self) -> Encoder:
        """Hand out the encoder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file: headers and last pages."""
        try:
            self._sound.close()
        except soundfile.LibsndfileError:
            if error is None:
                self._sink.complain()
                raise
        if error is None:
            self._sink.complain()


class _Sink:
    """The file as libsndfile sees it: never raises, and takes nothing more after a failure."""

    def __init__(self, file: BinaryIO, pages: Pages | None) -> None:
        self._file = file
        self._pages = pages
        self._failure: BaseException | None = None
        self._taken = 0

    def complain(self) -> None:
        """Raise what went wrong in a callback, if anything did."""
        if self._failure is not None:
            raise self._failure

    def write(self, data: bytes) -> int:
        if self._failure is not None:
            return 0
        try:
            for piece in self._pages.feed(bytes(data)) if self._pages else (bytes(data),):
                self._write_all(piece)
        except BaseException as failure:  # anything that escaped here would be printed and lost
            self._failure = failure
            return 0
        self._taken += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if self._pages:  # an Ogg stream is written straight on; pages in waiting have no place yet
            return self._taken
        return self._guarded(lambda: self._file.seek(offset, whence))

    def tell(self) -> int:
        return self._taken if self._pages else self._guarded(self._file.tell)

    def read(self, count: int = -1) -> bytes:
        if self._failure is not None:
            return b""
        try:
            return self._file.read(count)
        except BaseException as failure:
            self._failure = failure
            return b""

    def flush(self) -> None:
        """Nothing: the file's owner flushes it."""

    def _write_all(self, piece: bytes) -> None:
        """Write every byte, also to a raw file that takes only some at a time."""
        view = memoryview(piece)
        while view:
            written = self._file.write(view)
            view = view[len(view) if written is None else written :]

    def _guarded(self, action: Callable[[], int]) -> int:
        if self._failure is not None:
            return 0
        try:
            return action()
        except BaseException as failure:
            self._failure = failure
            return 0
