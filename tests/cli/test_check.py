"""`segue jobs --check`: whether the journal is whole, and a new one with what can be read."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from segue._journal.sqlite import SqliteJournal


def damaged(journal):
    with closing(sqlite3.connect(journal.path)) as connection, connection:
        connection.execute("UPDATE jobs SET entry = '{' WHERE id = 1")


def test_a_whole_journal_is_said_to_be_so(segue, journal):
    segue("generate", "hush")
    done = segue("jobs", "--check")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{journal.path}: 1 jobs and 4 events can be read\n"


def test_a_damaged_one_is_restored_into_a_new_file(segue, journal, monkeypatch):
    segue("generate", "hush")
    damaged(journal)
    done = segue("jobs")
    assert (done.exit_code, "segue jobs --check" in done.stderr) == (1, True)
    done = segue("jobs", "--check")
    assert done.exit_code == 1
    assert "cannot be read: entry 1" in done.stderr
    assert "--restore FILE" in done.stderr
    done = segue("jobs", "--check", "--restore", "new.sqlite3")
    assert done.exit_code == 1
    assert "written to new.sqlite3; move it to" in done.stdout
    monkeypatch.setenv("SEGUE_JOURNAL", "new.sqlite3")
    assert "hush" in segue("jobs").stdout or "silence" in segue("jobs").stdout
    assert "exists already" in segue("jobs", "--check", "--restore", "new.sqlite3").stderr


def test_it_can_be_read_by_a_program(segue, journal):
    segue("generate", "hush")
    told = json.loads(segue("jobs", "--check", "--json").stdout)
    assert (told["ok"], told["jobs"], told["unreadable"]) == (True, 1, [])
    damaged(journal)
    done = segue("jobs", "--check", "--restore", "new", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"], told["unreadable"]) == (1, False, ["entry 1"])
    with closing(SqliteJournal(Path(told["restored"]))) as restored:
        assert len(restored.entries()) == 1


def test_what_cannot_be_checked_says_why(segue, monkeypatch):
    assert "does not exist" in segue("jobs", "--check").stderr
    assert segue("jobs", "--restore", "new").exit_code == 2
    monkeypatch.setenv("SEGUE_JOURNAL", "off")
    assert "the journal is off" in segue("jobs", "--check").stderr
