"""What several threads tell the journal at once is one transaction, and each hears of its own."""

import threading
from datetime import UTC, datetime

import pytest

from segue._journal.sqlite import SqliteJournal
from segue.errors import JournalError, SegueError
from segue.events import Intent, Terminal
from segue.job import Status
from segue.journal import State

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def intent(job, key="k"):
    return Intent(job=job, at=NOW, backend="toy/x", task={}, key=key, owner="me")


@pytest.fixture
def together(sqlite):
    """Writes events from a thread each, all of which wait for one another's transaction."""

    def write(*events):
        ends = {}

        def tell(event):
            try:
                sqlite.write(event)
            except BaseException as error:
                ends[event.job] = error

        with sqlite._file.alone():  # nobody gets in before all are waiting
            threads = [threading.Thread(target=tell, args=(event,)) for event in events]
            for thread in threads:
                thread.start()
            while len(sqlite._commits._waiting) < len(events):
                pass
        for thread in threads:
            thread.join(10)
        return ends

    return write


def commits(journal):
    with journal._file.reading() as connection:
        told = []
        connection.set_trace_callback(told.append)
    return told


def test_threads_share_a_transaction(sqlite, together):
    sqlite.write(intent("first"))
    told = commits(sqlite)
    assert together(*(intent(f"job{number}") for number in range(8))) == {}
    assert told.count("COMMIT") == 1
    assert len(sqlite.entries()) == 9


def test_one_that_cannot_be_written_fails_alone(sqlite, together):
    sqlite.write(intent("first"))
    ends = together(intent("job1"), intent("first", key="another"), intent("job2"))
    assert list(ends) == ["first"]
    assert isinstance(ends["first"], SegueError)
    assert {entry.job for entry in sqlite.entries()} == {"first", "job1", "job2"}


def test_a_file_that_cannot_be_written_is_everybodys_fault(sqlite, together):
    sqlite.write(intent("first"))
    with sqlite._file.reading() as connection:
        connection.execute("PRAGMA query_only = ON")
    ends = together(intent("job1"), intent("job2"))
    assert set(map(type, ends.values())) == {JournalError}
    assert sorted(ends) == ["job1", "job2"]
    assert [entry.job for entry in sqlite.entries()] == ["first"]


def test_an_event_that_waits_in_the_parent_is_not_the_childs(sqlite, monkeypatch):
    sqlite.write(intent("first"))
    commits_ = sqlite._commits
    waiting = type(commits_)(sqlite._file, commits_._put)
    with sqlite._file.alone():
        monkeypatch.setattr("os.getpid", lambda: -1)
        thread = threading.Thread(target=commits_.write, args=(intent("parents"),))
        thread.start()
        while not commits_._waiting:
            pass
        monkeypatch.undo()
        waiting._waiting = commits_._waiting.copy()  # as a fork would leave it
        waiting.write(intent("own"))
        monkeypatch.setattr("os.getpid", lambda: -1)
    thread.join(10)
    monkeypatch.undo()
    assert {entry.job for entry in sqlite.entries()} == {"first", "own", "parents"}


def test_giving_a_lease_back_leaves_what_follows_durable(sqlite):
    sqlite.write(intent("first"))
    sqlite.unclaim("first", "me")
    with sqlite._file.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    sqlite.write(Terminal(job="first", at=NOW, status=Status.SUCCEEDED))
    assert sqlite.entry("first").owner is None


def test_an_interrupted_commit_lets_nobody_believe_that_it_was_written(path, monkeypatch):
    journal = SqliteJournal(path)

    def interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(journal._commits, "_put", interrupt)
    with pytest.raises(KeyboardInterrupt):
        journal.write(intent("first"))
    monkeypatch.undo()
    assert journal.entries() == []
    journal.close()


def test_what_was_given_up_while_it_waited_is_not_written_by_the_next(sqlite, monkeypatch):
    sqlite.write(intent("first"))
    with monkeypatch.context() as patch:
        patch.setattr(sqlite._file, "alone", interrupted)
        for event in (
            intent("given-up"),
            Terminal(job="first", at=NOW, status=Status.FAILED),
        ):
            with pytest.raises(KeyboardInterrupt):
                sqlite.write(event)
    sqlite.write(intent("next"))
    states = {entry.job: entry.state for entry in sqlite.entries()}
    assert states == {"first": State.ENDED, "next": State.INTENT}


@pytest.mark.parametrize("first", ["a", "spoiled"], ids=["at once", "one by one"])
def test_who_waits_for_an_interrupted_commit_writes_it_by_itself(
    sqlite, together, monkeypatch, first
):
    put, pressed = sqlite._commits._put, []

    def interrupt(connection, event):
        if event.job == "spoiled":
            raise JournalError("it cannot be written")
        if event.job == "b" and not pressed:
            pressed.append(event)
            raise KeyboardInterrupt
        put(connection, event)

    monkeypatch.setattr(sqlite._commits, "_put", interrupt)
    ends = together(*(intent(job) for job in (first, "b", "c", "d")))
    (left,) = (job for job, error in ends.items() if isinstance(error, KeyboardInterrupt))
    assert {entry.job for entry in sqlite.entries()} == {first, "b", "c", "d"} - {left, "spoiled"}
    assert set(ends) <= {left, "spoiled"}


def interrupted():
    raise KeyboardInterrupt
