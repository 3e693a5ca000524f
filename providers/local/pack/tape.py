"""One file of the pack: recordings one after the other, with a little silence between them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]  # it ships no types
from bake import Audio

from segue_local.ogg import Pages

_GAP = 1024  # frames of silence between two recordings
_SQUEEZE = 0.5  # soundfile's compression_level: 0 best, 1 smallest


class Tape:
    """Recordings one after the other."""

    def __init__(self, channels: int) -> None:
        """One channel, or two."""
        self._channels = channels
        self._pieces: list[Audio] = [np.zeros((channels, _GAP))]

    def add(self, audio: Audio) -> int:
        """Put a recording behind the others; the frame at which it begins."""
        at: int = sum(piece.shape[1] for piece in self._pieces)
        self._pieces += [audio, np.zeros((self._channels, _GAP))]
        return at

    def write(self, path: Path, rate: int) -> None:
        """Write an Ogg file with a serial number of its name, so that it is the same each time."""
        frames = np.ascontiguousarray(np.concatenate(self._pieces, axis=1).T, np.float32)
        file = io.BytesIO()
        with soundfile.SoundFile(
            file, "w", rate, self._channels, format="OGG", subtype="VORBIS",
            compression_level=_SQUEEZE,
        ) as sound:  # fmt: skip
            for at in range(0, len(frames), 16_384):  # a minute in one write crashes libsndfile
                sound.write(frames[at : at + 16_384])
        serial = sum(path.stem.encode())
        path.write_bytes(b"".join(Pages(serial).feed(file.getvalue())))
