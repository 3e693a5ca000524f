"""Small files that are sound: their headers are right, and announce what is there."""

from __future__ import annotations

import struct


def wave(samples: bytes, *, announced: int | None = None) -> bytes:
    """A WAV file of 16 bits, 8,000 times a second; `announced` is how many bytes it claims."""
    size = len(samples) if announced is None else announced
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16_000, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", min(36 + size, 0xFFFF_FFFF), b"WAVE")
    return head + form + struct.pack("<4sI", b"data", size) + samples


def mpeg(frames: int = 3) -> bytes:
    """An MP3 file of so many frames of silence: 128 kbit/s, 44.1 kHz."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames
