"""Tags: what a file of sound says about itself, written by mutagen (`segue-core[tags]`).

ID3 in MP3, WAV and AIFF, comments in FLAC and Ogg, atoms in MP4. What the vendor has written there
stays, but for what has the same name. The sound itself is not touched. mutagen is not imported
before a file is tagged.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TAGGED = ("mp3", "wav", "flac", "ogg", "aiff", "m4a", "mp4")
"""The containers that tags are written into."""

_ATOM = "----:com.apple.iTunes:"


class CannotTag(Exception):
    """The tags of a file could not be written; the message says why."""


def able(container: str) -> bool:
    """Whether tags can be written here into files of that container."""
    return container in TAGGED and can_tag()


def can_tag() -> bool:
    """Whether mutagen is installed."""
    return find_spec("mutagen") is not None


def tag(path: Path, labels: Mapping[str, str]) -> None:
    """Write `labels`, by their names in lower case, into the file. Raises `CannotTag`, and then
    the file may be spoilt: give it a copy."""
    mutagen: Any = import_module("mutagen")  # an extra
    try:
        file = mutagen.File(str(path))
        if file.tags is None:  # an AttributeError for a file that mutagen does not know
            file.add_tags()
        _written(file, labels)
        file.save(padding=lambda _info: 0)
    except Exception as error:  # whatever a library makes of a file that it does not understand
        raise CannotTag(f"{type(error).__name__}: {error}".strip(": ")) from error


def _written(file: Any, labels: Mapping[str, str]) -> None:  # noqa: ANN401 - mutagen's own types
    """The labels in the manner of the file's kind."""
    kind = type(file.tags)
    if any(base.__name__ == "ID3" for base in kind.__mro__):
        _as_frames(file.tags, labels)
    elif any(base.__name__ == "MP4Tags" for base in kind.__mro__):
        _as_atoms(file.tags, labels)
    elif any(base.__name__ == "VCommentDict" for base in kind.__mro__):
        for name, text in labels.items():
            file.tags[name.upper()] = [text]
    else:
        raise CannotTag(f"{kind.__name__} is no kind of tags that is written here")


def _as_frames(tags: Any, labels: Mapping[str, str]) -> None:  # noqa: ANN401 - as above
    id3: Any = import_module("mutagen.id3")
    for name, text in labels.items():
        if name == "title":
            tags.setall("TIT2", [id3.TIT2(encoding=id3.Encoding.UTF8, text=[text])])
        else:
            frame = id3.TXXX(encoding=id3.Encoding.UTF8, desc=name.upper(), text=[text])
            tags.setall(f"TXXX:{name.upper()}", [frame])


def _as_atoms(tags: Any, labels: Mapping[str, str]) -> None:  # noqa: ANN401 - as above
    for name, text in labels.items():
        if name == "title":
            tags["\N{COPYRIGHT SIGN}nam"] = [text]
        else:
            tags[_ATOM + name.upper()] = [text.encode()]
