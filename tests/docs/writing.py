"""The files that a page writes: whole, in parts, or shown as they stand; see `running.py`."""

from __future__ import annotations

import re
from pathlib import Path

from .merging import merged
from .pages import Block
from .shown import Wrong, pattern, trimmed

_FILES = re.compile(r"<!-- (file|in|of): (\S+) -->")


def written(block: Block, folder: Path) -> bool:
    """Write what is to be in a file of `folder`; whether the block was such a one."""
    said = _FILES.fullmatch(block.comment)
    if said is None:
        return False
    path = folder / said[2]
    if said[1] == "file":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return True
    text = path.read_text(encoding="utf-8")
    if said[1] == "in":
        path.write_text(merged(text, block.text, path.parent), encoding="utf-8")
    elif not re.search(pattern(block.text), trimmed(text)):
        raise Wrong(f"{block}: this does not stand in {path.name}:\n{block.text}")
    return True
