"""The distribution at which the tutorial ends is the one that a reader of it has then."""

from pathlib import Path

import pytest

from segue.cli.scaffold import default_plan, write

from .merging import merged
from .pages import ROOT, Page
from .writing import written

TUTORIAL = Page(ROOT / "docs/write-a-provider.md")
EXAMPLE = ROOT / "docs/example/segue-harmonia"
GENERATED = {"__pycache__", ".pytest_cache", ".hypothesis", "cassettes", "dist"}


def texts(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and not GENERATED & set(path.parts)
    }


def test_the_example_is_what_the_tutorial_writes(tmp_path):
    home = write(default_plan("harmonia"), tmp_path)
    for block in TUTORIAL.blocks:
        written(block, tmp_path)
    assert texts(EXAMPLE) == texts(home)


def test_every_file_of_the_tutorial_is_written_by_it(tmp_path):
    write(default_plan("harmonia"), tmp_path)
    blocks = [block for block in TUTORIAL.blocks if written(block, tmp_path)]
    assert len(blocks) > 20


OLD = '''"""A module."""

import json

# how many
MANY = 1
"""Not few."""


class Song:
    """A song."""

    name = "old"

    @property
    def length(self):
        return 1


def play():
    return 1
'''


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("MANY = 2", "MANY = 2\n\n\nclass Song:"),
        ('FEW = 0\n"""None."""', '"""Not few."""\n\nFEW = 0\n"""None."""\n\n\nclass Song:'),
        ("def play():\n    return 2", "    return 1\n\n\ndef play():\n    return 2\n"),
        ("def stop():\n    pass", "def play():\n    return 1\n\n\ndef stop():\n    pass\n"),
        (
            "import abc\nfrom segue import Task",
            "import abc\nimport json\n\nfrom segue import Task\n",
        ),
        ('class Song:\n    name = "new"', '    """A song."""\n\n    name = "new"\n\n    @property'),
        ("class Song:\n    at = 1", '    name = "old"\n    at = 1\n\n    @property'),
        (
            "class Song:\n    def length(self):\n        return 2",
            '"old"\n\n    def length(self):\n',
        ),
        (
            "class Song:\n    def end(self):\n        ...",
            "return 1\n\n    def end(self):\n        ...",
        ),
    ],
)
def test_what_is_shown_takes_the_place_of_what_has_its_name(tmp_path, block, line):
    assert line in merged(OLD, block, tmp_path)


def test_what_does_not_stand_in_a_file_cannot_be_shown_as_if_it_did(tmp_path):
    page = Path(tmp_path / "page.md")
    page.write_text("<!-- of: file.py -->\n```python\nx = 2\n```\n")
    (tmp_path / "file.py").write_text("x = 1\n")
    (block,) = Page(page, tmp_path).blocks
    with pytest.raises(AssertionError, match="does not stand in"):
        written(block, tmp_path)
