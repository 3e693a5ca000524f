"""Sound in an MP4 container, as producer's audio comes: lossless, in frames of plain samples.

MusicAPI's `.m4a` surely hold AAC, for which there is no encoder here. These hold Apple Lossless
(ALAC) frames that are not compressed, which every player of `.m4a` knows as well. Laid out by
ISO/IEC 14496-12 (boxes) and by the ALAC reference's description of its cookie and its frames.
"""

from __future__ import annotations

import io
import struct

import numpy as np
import soundfile  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray

FRAME = 4096
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def from_wav(content: bytes) -> bytes:
    """An audio file's samples, at 16 bits and in one channel, as `.m4a`."""
    samples, rate = soundfile.read(io.BytesIO(content), dtype="int16", always_2d=True)
    mono = np.asarray(samples[:, 0], np.int16)
    frames = [_frame(mono[at : at + FRAME]) for at in range(0, len(mono), FRAME)]
    kind = _box(b"ftyp", b"M4A " + bytes(4) + b"M4A mp42isom")
    # The offset of the samples is known once the length of what stands before them is.
    before = len(kind) + len(_movie(frames, len(mono), rate, 0)) + 8
    movie = _movie(frames, len(mono), rate, before)
    return kind + movie + _box(b"mdat", b"".join(frames))


def _frame(samples: NDArray[np.int16]) -> bytes:
    """One ALAC frame, not compressed: a mono element with its number of samples, and the end."""
    whole = len(samples) == FRAME
    head = _bits(0, 3) + _bits(0, 4) + _bits(0, 12) + _bits(not whole, 1) + _bits(0, 2)
    head += _bits(1, 1) + ([] if whole else _bits(len(samples), 32))
    plain = np.unpackbits(samples.astype(">i2").view(np.uint8))
    bits = np.concatenate([np.array(head, np.uint8), plain, np.array([1, 1, 1], np.uint8)])
    return np.packbits(bits).tobytes()


def _bits(value: int, width: int) -> list[int]:
    return [value >> place & 1 for place in reversed(range(width))]


def _movie(frames: list[bytes], samples: int, rate: int, offset: int) -> bytes:
    times = struct.pack(">2I", 0, 0)
    movie = times + struct.pack(">2I", rate, samples)
    movie += struct.pack(">IH10x", 0x10000, 0x100) + _MATRIX + bytes(24) + struct.pack(">I", 2)
    track = times + struct.pack(">3I8x2hH2x", 1, 0, samples, 0, 0, 0x100) + _MATRIX + bytes(8)
    return _box(
        b"moov",
        _full(b"mvhd", movie)
        + _box(
            b"trak",
            _full(b"tkhd", track, flags=7) + _box(b"mdia", _media(frames, samples, rate, offset)),
        ),
    )


def _media(frames: list[bytes], samples: int, rate: int, offset: int) -> bytes:
    head = _full(b"mdhd", struct.pack(">4I2H", 0, 0, rate, samples, 0x55C4, 0))
    handler = _full(b"hdlr", bytes(4) + b"soun" + bytes(12) + b"\0")
    place = _box(b"dinf", _full(b"dref", struct.pack(">I", 1) + _full(b"url ", b"", flags=1)))
    info = _full(b"smhd", bytes(4)) + place + _table(frames, samples, rate, offset)
    return head + handler + _box(b"minf", info)


def _table(frames: list[bytes], samples: int, rate: int, offset: int) -> bytes:
    """Where each frame is, how large it is and how long it lasts."""
    last = samples - FRAME * (len(frames) - 1)
    lasting = struct.pack(">5I", 2, len(frames) - 1, FRAME, 1, last)
    sizes = struct.pack(f">2I{len(frames)}I", 0, len(frames), *map(len, frames))
    return _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1) + _entry(rate))
        + _full(b"stts", lasting)
        + _full(b"stsc", struct.pack(">4I", 1, 1, len(frames), 1))
        + _full(b"stsz", sizes)
        + _full(b"stco", struct.pack(">2I", 1, offset)),
    )


def _entry(rate: int) -> bytes:
    """The codec: ALAC, 16 bits, one channel; the numbers in the middle are its usual ones."""
    cookie = struct.pack(">I6BH3I", FRAME, 0, 16, 40, 10, 14, 1, 255, 0, rate * 16, rate)
    head = bytes(6) + struct.pack(">H8x2H4xI", 1, 1, 16, rate << 16)
    return _box(b"alac", head + _full(b"alac", cookie))


def _full(name: bytes, content: bytes, flags: int = 0) -> bytes:
    return _box(name, struct.pack(">I", flags) + content)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content
