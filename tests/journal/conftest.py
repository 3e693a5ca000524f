"""Fixtures: both journals behind one name, and the SQLite file by itself."""

import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from segue._journal.sqlite import SqliteJournal
from segue.testing.memory_journal import MemoryJournal


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def sqlite(path):
    with closing(SqliteJournal(path)) as journal:
        yield journal


@pytest.fixture(params=["memory", "sqlite"])
def journal(request):
    return MemoryJournal() if request.param == "memory" else request.getfixturevalue("sqlite")


@pytest.fixture
def other(path):
    """Another process's view of the same file, as far as one process can have it."""
    with closing(SqliteJournal(path, patience=0.1)) as journal:
        yield journal


@pytest.fixture
def process():
    """Starts a Python program with arguments; whatever still runs at the end is killed."""
    started = []

    def start(program, *arguments):
        command = [sys.executable, "-c", program, *map(str, arguments)]
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


@pytest.fixture
def plain_user():
    """A folder, and no right to write where its mode does not allow it."""
    if not hasattr(os, "geteuid"):
        pytest.skip("modes mean little here")
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    finally:
        os.seteuid(was)
