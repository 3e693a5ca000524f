"""Finish a downloaded file before it is renamed: convert it to the container of its name, and write
its tags. Each step writes a new file, which replaces the one before once it is verified and on
disk; where a step fails, the one before stays, and a note says why.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

import msgspec

from segue._files.convert import CannotConvert, container_named, convert
from segue._files.part_file import opened_apart
from segue._files.soundness import Unsound, examined
from segue._files.tags import CannotTag, able, can_tag, tag
from segue.containers import AUDIO
from segue.flow import Save

logger = logging.getLogger("segue")

_SOUND = ("track", "stem")


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is whole, under a name for the time being. `before` is the file as it came, where
    this one was made of it."""

    part: Path
    container: str
    notes: tuple[str, ...] = ()
    before: Whole | None = None


def finished(arrived: Whole, save: Save, stop: Event) -> Whole:
    """The file as it is to lie there. `arrived` stays; what is made of it is for the caller to
    name, or to remove. `stop` ends a tool that works on it."""
    whole = arrived
    if (wanted := _other(save, arrived.container)) is not None:
        whole = _converted(arrived, save, wanted, stop)
    if save.tags and save.asset.kind in _SOUND and able(whole.container):
        whole = _tagged(whole, save)
    return whole


def may_be_tagged(save: Save) -> bool:
    """Whether tags are wanted, and can be written if the file is of a kind that takes them."""
    return bool(save.tags) and save.asset.kind in _SOUND and can_tag()


def _other(save: Save, container: str) -> str | None:
    """The container that the user's own name for the file wants, if it is another one."""
    wanted = container_named(save.path)
    named = save.exact and save.asset.kind in _SOUND
    return wanted if named and wanted in AUDIO and wanted != container else None


def _converted(arrived: Whole, save: Save, wanted: str, stop: Event) -> Whole:
    try:
        part = _beside(save.path, partial(convert, arrived.part, wanted=wanted, stop=stop))
    except (CannotConvert, Unsound) as error:
        note = f"{save.path.name} is saved as it came, for it cannot be converted: {error}"
        return _noted(arrived, note)
    return Whole(part=part, container=wanted, notes=arrived.notes, before=arrived)


def _tagged(whole: Whole, save: Save) -> Whole:
    def copied(target: Path) -> None:
        from shutil import copyfile  # noqa: PLC0415 - it brings every archive format along

        copyfile(whole.part, target)
        tag(target, save.tags)

    try:
        part = _beside(save.path, copied)
    except (CannotTag, Unsound) as error:
        return _noted(whole, f"{save.path.name} is saved without tags: {error}")
    except BaseException:
        if whole.before is not None:
            whole.part.unlink(missing_ok=True)
        raise
    if whole.before is not None:
        whole.part.unlink(missing_ok=True)
    return msgspec.structs.replace(whole, part=part)


def _noted(whole: Whole, note: str) -> Whole:
    logger.warning("%s", note)
    return msgspec.structs.replace(whole, notes=(*whole.notes, note))


def _beside(path: Path, make: Callable[[Path], None]) -> Path:
    """A new file that `make` writes, verified and on disk; it is removed where that fails."""
    part, file = opened_apart(path)
    try:
        with file:
            make(part)
            examined(file)
            os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part
