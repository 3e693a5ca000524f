"""A computer of one's own: an empty folder, home and journal, no other variable of Segue's."""

import os
import sys
from types import ModuleType

import pytest

from .pages import Page
from .running import Reader, offline

_FOREIGN = ("SEGUE_", "XDG_", "VENICE_", "MUSICAPI_", "SURPLUS_", "HTTP_PROXY", "HTTPS_PROXY")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """The folder in which a page is tried."""
    for name in list(os.environ):
        if name.upper().startswith(_FOREIGN):
            monkeypatch.delenv(name)
    home, folder = tmp_path / "home", tmp_path / "desk"
    home.mkdir()
    folder.mkdir()
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("SEGUE_JOURNAL", str(home / "journal.sqlite3"))
    monkeypatch.chdir(folder)
    with offline():
        yield folder


@pytest.fixture
def reader(desk, monkeypatch):
    """Makes a `Reader` of a page; the page's names live in a module, as everywhere."""

    def reader(page: Page) -> Reader:
        module = ModuleType("documentation")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return Reader(page, desk, module)

    return reader
