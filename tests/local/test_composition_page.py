"""The page of the backend says what the data says."""

from __future__ import annotations

import re
from pathlib import Path

from segue.tasks import Task
from segue_local.genres import genre, names
from segue_local.orders import SHEETS
from segue_local.provider import Local

PAGE = (Path(__file__).parents[2] / "docs" / "backends" / "local.md").read_text(encoding="utf-8")


def test_the_table_of_genres_is_the_data() -> None:
    for name in names():
        style = genre(name)
        slow, fast = style.bpm
        told = f"{slow:g} to {fast:g} | {', '.join(style.metres)} | {', '.join(style.modes)}"
        assert f"| {name} | {told} |" in PAGE


def fields(task: type[Task]) -> set[str]:
    row = re.search(rf"^\| `{task.__name__}` \|(.*)\|$", PAGE, re.MULTILINE)
    assert row is not None
    return {word for word in re.findall(r"`(\w+)`", row[1]) if word != "True"}


def test_every_field_of_every_task_is_named() -> None:
    for task, taken in Local.capabilities.tasks.items():
        assert fields(task) == set(taken)


def test_every_asset_is_named() -> None:
    assert all(f'`"{name}"`' in PAGE for name in SHEETS)
