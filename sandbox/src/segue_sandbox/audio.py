"""Where the sandbox's audio comes from: pieces by the local composer, and tones for speech.

It is the only room that makes sound; the vendor models are handed these functions, or others.
"""

from __future__ import annotations

import io
import math
from functools import lru_cache
from zlib import crc32

import numpy as np
import soundfile  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray

RATE = 24_000
_FORMATS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "opus": ("OGG", "OPUS"),
}


class Composer:
    """Makes real pieces, none longer than `longest` seconds, so that a test need not wait."""

    def __init__(self, longest: float = 20.0) -> None:
        self._longest = longest

    def __call__(self, prompt: str, seconds: float, container: str) -> bytes:
        """The piece that a prompt asks for; the same one every time."""
        return _composed(prompt, max(1.0, min(seconds, self._longest)), container)


def tones(text: str, container: str) -> bytes:
    """Not speech: a short tone for each word, its height told by the word. At most 15 s."""
    words = text.split()[:75] or [text]
    return encoded(np.concatenate([_tone(word) for word in words]), container)


def blip(_prompt: str, _seconds: float, container: str) -> bytes:
    """A fifth of a second of tone: for tests that want a valid file and no more."""
    return encoded(_tone("blip"), container)


def encoded(samples: NDArray[np.float32], container: str) -> bytes:
    """Samples at 24 kHz as a file; `pcm` is 16-bit and bare."""
    if container == "pcm":
        return (samples * 32767).astype("<i2").tobytes()
    form, subtype = _FORMATS[container]
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=form, subtype=subtype)
    return file.getvalue()


def measured(content: bytes) -> float:
    """The seconds of an audio file; where it cannot be read, a guess at 16 kB a second."""
    try:
        return float(soundfile.info(io.BytesIO(content)).duration)
    except soundfile.LibsndfileError:
        return len(content) / 16_000


@lru_cache(maxsize=32)
def _composed(prompt: str, seconds: float, container: str) -> bytes:
    from segue_local.brief import Brief
    from segue_local.compose import compose
    from segue_local.render import render
    from segue_local.understand import understand

    brief = Brief(prompt=prompt, duration=seconds, seed=crc32(prompt.encode()))
    file = io.BytesIO()
    render(compose(understand(brief)), file, container, lambda _share: None)
    return file.getvalue()


def _tone(word: str) -> NDArray[np.float32]:
    pitch = 180 * 2 ** (crc32(word.encode()) % 12 / 12)
    moments = np.arange(RATE // 5) / RATE
    swell = np.sin(moments * math.pi * 5)
    return np.asarray(0.3 * swell * np.sin(2 * math.pi * pitch * moments), np.float32)
