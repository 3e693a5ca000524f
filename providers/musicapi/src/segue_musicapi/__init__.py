"""Segue's backend `musicapi`. Importing this package imports nothing else of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue_musicapi.other_tasks import (
        Download,
        MakeLyrics,
        ReplaceUpload,
        SwapSound,
        SwapUploadSound,
        SwapUploadVocals,
        SwapVocals,
    )
    from segue_musicapi.provider import MusicAPI
    from segue_musicapi.queries import (
        AlignedLyrics,
        Bpm,
        Credits,
        GetLyrics,
        GetSong,
        Midi,
        Persona,
        RiffusionUpload,
        SonicUpload,
        UpsampleTags,
        Vox,
        Wav,
        WriteLyrics,
    )
    from segue_musicapi.sonic_tasks import (
        AddInstrumental,
        AddVocals,
        Concat,
        CoverUpload,
        CreateVoice,
        ExtendUpload,
        Mashup,
        Remaster,
        Sample,
    )

NAMES = {
    "other_tasks": [
        "Download",
        "MakeLyrics",
        "ReplaceUpload",
        "SwapSound",
        "SwapUploadSound",
        "SwapUploadVocals",
        "SwapVocals",
    ],
    "provider": ["MusicAPI"],
    "queries": [
        "AlignedLyrics",
        "Bpm",
        "Credits",
        "GetLyrics",
        "GetSong",
        "Midi",
        "Persona",
        "RiffusionUpload",
        "SonicUpload",
        "UpsampleTags",
        "Vox",
        "Wav",
        "WriteLyrics",
    ],
    "sonic_tasks": [
        "AddInstrumental",
        "AddVocals",
        "Concat",
        "CoverUpload",
        "CreateVoice",
        "ExtendUpload",
        "Mashup",
        "Remaster",
        "Sample",
    ],
}
"""Every public name, by the module that has it."""

_MODULE_OF = {name: module for module, names in NAMES.items() for name in names}

__all__ = [
    "AddInstrumental",
    "AddVocals",
    "AlignedLyrics",
    "Bpm",
    "Concat",
    "CoverUpload",
    "CreateVoice",
    "Credits",
    "Download",
    "ExtendUpload",
    "GetLyrics",
    "GetSong",
    "MakeLyrics",
    "Mashup",
    "Midi",
    "MusicAPI",
    "Persona",
    "Remaster",
    "ReplaceUpload",
    "RiffusionUpload",
    "Sample",
    "SonicUpload",
    "SwapSound",
    "SwapUploadSound",
    "SwapUploadVocals",
    "SwapVocals",
    "UpsampleTags",
    "Vox",
    "Wav",
    "WriteLyrics",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first access."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    return value
