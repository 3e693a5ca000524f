"""A computer of one's own: an empty folder, home and journal, no other variable of Segue's."""

import os
import sys
from contextlib import ExitStack
from functools import cache
from types import ModuleType

import pytest
from sandboxes import leading_to, sandbox

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
def vendors(desk, monkeypatch):
    """Starts the sandbox, once, and leads Segue there."""
    with ExitStack() as stack:

        @cache
        def vendors() -> None:
            for name, value in leading_to(stack.enter_context(sandbox())).items():
                monkeypatch.setenv(name, value)

        yield vendors


@pytest.fixture
def reader(desk, vendors, monkeypatch):
    """Makes a `Reader` of a page; the page's names live in a module, as everywhere.

    What the page writes and installs can be imported until its end.
    """
    known = set(sys.modules)
    monkeypatch.setattr(sys, "path", [str(desk), *sys.path])

    def reader(page: Page) -> Reader:
        module = ModuleType("documentation")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return Reader(page, desk, module, vendors)

    yield reader
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(desk)):
            del sys.modules[name]
