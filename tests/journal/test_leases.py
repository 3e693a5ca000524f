"""Who holds a lease: told apart by host, process and start time; renewed while it lives."""

import gc
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from segue._journal import lease as leases
from segue._journal.entry import LeaseState
from segue._journal.lease import available
from segue._journal.sqlite import SqliteJournal
from segue._process import owner as owners
from segue._process.owner import described, gone, new_owner
from segue.errors import JournalError

from .telling import NOON, after, intent

linux = pytest.mark.skipif(sys.platform != "linux", reason="start times are read from /proc")


def changed(owner, **parts):
    names = ("host", "pid", "started", "random")
    return ":".join((dict(zip(names, owner.split(":"), strict=True)) | parts).values())


def renewers():
    return {thread for thread in threading.enumerate() if thread.name == "segue leases"}


def eventually(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def beating():
    """The renewing threads of this test: what an earlier one left to itself is not counted."""
    before = renewers()
    return lambda: renewers() - before


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(leases, "BEAT", 0.01)


def test_every_owner_has_a_name_of_its_own():
    assert new_owner() != new_owner()
    assert described(new_owner()).startswith(f"process {os.getpid()} on ")
    assert described("somebody") == "somebody"


def test_a_living_process_is_not_gone():
    assert not gone(new_owner())


def test_a_dead_process_is_gone(process):
    child = process("from segue._process.owner import new_owner; print(new_owner()); input()")
    owner = child.stdout.readline().strip()
    assert not gone(owner)
    child.kill()
    eventually(lambda: gone(owner))  # although nobody has waited for it yet
    child.wait()
    assert gone(owner)


@linux
def test_a_process_with_the_number_of_a_dead_one_is_another():
    assert gone(changed(new_owner(), started="1"))


def test_without_start_times_a_process_counts_by_its_number(monkeypatch):
    monkeypatch.setattr(owners, "_started", lambda pid: None)
    assert not gone(new_owner())
    assert gone(changed(new_owner(), pid="999999999"))
    assert gone(changed(new_owner(), pid="9" * 30))


@pytest.mark.parametrize("owner", ["", "somebody", "a:b", "a:b:c:d", "a::", changed("a:0:1:x")])
def test_of_a_name_that_says_nothing_it_cannot_be_told(owner):
    assert not gone(owner)


def test_of_another_host_it_cannot_be_told():
    assert not gone(changed(new_owner(), host="elsewhere", pid="999999999"))


def test_a_dead_owners_lease_is_free_before_its_time():
    dead = changed(new_owner(), pid="999999999")
    assert available(dead, after(60), "two", NOON)
    assert not available(new_owner(), after(60), "two", NOON)
    assert available("one", after(60), "one", NOON)


def test_leases_are_renewed_while_they_are_held(quick, sqlite, beating):
    old = datetime.now(UTC) - timedelta(days=1)
    sqlite.write(intent("a1", at=old, owner="one"))
    sqlite.write(intent("b2", at=old, owner="two"))
    sqlite.claim("a1", "three", old + timedelta(hours=1))
    now = datetime.now(UTC)
    eventually(lambda: all(entry.leased_until > now for entry in sqlite.entries()))
    assert len(beating()) == 1
    sqlite.unclaim("a1", "three")
    assert beating()
    sqlite.unclaim("b2", "two")
    eventually(lambda: not beating())


def test_a_lease_that_another_took_is_not_renewed(sqlite, other):
    other.write(intent(owner="two"))
    sqlite._renew({"one"})
    assert other.entry("a1").leased_until == after(60)
    sqlite._renew({"two"})
    assert other.entry("a1").leased_until > after(60)


def test_closing_ends_the_renewing(sqlite, beating):
    sqlite.write(intent())
    assert beating()
    sqlite.close()
    eventually(lambda: not beating())


def test_a_failed_renewal_is_tried_again(quick, sqlite, monkeypatch, caplog, beating):
    old = datetime.now(UTC) - timedelta(days=1)
    monkeypatch.setattr(sqlite._file, "writing", lambda: 1 / 0)
    fails = []

    def renew(self, owners):
        fails.append(owners)
        raise JournalError("the journal is in use by another process for too long")

    with monkeypatch.context() as patch:
        patch.setattr(SqliteJournal, "_renew", renew)
        sqlite._heartbeat = leases.Heartbeat(sqlite._renew)
        sqlite._heartbeat.hold("a1", "one")
        eventually(lambda: len(fails) > 2)
        sqlite._heartbeat.stop()
        eventually(lambda: not beating())
    monkeypatch.undo()
    assert "cannot renew the leases" in caplog.text
    sqlite.write(intent(at=old))


def test_without_a_thread_for_it_a_lease_is_not_renewed_and_that_is_told(
    sqlite, monkeypatch, caplog, beating
):
    def full(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", full)
        sqlite.write(intent(job="first"))
    assert "not renewed: can't start new thread" in caplog.text
    sqlite.write(intent(job="second"))
    assert beating()


def test_a_journal_that_nobody_closed_leaves_nothing_behind(quick, path, beating):
    journal = SqliteJournal(path)
    journal.write(intent())
    assert beating()
    del journal
    gc.collect()
    eventually(lambda: not beating())


def test_the_renewing_keeps_no_process_alive(process, path):
    program = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from segue.events import Intent
from segue._journal.sqlite import SqliteJournal
journal = SqliteJournal(Path(sys.argv[1]))
journal.write(Intent(job="a1", at=datetime.now(UTC), backend="toy", task={}, key="k", owner="one"))
"""
    child = process(program, path)
    assert child.wait(10) == 0


def test_who_has_a_job_is_read_without_its_entry(sqlite):
    for job in ("a", "b"):
        sqlite.write(intent(job))
    sqlite.unclaim("b", sqlite.find("b").owner)
    with sqlite._file.writing() as connection:
        connection.execute("UPDATE jobs SET entry = 'no entry'")
    a, b = sqlite.lease_state("a"), sqlite.lease_state("b")
    assert (a.generation, b) == (1, LeaseState(None, None, 1))
    assert None not in a
    assert sqlite.lease_state("c") is None
