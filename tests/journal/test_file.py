"""The file of the SQLite journal: who can read it, what is written when, and what goes wrong."""

import os
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from rebuilt import rebuild

from segue._journal.connection import JournalFile
from segue._journal.migrations import MIGRATIONS
from segue._journal.sqlite import SqliteJournal
from segue.errors import JournalError, UnknownJob
from segue.journal import State

from .telling import (
    NOON,
    budget,
    delivered,
    file,
    forgotten,
    intent,
    submitted,
    terminal,
    usd,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes mean little on Windows")
WAY_OUT = "move it away, or name another with SEGUE_JOURNAL; nothing in it was changed"


def in_file(path, query):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def change(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def refusal(path, use=SqliteJournal.entries):
    """What the journal at `path` says of itself when it cannot be used."""
    with closing(SqliteJournal(path, patience=0.1)) as journal:
        with pytest.raises(JournalError) as caught:
            use(journal)
        return str(caught.value)


def write(journal):
    journal.write(intent())


def test_reading_a_journal_that_does_not_exist_creates_nothing(sqlite, path):
    assert not sqlite.entries()
    assert sqlite.spent(budget(usd(1))) == usd(0)
    sqlite.unclaim("a1", "one")
    for use in (lambda: sqlite.entry("a1"), lambda: sqlite.claim("a1", "one", NOON)):
        with pytest.raises(UnknownJob):
            use()
    assert not path.parent.exists()


@posix
def test_only_its_owner_can_read_it_from_the_first_moment_on(sqlite, path, monkeypatch):
    made, opened = [], os.open
    monkeypatch.setattr(os, "open", lambda *how, **more: made.append(how) or opened(*how, **more))
    was = os.umask(0)
    try:
        sqlite.write(intent())
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    finally:
        os.umask(was)
    assert modes == dict.fromkeys([path.name, f"{path.name}-wal", f"{path.name}-shm"], 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600) in made


def test_everything_is_synced_before_a_write_returns(sqlite, other):
    sqlite.write(intent())
    for journal in (sqlite, other):
        with journal._file.reading() as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
            assert connection.execute("PRAGMA fullfsync").fetchone() == (1,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_write_is_seen_by_others_when_it_returns(sqlite, other):
    sqlite.write(intent())
    assert other.entry("a1").state is State.INTENT
    other.write(submitted())
    assert sqlite.entry("a1").state is State.SUBMITTED


def test_every_event_is_kept_and_no_float_holds_money_or_time(sqlite, path):
    for event in (intent(reserved=usd("0.10")), submitted(), terminal(cost=usd("0.20"))):
        sqlite.write(event)
    assert [row[:2] for row in in_file(path, "SELECT seq, what FROM events")] == [
        (1, "intent"),
        (2, "submitted"),
        (3, "terminal"),
    ]
    for table in ("events", "jobs"):
        (row,) = in_file(path, f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1")
        assert not any(isinstance(value, float) for value in row)
    assert in_file(path, "SELECT unit, counted FROM jobs") == [("USD", "0.20")]


def test_a_failed_write_leaves_no_trace(sqlite, path):
    sqlite.write(intent())
    with pytest.raises(UnknownJob):
        sqlite.write(terminal("b2"))
    sqlite.write(submitted())
    assert in_file(path, "SELECT job FROM events") == [("a1",), ("a1",)]


def test_file_names_and_prompts_in_any_bytes_are_kept(sqlite):
    odd = os.fsdecode(b"caf\xe9.wav") if os.name == "posix" else "café.wav"
    sqlite.write(intent(task={"prompt": "caf\udce9 \0 🎹"}))
    sqlite.write(delivered(files=(file(odd),)))
    entry = sqlite.entry("a1")
    assert entry.task == {"prompt": "caf\udce9 \0 🎹"}
    assert entry.files == (file(odd),)
    rebuild(sqlite)
    assert sqlite.entry("a1") == entry


def test_whatever_a_plugin_puts_into_its_ticket_the_ticket_is_kept(sqlite):
    sqlite.write(intent())
    sqlite.write(submitted(state={"where": Path("/tmp/x"), "n": 2**70}))
    assert sqlite.entry("a1").ticket.state == {"where": str(Path("/tmp/x")), "n": 2**70}


def test_paths_with_any_characters_name_a_file(tmp_path):
    path = tmp_path / "a #b%20?mode=ro" / "jour nal"
    with closing(SqliteJournal(path)) as journal:
        journal.write(intent())
    assert path.is_file()


def test_an_empty_file_becomes_a_journal(sqlite, path):
    path.parent.mkdir()
    path.touch()
    assert not sqlite.entries()
    sqlite.write(intent())
    assert sqlite.entry("a1")


@pytest.mark.parametrize("use", [SqliteJournal.entries, write])
@pytest.mark.parametrize("content", [b"[settings]\nbackend = 'local'\n" * 99, bytes(4096)])
def test_a_file_that_is_not_a_journal_is_left_alone(path, use, content):
    path.parent.mkdir()
    path.write_bytes(content)
    told = refusal(path, use)
    assert str(path) in told
    assert told.endswith(WAY_OUT)
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_database_of_something_else_is_left_alone(path):
    path.parent.mkdir()
    change(path, "CREATE TABLE bookmarks (url)")
    content = path.read_bytes()
    assert "is a database of something else" in refusal(path, write)
    assert path.read_bytes() == content


@pytest.mark.parametrize("use", [SqliteJournal.entries, write])
def test_a_damaged_journal_is_left_alone(sqlite, path, use):
    sqlite.write(intent())
    sqlite.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    told = refusal(path, use)
    assert "is damaged" in told
    assert told.endswith(WAY_OUT)
    assert path.read_bytes() == content


@pytest.mark.parametrize("entry", ["{", "{}", '{"job": 5}', '"\\ud800'])
def test_an_entry_that_cannot_be_read_is_an_error_that_says_so(sqlite, path, entry):
    sqlite.write(intent())
    change(path, f"UPDATE jobs SET entry = '{entry}'")
    with pytest.raises(JournalError, match="is damaged"):
        sqlite.entries()
    with pytest.raises(JournalError, match="is damaged"):
        sqlite.write(submitted())


@posix
def test_a_file_or_folder_that_may_not_be_read_or_written(plain_user):
    path = plain_user / "journal.sqlite3"
    with closing(SqliteJournal(path)) as journal:
        journal.write(intent())
    path.chmod(0)
    for use in (SqliteJournal.entries, write):
        assert f"{path} cannot be opened" in refusal(path, use)
    path.chmod(0o400)
    assert "read-only" in refusal(path, write)
    plain_user.chmod(0o500)
    assert "Permission denied" in refusal(plain_user / "new.sqlite3", write)
    assert "Permission denied" in refusal(plain_user / "folder" / "new.sqlite3", write)
    plain_user.chmod(0)
    assert "Permission denied" in refusal(path)
    plain_user.chmod(0o700)
    path.chmod(0o600)
    with closing(SqliteJournal(path)) as journal:
        assert len(journal.entries()) == 1


def test_a_folder_in_the_place_of_the_file_and_a_file_in_the_place_of_the_folder(tmp_path):
    assert f"{tmp_path} cannot be used: it is a folder" in refusal(tmp_path, write)
    (tmp_path / "file").touch()
    assert WAY_OUT in refusal(tmp_path / "file" / "journal", write)


def test_a_full_disk(sqlite):
    sqlite.write(intent())
    with sqlite._file.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalError, match="the disk is full; make room"):
        sqlite.write(intent("b2", task={"prompt": "x" * 100_000}))
    assert [entry.job for entry in sqlite.entries()] == ["a1"]
    with sqlite._file.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    sqlite.write(intent("b2"))


def test_a_journal_that_is_locked_for_too_long(sqlite, other):
    sqlite.write(intent())
    with sqlite._file.writing():
        with pytest.raises(JournalError, match="in use by another process"):
            other.write(submitted())
        assert other.entry("a1").state is State.INTENT, "reading goes on"
    other.write(submitted())


def test_a_short_lock_is_waited_for(sqlite, path):
    sqlite.write(intent())
    locked, free = threading.Event(), threading.Event()

    def hold():
        with sqlite._file.writing():
            locked.set()
            free.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(10)
    threading.Timer(0.2, free.set).start()
    with closing(SqliteJournal(path)) as journal:
        journal.write(submitted())
    thread.join()


def test_a_journal_of_a_newer_version_is_left_alone(sqlite, path):
    sqlite.write(intent())
    sqlite.close()
    change(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    content = path.read_bytes()
    for use in (SqliteJournal.entries, write):
        told = refusal(path, use)
        assert "written by a newer version of Segue" in told
        assert "upgrade Segue, or move it away" in told
    assert path.read_bytes() == content


def test_an_older_journal_is_brought_up_to_date_in_one_go(sqlite, path):
    sqlite.write(intent())
    newer = (*MIGRATIONS, ["ALTER TABLE jobs ADD COLUMN note TEXT", "UPDATE jobs SET note = job"])
    file = JournalFile(path, migrations=newer)
    with file.reading() as connection:
        assert connection.execute("SELECT note FROM jobs").fetchall() == [("a1",)]
    file.close()
    assert in_file(path, "PRAGMA user_version") == [(len(newer),)]


def test_a_migration_that_fails_changes_nothing(sqlite, path):
    sqlite.write(intent())
    broken = (*MIGRATIONS, ["ALTER TABLE jobs ADD COLUMN note TEXT", "SELECT nonsense"])
    file = JournalFile(path, migrations=broken)
    with pytest.raises(JournalError, match=r"cannot be used: no such column"), file.reading():
        pass
    file.close()
    assert in_file(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    sqlite.write(submitted())


def test_the_jobs_can_be_made_again_from_the_events(sqlite, path):
    sqlite.write(intent("a1", reserved=usd(1), owner="one"))
    sqlite.write(submitted("a1"))
    sqlite.write(intent("b2", owner="two"))
    sqlite.write(forgotten("b2"))
    sqlite.claim("a1", "one", NOON)
    sqlite.unclaim("b2", "two")
    before = sqlite.entries(states=list(State))
    change(path, "UPDATE jobs SET state = 'ended', unit = NULL, entry = '{}' WHERE job = 'x'")
    change(path, "INSERT INTO events (job, what, at, facts) VALUES ('a1', 'praised', 1, '{}')")
    rebuild(sqlite)
    assert sqlite.entries(states=list(State)) == before
    change(path, "DELETE FROM jobs")
    rebuild(sqlite)
    freed = [msgspec.structs.replace(entry, owner=None, leased_until=None) for entry in before]
    for entry in sqlite.entries(states=list(State)):
        assert msgspec.structs.replace(entry, owner=None, leased_until=None) in freed
    assert sqlite.spent(budget(usd(1))) == usd(1)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT counted FROM jobs WHERE unit = 'USD' AND created >= 5",
        "SELECT id FROM jobs WHERE state = 'ended' ORDER BY created DESC, id DESC LIMIT 5",
        "SELECT id FROM jobs WHERE parent = 'p' ORDER BY created DESC, id DESC",
        "SELECT id FROM jobs WHERE job >= 'a' AND job < 'b' ORDER BY job LIMIT 4",
        "UPDATE jobs SET leased_until = 1 WHERE owner IN (SELECT value FROM json_each('[]'))",
    ],
)
def test_no_question_reads_the_whole_table(sqlite, query):
    sqlite.write(intent())
    with sqlite._file.reading() as connection:
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
    assert "SCAN jobs" not in plan
    assert "TEMP B-TREE" not in plan


def test_the_repr_is_the_path(sqlite, path):
    assert repr(sqlite) == f"SqliteJournal({str(path)!r})"


def test_a_file_that_another_process_is_just_creating_is_a_journal(tmp_path):
    """It used to be taken for a database of something else, once in many runs: between two looks
    at it the other one was done."""
    path = tmp_path / "journal.sqlite3"
    empty = sqlite3.connect(path, isolation_level=None)

    class Slow:
        looks = 0

        def execute(self, command):
            row = empty.execute(command).fetchone()
            self.looks += 1
            if self.looks == 1:
                with closing(SqliteJournal(path)) as other:
                    list(other.entries())
            return SimpleNamespace(fetchone=lambda: row)

    with closing(SqliteJournal(path)) as journal, closing(empty):
        assert journal._file._version(Slow()) == 0


def test_a_journal_that_is_collected_while_a_thread_forks_waits_for_nobody(tmp_path):
    """A finalizer runs in the middle of whatever its thread does: here it waited for the thread
    that was about to fork, which waited for the journal that this thread was writing to."""
    journals = [SqliteJournal(tmp_path / "journal.sqlite3")]
    journals[0].write(intent())
    file = journals[0]._file
    held, over = threading.Event(), threading.Event()

    def about_to_fork():
        file.before_fork()
        held.set()
        over.wait(10)
        file.after_fork()

    forking = threading.Thread(target=about_to_fork, daemon=True)
    forking.start()
    assert held.wait(10)
    collecting = threading.Thread(target=journals.clear, daemon=True)
    collecting.start()
    collecting.join(5)
    waited = collecting.is_alive()
    over.set()
    forking.join(10)
    assert not waited
