"""A journal that is damaged, open to others, deleted or replaced: one error, and nothing lost."""

import os
import pickle
import shutil
import sqlite3
import struct
import sys
import threading
import traceback
from contextlib import closing

import pytest
from rebuilt import rebuild

from benchmarks import damage
from segue._journal.salvage import read_health, restored_copy
from segue._journal.sqlite import SqliteJournal
from segue.errors import JournalError, TargetError
from segue.job import Status
from segue.journal import State

from .telling import (
    budget,
    delivered,
    forgotten,
    intent,
    refused,
    released,
    submitted,
    terminal,
    unknown,
    usd,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links are POSIX's here")
TOKEN = "t0psecret"


def change(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def refusal(path):
    with closing(SqliteJournal(path, patience=0.1)) as journal:
        with pytest.raises(JournalError) as caught:
            journal.entries()
        return caught.value


def test_of_damaged_files_none_is_read_short_and_none_ends_in_another_error():
    """A small run of `python -m benchmarks damage`."""
    tally = damage.tried(120, seed=7)
    assert tally["damaged files"] > 80
    assert tally["one error with the way out"] > 40
    assert tally["read whole"] > 10
    assert tally.total() == sum(
        tally[what] for what in ("damaged files", "one error with the way out", "read whole")
    )


@pytest.mark.parametrize(
    "entry", ["{", "{}", '{"job": "{0}{x}"}', '"\\ud800', "[1", b"\xff{}", None, 2**60, "null"]
)
def test_an_entry_that_is_none_is_one_error_without_its_words(sqlite, path, entry):
    sqlite.write(intent())
    sqlite.write(submitted())
    text = f'{{"job": "{TOKEN}{{}}"' if entry is None else entry
    change(path, "UPDATE jobs SET entry = ?", text)
    error = refusal(path)
    assert "is damaged: the entry of a job cannot be read" in str(error) or "no text" in str(error)
    assert "segue jobs --check" in error.advice
    told = "".join(traceback.format_exception(error)) + repr(pickle.dumps(error))
    seen = error.__context__
    while seen is not None:
        told += repr(seen) + repr(vars(seen)) + repr(getattr(seen, "doc", ""))
        seen = seen.__cause__ or seen.__context__
    assert TOKEN not in told


def test_a_row_that_is_no_text_is_not_quoted(sqlite, path):
    sqlite.write(intent())
    sqlite.write(submitted())
    sqlite.close()
    content = path.read_bytes()
    at = content.index(TOKEN.encode())
    content = content.replace(TOKEN.encode(), b"\xff\xfe" + TOKEN.encode()[2:])
    path.write_bytes(content)
    assert at
    error = refusal(path)
    assert TOKEN[2:] not in repr(error.__context__) + repr(error.__cause__) + str(error)


@pytest.mark.parametrize(
    ("column", "value"), [("leased_until", "soon"), ("leased_until", 2**62), ("state", "null")]
)
def test_columns_that_say_something_else_are_damage(sqlite, path, column, value):
    sqlite.write(intent())
    change(path, f"UPDATE jobs SET {column} = ?, owner = 'a:1:2:3'", value)
    assert "is damaged" in str(refusal(path))


def test_a_large_file_is_counted(sqlite, path, monkeypatch):
    monkeypatch.setattr("segue._journal.integrity._SMALL", 0)
    for job in ("a1", "b2", "c3"):
        sqlite.write(intent(job))
    sqlite.close()
    assert len(sqlite.entries()) == 3
    sqlite.close()
    change(path, "DELETE FROM jobs WHERE job = 'b2'")
    assert "do not fit together" in str(refusal(path))


def test_a_log_with_a_hole_is_damage_and_one_that_breaks_off_is_none(sqlite, path, tmp_path):
    """The last transaction of a log that breaks off was never acknowledged."""
    for number in range(6):
        sqlite.write(intent(f"job{number}"))
    log = path.with_name(path.name + "-wal")
    content, main = log.read_bytes(), path.read_bytes()
    frame = 24 + 4096

    def left_behind(name, changed):
        place = tmp_path / name
        place.mkdir()
        (place / "journal.sqlite3").write_bytes(main)
        (place / "journal.sqlite3-wal").write_bytes(changed)
        return place / "journal.sqlite3"

    with closing(SqliteJournal(left_behind("whole", content))) as journal:
        assert len(journal.entries()) == 6
    with closing(SqliteJournal(left_behind("cut", content[:-100]))) as journal:
        assert len(journal.entries()) == 5
    middle = 32 + frame * (len(content) // frame // 2)
    holes = {
        "flipped": content[: middle + 99] + b"\x55" + content[middle + 100 :],
        "zeroed": content[:middle] + bytes(frame) + content[middle + frame :],
        "shifted": content[:middle] + content[middle + 512 :],
        "headless": bytes(32) + content[32:],
    }
    for name, changed in holes.items():
        assert "cannot be read to the end" in str(refusal(left_behind(name, changed))), name


def test_a_log_that_has_just_begun_anew_is_no_damage(sqlite, path, tmp_path):
    """Its header is new, and what stands behind is of before: all that is in the file itself."""
    for number in range(6):
        sqlite.write(intent(f"job{number}"))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(FULL)")
    log, left = path.with_name(path.name + "-wal").read_bytes(), tmp_path / "left"
    left.mkdir()
    words = [*struct.unpack(">6I", log[:24])]
    words[4:] = words[4] + 1, 0x5EED  # the salts of the next generation
    told = struct.unpack("<6I", struct.pack(">6I", *words))
    one = other = 0
    for place in (0, 2, 4):
        one = (one + told[place] + other) & 0xFFFF_FFFF
        other = (other + told[place + 1] + one) & 0xFFFF_FFFF
    header = struct.pack(">8I", *words, one, other)
    (left / "journal.sqlite3").write_bytes(path.read_bytes())
    (left / "journal.sqlite3-wal").write_bytes(header + log[32:])
    with closing(SqliteJournal(left / "journal.sqlite3")) as journal:
        assert len(journal.entries()) == 6


def test_a_log_that_others_write_is_no_damage(sqlite, path):
    stop = threading.Event()

    def write():
        with closing(SqliteJournal(path)) as journal:
            for number in range(400):
                journal.write(intent(f"job{number:03}"))
                if stop.is_set():
                    break

    sqlite.write(intent("first"))
    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(30):
            with closing(SqliteJournal(path)) as journal:
                assert journal.entry("first")
    finally:
        stop.set()
        thread.join()


# The check, and a new file.


def some_jobs(journal):
    for job, events in {
        "a1": [submitted("a1"), terminal("a1", cost=usd("0.20")), delivered("a1")],
        "b2": [submitted("b2"), terminal("b2", status=Status.FAILED)],
        "c3": [refused("c3")],
        "d4": [unknown("d4")],
        "e5": [submitted("e5"), delivered("e5"), released("e5")],
        "f6": [submitted("f6"), forgotten("f6")],
        "g7": [],
    }.items():
        journal.write(intent(job, reserved=usd("0.30"), label="mine"))
        for event in events:
            journal.write(event)


def test_a_whole_journal_is_found_to_be_so(sqlite, path):
    some_jobs(sqlite)
    health = read_health(path)
    assert (health.sound, len(health.entries), health.events) == (True, 7, 19)


def test_without_a_file_there_is_nothing_to_check(path):
    with pytest.raises(JournalError, match="does not exist"):
        read_health(path)


def test_what_can_be_read_of_a_damaged_one_is_written_into_a_new_one(sqlite, path, tmp_path):
    """Rows are lost of either table; what both tell together is still there."""
    some_jobs(sqlite)
    before = {entry.job: entry for entry in sqlite.entries(states=State)}
    sqlite.close()
    change(path, "UPDATE jobs SET entry = '{' WHERE job IN ('a1', 'e5')")
    change(path, "UPDATE events SET facts = '{' WHERE job IN ('b2', 'c3', 'd4', 'f6')")
    change(path, "DELETE FROM events WHERE job = 'g7'")
    content = path.read_bytes()
    target = tmp_path / "new.sqlite3"
    health = restored_copy(path, target)
    assert path.read_bytes() == content
    assert not health.sound
    assert health.unreadable[0].startswith("events ")
    assert "entry 1" in health.unreadable
    with closing(SqliteJournal(target)) as journal:
        after = {entry.job: entry for entry in journal.entries(states=State)}
        assert after.keys() == before.keys()
        for job, entry in after.items():
            was = before[job]
            assert (entry.state, entry.ticket, entry.files) == (was.state, was.ticket, was.files)
            assert (entry.cost, entry.label, entry.task) == (was.cost, was.label, was.task)
        rebuild(journal)
        assert {e.job: e.state for e in journal.entries(states=State)} == {
            job: entry.state for job, entry in before.items()
        }
        assert journal.spent(budget(usd(1))) == sqlite_spent(before)


def sqlite_spent(entries):
    from segue._journal.budget import counted

    amounts = [money for entry in entries.values() if (money := counted(entry))]
    return sum(amounts[1:], amounts[0])


@posix
def test_a_page_that_is_gone_hides_its_own_rows_only(sqlite, path, tmp_path):
    for number in range(80):
        sqlite.write(intent(f"job{number:02}"))
        sqlite.write(submitted(f"job{number:02}"))
    sqlite.close()
    content = bytearray(path.read_bytes())
    at = content.index(b"job40", 4096) // 4096 * 4096
    content[at : at + 4096] = bytes(4096)
    path.write_bytes(content)
    assert "is damaged" in str(refusal(path))
    health = restored_copy(path, tmp_path / "new.sqlite3")
    assert len(health.entries) == 80, "each is in the other table"
    assert (tmp_path / "new.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_new_file_takes_the_place_of_none(sqlite, path, tmp_path):
    some_jobs(sqlite)
    (tmp_path / "new").touch()
    with pytest.raises(TargetError, match="exists already"):
        restored_copy(path, tmp_path / "new")


@pytest.mark.parametrize("content", [b"", b"no journal at all" * 999, bytes(8192)])
def test_what_is_no_journal_has_nothing_to_read(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    try:
        health = read_health(path)
    except JournalError:
        return
    assert health.entries == ()


# Whose file it is.


def mode(file):
    return file.stat().st_mode & 0o777


@posix
def test_a_file_that_is_open_to_all_is_closed_to_them(sqlite, path, caplog):
    sqlite.write(intent())
    log = path.with_name(path.name + "-wal")
    shutil.copy(log, path.parent / "kept")
    sqlite.close()
    for file in (path, log):
        file.touch()
        file.chmod(0o666)
    with closing(SqliteJournal(path)) as journal:
        journal.write(intent("b2"))
        assert [mode(file) for file in sorted(path.parent.glob("journal*"))] == [0o600] * 3
    assert "every user of this computer could read" in caplog.text
    caplog.clear()
    with closing(SqliteJournal(path)) as journal:
        journal.write(intent("c3"))
    assert caplog.text == ""


@posix
@pytest.mark.parametrize("what", ["folder", "pipe", "text", "database"])
def test_what_is_no_journal_keeps_its_mode(path, what):
    path.parent.mkdir()
    match what:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "text":
            path.write_text("no journal at all\n" * 100)
        case _:
            change(path, "CREATE TABLE mine (x)")
    path.chmod(0o755)
    assert "nothing in it was changed" in str(refusal(path))
    assert mode(path) == 0o755


@posix
def test_what_a_deleted_journal_held_is_named_where_it_cannot_be_put_back(sqlite, path, caplog):
    sqlite.write(intent())
    path.unlink()
    path.mkdir()
    with pytest.raises(JournalError, match="it is a folder"):
        sqlite.entries()
    (left,) = path.parent.glob("journal*.rescued-*")
    assert f"its entries are in {left}: give that its name" in caplog.text
    with closing(SqliteJournal(left)) as journal:
        assert len(journal.entries()) == 1


@posix
def test_a_group_that_shares_a_journal_keeps_it(sqlite, path):
    sqlite.write(intent())
    sqlite.close()
    path.chmod(0o660)
    assert len(sqlite.entries()) == 1
    assert mode(path) == 0o660


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_a_file_or_link_that_another_user_planted_is_not_used(plain_user):
    victim, planted = plain_user / "mine", plain_user / "planted"
    os.seteuid(0)
    planted.touch(mode=0o666)
    planted.chmod(0o666)
    os.chown(planted, 4711, -1)
    (plain_user / "link").symlink_to(victim)
    os.lchown(plain_user / "link", 4711, -1)
    os.seteuid(65534)
    victim.touch(mode=0o600)
    for name in ("planted", "link"):
        journal = SqliteJournal(plain_user / name)
        with closing(journal), pytest.raises(JournalError, match="another user can have put"):
            journal.write(intent())
    assert victim.read_bytes() == b""


@posix
def test_a_link_in_the_place_of_the_log_is_not_followed(sqlite, path, tmp_path):
    sqlite.write(intent())
    sqlite.close()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    path.with_name(path.name + "-wal").symlink_to(victim)
    assert "is not used" in str(refusal(path))
    assert victim.read_text() == "precious"


@posix
def test_a_link_of_ones_own_leads_to_the_journal(path, tmp_path):
    path.parent.mkdir()
    target = tmp_path / "elsewhere"
    with closing(SqliteJournal(target)) as journal:
        journal.write(intent())
    path.symlink_to(target)
    with closing(SqliteJournal(path)) as journal:
        assert len(journal.entries()) == 1


# A file that is deleted or replaced while it is open.


def gone(path):
    for file in path.parent.glob(path.name + "*"):
        file.unlink()


@posix
@pytest.mark.parametrize("how", [gone, os.unlink, lambda path: shutil.rmtree(path.parent)])
def test_a_journal_that_is_deleted_while_open_is_put_back_whole(sqlite, path, how, caplog):
    some_jobs(sqlite)
    how(path)
    sqlite.write(submitted("g7"))
    with closing(SqliteJournal(path)) as other:
        assert len(other.entries(states=State)) == 7
        assert other.entry("g7").state is State.SUBMITTED
    assert "its entries were put back" in caplog.text
    assert [file.name for file in path.parent.glob("*rescued*")] == []
    assert mode(path) == 0o600


@posix
def test_a_reader_puts_it_back_too(sqlite, path):
    some_jobs(sqlite)
    gone(path)
    assert len(sqlite.entries(states=State)) == 7
    assert read_health(path).sound


@posix
def test_a_journal_that_is_replaced_while_open_is_merged(sqlite, path, tmp_path):
    other = tmp_path / "other.sqlite3"
    with closing(SqliteJournal(other)) as journal:
        journal.write(intent("z9"))
        journal.write(intent("a1", reserved=usd("0.30"), label="mine"))
    some_jobs(sqlite)
    gone(path)
    shutil.move(other, path)
    sqlite.write(submitted("g7"))
    assert len(sqlite.entries(states=State)) == 8
    assert sqlite.entry("a1").state is State.DELIVERED
    assert sqlite.entry("g7").state is State.SUBMITTED
    health = read_health(path)
    assert (health.sound, len(health.entries), health.events) == (True, 8, 21)


@posix
def test_what_is_deleted_while_it_is_written_is_acknowledged_only_where_it_is(sqlite, path):
    sqlite.write(intent())
    with sqlite._file.writing() as connection:
        connection.execute("UPDATE jobs SET parent = 'late'")
        connection.execute("UPDATE events SET facts = replace(facts, 'lofi', 'late')")
        gone(path)
    with closing(SqliteJournal(path)) as other:
        rebuild(other)
        assert other.entry("a1").task == {"prompt": "late"}


@posix
def test_several_that_have_it_open_put_back_everything_once(path):
    journals = [SqliteJournal(path) for _ in range(3)]
    for number, journal in enumerate(journals):
        journal.write(intent(f"before{number}"))
    gone(path)
    for number, journal in enumerate(journals):
        journal.write(intent(f"after{number}"))
    for journal in journals:
        assert len(journal.entries()) == 6
        journal.close()
    health = read_health(path)
    assert (health.sound, health.events) == (True, 6)


@posix
def test_what_cannot_be_put_back_is_an_error_and_is_not_acknowledged(sqlite, path):
    sqlite.write(intent())
    gone(path)
    path.write_bytes(b"something else" * 999)
    with pytest.raises(JournalError):
        sqlite.write(submitted())
    (aside,) = path.parent.glob("*.rescued-*")
    with closing(SqliteJournal(aside)) as journal:
        assert journal.entry("a1").state is State.INTENT
