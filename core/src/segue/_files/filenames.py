"""Names of files that are made of titles and prompts: every file system takes them, they mislead no
shell and no file manager, and a person can read them. Pure but for the limit of a folder's file
system.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_PUNCTUATION = frozenset("_.-")
_EDGE = ".-"
_JOINER = "\u200d"
_APOSTROPHES = re.compile("(?<=\\w)['\u2019](?=\\w)")
_DASHES = re.compile("-{2,}")
_LONGEST = 80  # characters
_WORDS = 48  # characters of a title or a prompt
_BYTES = 255
"""The bytes of a name that file systems take: ext4, APFS, NTFS and most others no more."""

_ROOM = 64
"""Bytes that are left free in a name that is made here: for a number, the extension, and the
endings that the file has until it is finished."""

_LEAST = 16  # bytes of a name, on whatever file system

_DEVICE = re.compile(
    r"(CON|PRN|AUX|NUL|CONIN|CONOUT|COM[0-9¹²³]|LPT[0-9¹²³])(?= *(\.|$))", re.IGNORECASE
)
"""What Windows takes for a device, whatever its extension (Microsoft, "Naming Files, Paths, and
Namespaces")."""


def file_name(text: str, folder: Path | None = None) -> str:
    """`text` as a name that every file system takes, without an extension.

    Letters and digits of all scripts are retained, with their marks, and `_`, `.` and `-`; a dash
    stands for all else, blanks included. It begins and ends with neither `.` nor `-`, and is no
    device of Windows. It is cut at 80 characters, and at what `folder` takes in bytes, never
    within a character.
    """
    safe = "".join(_safe(unicodedata.normalize("NFC", _APOSTROPHES.sub("", text))))
    safe = _DASHES.sub("-", "-".join(safe.split()))
    name = shortened(_cut(safe.lstrip(_EDGE), _LONGEST), folder, room=_ROOM).strip(_EDGE)
    device = _DEVICE.match(name)
    return (f"{device[1]}_{name[device.end(1) :]}" if device else name) or "track"


def name_of_job(words: str, job: str, folder: Path | None = None) -> str:
    """`rainy-night-7f3a12b8c0`: what the files of a job are called, whichever backend made them;
    `words` are a title or a prompt, of which no more is used than its beginning."""
    name = file_name(words, folder)
    if len(name) > _WORDS:
        whole = name[: _WORDS + 1].rpartition("-")[0]
        name = (whole if len(whole) > _WORDS // 2 else _cut(name, _WORDS)).rstrip(_EDGE)
    return f"{name}-{job}" if job else name


def shortened(name: str, folder: Path | None = None, *, room: int = 0) -> str:
    """`name`, cut so that it takes no more bytes than a name in `folder` may, less `room`."""
    most = max(_most(folder) - room, _LEAST)
    if len(os.fsencode(name)) <= most:
        return name
    size = 0
    for place, letter in enumerate(name):
        size += len(os.fsencode(letter))
        if size > most:
            return _cut(name, place)
    return name


def ended(stem: str, ending: str, folder: Path | None = None) -> str:
    """`stem` and `ending` as one name that the file system of `folder` takes: `stem` is cut."""
    return shortened(stem, folder, room=len(os.fsencode(ending))) + ending


def numbered(path: Path, number: int) -> Path:
    """The path with a number behind its name: `song-2.wav` of `song.wav`."""
    return path.with_name(ended(path.stem, f"-{number}{path.suffix}", path.parent))


def fits(name: str, folder: Path | None = None) -> bool:
    """Whether the file system of `folder` takes a name as long as this."""
    return len(os.fsencode(name)) <= _most(folder)


def _safe(text: str) -> Iterator[str]:
    """The letters that are safe in a name, blanks for others. What is invisible is left out, such
    as marks of direction, which make `gpj.exe` of `exe.jpg`; so is a mark that has no letter."""
    held = False
    for letter in text:
        kind = unicodedata.category(letter)
        if kind == "Cf" or (kind[0] == "M" and not held):
            continue
        held = kind[0] in "LNM"
        yield letter if held or letter in _PUNCTUATION else " "


def _cut(text: str, place: int) -> str:
    """The text before `place`, or before the letter whose marks are there."""
    if place >= len(text):
        return text
    end = place
    while end and (_follows(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[: end or place]


def _follows(letter: str) -> bool:
    return letter == _JOINER or unicodedata.category(letter)[0] == "M"


@lru_cache(maxsize=256)
def _most(folder: Path | None) -> int:
    """The bytes of a name in `folder`; some file systems, such as eCryptfs, take fewer."""
    try:
        limit = os.pathconf(folder, "PC_NAME_MAX") if folder is not None else _BYTES
    except (AttributeError, OSError, ValueError):  # Windows has none; the folder may not be there
        return _BYTES
    return min(limit, _BYTES) if limit > 0 else _BYTES
