"""Several processes at one journal, and some of them die."""

import os
import sqlite3
import time
from contextlib import closing

import pytest

from segue._journal.sqlite import SqliteJournal
from segue._process.owner import new_owner
from segue.journal import State

from .telling import budget, intent, usd

MANY = """
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from segue.errors import SpendingRefused
from segue.events import Budget, Intent, Submitted, Terminal
from segue.job import Status, Ticket
from segue._process.owner import new_owner
from segue.money import Money
from segue._journal.sqlite import SqliteJournal

path, name, count = sys.argv[1:]
journal, owner = SqliteJournal(Path(path)), new_owner()

def live(job, **options):
    now = datetime.now(UTC)
    about = {"job": job, "at": now}
    journal.write(Intent(backend="toy", task={}, key=job, owner=owner, **options, **about))
    print("intent", job, owner, flush=True)
    journal.write(Submitted(ticket=Ticket(provider="toy", id=job, job=job), **about))
    print("submitted", job, owner, flush=True)
    journal.write(Terminal(status=Status.SUCCEEDED, **about))
    journal.unclaim(job, owner)

print("ready", flush=True)
input()
"""
LIVE = (
    MANY
    + """
for number in range(int(count)):
    live(f"{name}{number}")
journal.close()
"""
)
SPEND = (
    MANY
    + """
cents = Money(amount=Decimal("0.30"), unit="USD")
limit = Money(amount=Decimal("1.00"), unit="USD")
midnight = datetime(2020, 1, 1, tzinfo=UTC)
for number in range(int(count)):
    try:
        live(f"{name}{number}", reserved=cents, budgets=(Budget(limit=limit, since=midnight),))
    except SpendingRefused:
        print("no", flush=True)
"""
)


def ready(*children):
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()


def ended(child):
    told, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    return told.splitlines()


def whole(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_four_processes_write_hundreds_of_jobs_at_once(process, path, sqlite):
    children = [process(LIVE, path, name, 100) for name in "abcd"]
    ready(*children)
    for child in children:
        assert len(ended(child)) == 200
    assert len(sqlite.entries(states=[State.ENDED])) == 400
    assert not any(entry.owner for entry in sqlite.entries())
    assert whole(path)


def test_of_two_processes_that_race_for_the_last_cents_one_wins(process, path, sqlite):
    sqlite.write(intent("first", reserved=usd("0.60")))
    for round_ in range(3):
        children = [process(SPEND, path, f"{name}{round_}", 1) for name in "abc"]
        ready(*children)
        refusals = [told for child in children for told in ended(child) if told == "no"]
        assert len(refusals) == (2 if round_ == 0 else 3)
    assert sqlite.spent(budget(usd(1))) == usd("0.90")


def test_killed_amid_its_writes_a_process_loses_nothing_and_its_lease_is_free(
    process, path, sqlite
):
    child = process(LIVE, path, "a", 100_000)
    ready(child)
    told = [child.stdout.readline() for _ in range(50)]
    child.kill()
    told += child.communicate()[0].splitlines(keepends=True)
    assert whole(path)
    lines = [line.split() for line in told if line.endswith("\n")]
    for what, job, _ in lines:
        states = {State.SUBMITTED, State.ENDED} | ({State.INTENT} if what == "intent" else set())
        assert sqlite.entry(job).state in states
    open_jobs = [entry for entry in sqlite.entries() if entry.owner]
    assert len(open_jobs) <= 1, "it worked on one job at a time"
    mine = new_owner()
    for entry in open_jobs:
        assert entry.owner == lines[0][2]
        assert sqlite.claim(entry.job, mine, entry.created) is None, "before the lease ends"


def test_the_lease_of_a_process_that_lives_is_not_free(process, path, sqlite):
    program = LIVE.replace("journal.unclaim(job, owner)", "input()")
    child = process(program, path, "a", 1)
    ready(child)
    owner = child.stdout.readline().split()[2]
    assert sqlite.claim("a0", "me", sqlite.entry("a0").created) == owner
    child.kill()
    deadline = time.monotonic() + 60
    while sqlite.claim("a0", "me", sqlite.entry("a0").created) is not None:
        assert time.monotonic() < deadline


FORK = (
    MANY
    + """
import os, threading
journal.write(Intent(backend="toy", task={}, key="a", owner=owner, job="a", at=datetime.now(UTC)))
other, closed = SqliteJournal(Path(path)), os.pipe()
busy = threading.Thread(target=lambda: [other.spent(limit) for _ in range(2000)])
limit = Budget(limit=Money(amount=Decimal(1), unit="USD"), since=datetime(2020, 1, 1, tzinfo=UTC))
busy.start()
child = os.fork()
if not child:
    journal._heartbeat._notice_fork()
    assert not journal._heartbeat._held
    live("b")
    os.read(closed[0], 1)
    live("c")
    os._exit(0)
busy.join()
live("d")
other.close()
journal.close()
os.write(closed[1], b"x")
assert os.waitpid(child, 0)[1] == 0
"""
)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_opens_the_file_for_itself(process, path, sqlite):
    parent = process(FORK, path, "", 0)
    ready(parent)
    ended(parent)
    assert {entry.job for entry in sqlite.entries()} == {"a", "b", "c", "d"}
    assert whole(path)


PUSH = """
import sqlite3, sys
try:
    sqlite3.connect(sys.argv[1], 0).execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error)
"""


def test_a_second_journal_of_one_process_does_not_end_the_firsts_lock(process, path, sqlite):
    sqlite.write(intent("a1"))
    with sqlite._file.writing():
        with closing(SqliteJournal(path)) as second:
            assert second.entry("a1")
        assert process(PUSH, path).communicate()[0] == "database is locked\n"
    assert process(PUSH, path).communicate()[0] == ""
