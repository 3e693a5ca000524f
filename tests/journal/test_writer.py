"""The journal's thread: what the tasks of event loops want of it is done in batches, and whoever
waits is answered, whatever fails."""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from segue._http import async_journal
from segue._http.announced import Undertaking
from segue._journal.sqlite import SqliteJournal
from segue._journal.writer import Errand
from segue._process.event_loops import Loop
from segue.errors import JobExists, JournalError, SegueError
from segue.events import Intent, Terminal
from segue.flow import Unclaim
from segue.job import Status
from segue.journal import Owner, State

NOW = datetime(2026, 1, 1, tzinfo=UTC)
both = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def intent(job, key="k"):
    return Intent(job=job, at=NOW, backend="toy/x", task={}, key=key, owner="me")


def end(job):
    return Terminal(job=job, at=NOW, status=Status.SUCCEEDED)


def write(journal, event):
    return async_journal.write(journal.writer, event, Undertaking())


def states(journal):
    return {entry.job: entry.state for entry in journal.entries()}


class Here:
    """A loop that has ended."""

    def call_soon(self, function):
        return False


class Busy:
    """Keeps the journal's thread busy, while errands queue up behind it."""

    def __init__(self, journal):
        self._writer = journal.writer
        self._begun, self._free = threading.Event(), threading.Event()

    def _hold(self):
        self._begun.set()
        self._free.wait(30)

    def __enter__(self):
        self._writer.put(Errand(Here(), lambda: None, function=self._hold))
        assert self._begun.wait(10)
        return self

    async def queued(self, count):
        """Wait until so many errands are queued."""
        with anyio.fail_after(10):
            while len(self._writer._queue) < count:
                await anyio.sleep(0.001)

    def free(self):
        self._free.set()

    def __exit__(self, *_):
        self.free()


@pytest.fixture
def counted(monkeypatch):
    """Counts the calls into loops."""
    calls, real = [], Loop.call_soon

    def call_soon(self, function):
        calls.append(self)
        return real(self, function)

    monkeypatch.setattr(Loop, "call_soon", call_soon)
    return calls


def commits(journal):
    with journal._file.reading() as connection:
        statements = []
        connection.set_trace_callback(statements.append)
    return statements


@both
def test_all_tasks_that_wait_share_a_transaction_and_a_wake_up(sqlite, backend, counted):
    sqlite.write(intent("first"))
    statements, done = commits(sqlite), []

    async def task(number):
        await write(sqlite, intent(f"job{number}"))
        done.append(number)

    async def story():
        async with anyio.create_task_group() as group:
            with Busy(sqlite) as busy:
                for number in range(8):
                    group.start_soon(task, number)
                await busy.queued(8)

    anyio.run(story, backend=backend)
    assert sorted(done) == list(range(8))
    assert (statements.count("COMMIT"), len(counted)) == (1, 1)
    assert len(states(sqlite)) == 9


@both
def test_nobody_is_answered_before_it_is_on_disk(sqlite, backend):
    done = []

    async def task():
        await write(sqlite, intent("first"))
        done.append(sqlite.find("first").state)

    async def story():
        async with anyio.create_task_group() as group:
            with sqlite._file.alone():
                group.start_soon(task)
                await under_way(sqlite)
                await anyio.sleep(0.05)
                assert done == []

    anyio.run(story, backend=backend)
    assert done == [State.INTENT]


async def under_way(journal):
    """Wait until the thread has taken all that is queued."""
    with anyio.fail_after(10):
        while not journal.writer._under_way or journal.writer._queue:
            await anyio.sleep(0.001)


@both
def test_what_cannot_be_written_fails_alone(sqlite, backend):
    sqlite.write(intent("first"))
    failed = []

    async def task(event):
        try:
            await write(sqlite, event)
        except SegueError:
            failed.append((event.job, event.key))

    async def story():
        async with anyio.create_task_group() as group:
            with Busy(sqlite) as busy:
                for event in (intent("a"), intent("first", key="another"), intent("c")):
                    group.start_soon(task, event)
                await busy.queued(3)

    anyio.run(story, backend=backend)
    assert failed == [("first", "another")]
    assert set(states(sqlite)) == {"first", "a", "c"}


@both
def test_the_lease_of_an_intent_that_is_refused_is_not_renewed(sqlite, backend):
    sqlite.write(intent("first"))
    sqlite.unclaim("first", "me")

    async def story():
        with pytest.raises(JobExists):
            await write(sqlite, intent("first", key="another"))

    anyio.run(story, backend=backend)
    assert sqlite._heartbeat._held == {}


@both
def test_the_error_of_a_function_is_the_tasks(sqlite, backend):
    async def story():
        with pytest.raises(ZeroDivisionError):
            await async_journal.call(sqlite.writer, lambda: 1 // 0, reads=True)
        assert await async_journal.call(sqlite.writer, lambda: 7, reads=True) == 7

    anyio.run(story, backend=backend)


def dying(monkeypatch, place, name):
    """Have the thread die when it comes there, once."""
    real, died = getattr(place, name), []

    def die(*arguments):
        if not died:
            died.append(arguments)
            raise SystemExit
        return real(*arguments)

    monkeypatch.setattr(place, name, die)


@both
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("step", ["writes", "begins", "answers"])
def test_who_waits_for_a_thread_that_dies_is_answered_and_another_thread_goes_on(
    sqlite, backend, monkeypatch, step
):
    sqlite.write(intent("first"))
    writer, answered = sqlite.writer, {}

    async def task(event):
        try:
            await write(sqlite, event)
            answered[event.job] = "written"
        except JournalError:
            answered[event.job] = "failed"

    async def story():
        async with anyio.create_task_group() as group:
            with Busy(sqlite) as busy:
                group.start_soon(task, intent("second"))
                await busy.queued(1)
                real = writer._taken

                def taken():  # the thread has this one alone; the next is queued when it dies
                    monkeypatch.setattr(writer, "_taken", real)
                    batch = real()
                    dying(monkeypatch, *places[step])
                    writer.put(queued)
                    return batch

                places = {
                    "writes": (sqlite._commits, "_put"),
                    "begins": (writer, "_do"),
                    "answers": (writer, "_answer"),
                }
                queued = Errand(Here(), lambda: None, change=intent("queued"))
                monkeypatch.setattr(writer, "_taken", taken)

        while sqlite.find("queued") is None:  # nothing else is queued meanwhile
            await anyio.sleep(0.001)
        await write(sqlite, intent("last"))

    async def in_time():
        with anyio.fail_after(10):
            await story()

    anyio.run(in_time, backend=backend)
    assert answered == {"second": "written" if step == "answers" else "failed"}
    there = {"first", "queued", "last"} | ({"second"} if step == "answers" else set())
    assert set(states(sqlite)) == there


@both
def test_without_a_thread_it_is_done_all_the_same(sqlite, backend, monkeypatch):
    def full(self):
        raise RuntimeError("can't start new thread")

    async def story():
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", full)
            await write(sqlite, intent("first"))
        await write(sqlite, end("first"))

    anyio.run(story, backend=backend)
    assert states(sqlite) == {"first": State.ENDED}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_does_the_rest_itself_where_no_other_can_be_started(sqlite, monkeypatch):
    begun, free = threading.Event(), threading.Event()

    def dies():
        begun.set()
        free.wait(30)
        raise SystemExit

    def full(self):
        raise RuntimeError("can't start new thread")

    sqlite.writer.put(Errand(Here(), lambda: None, function=dies))
    assert begun.wait(10)
    sqlite.writer.put(Errand(Here(), lambda: None, change=intent("queued")))
    thread = sqlite.writer._thread
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", full)
        free.set()
        thread.join(10)
    assert states(sqlite) == {"queued": State.INTENT}


async def scoped(function, event, cancels):
    with anyio.CancelScope() as scope:
        cancels.append(scope.cancel)
        await function(event)


async def own_task(function, event, cancels):
    task = asyncio.ensure_future(function(event))
    cancels.append(task.cancel)
    await asyncio.wait([task])


@pytest.mark.parametrize(
    ("backend", "within"), [("asyncio", scoped), ("trio", scoped), ("asyncio", own_task)]
)
def test_an_intent_that_is_cancelled_in_the_queue_is_not_written_and_what_happened_is(
    sqlite, backend, within
):
    sqlite.write(intent("first"))
    ended, cancels = {}, []

    async def task(event):
        try:
            await write(sqlite, event)
        finally:
            ended[event.job] = sqlite.find(event.job)

    async def story():
        async with anyio.create_task_group() as group:
            with Busy(sqlite) as busy:
                for event in (intent("cancelled"), end("first")):
                    group.start_soon(within, task, event, cancels)
                await busy.queued(2)
                for cancel in 2 * cancels:
                    cancel()
                    await anyio.sleep(0.01)
                assert ended == {"cancelled": None}, "the other waits until it is written"

    anyio.run(story, backend=backend)
    assert states(sqlite) == {"first": State.ENDED}
    assert ended["first"].state is State.ENDED


@both
def test_a_task_that_is_cancelled_already_announces_nothing_and_writes_what_happened(
    sqlite, backend
):
    sqlite.write(intent("first"))
    announced, ended = Undertaking(), Undertaking()

    async def story():
        for event, undertaking in ((intent("second"), announced), (end("first"), ended)):
            with anyio.CancelScope() as scope:
                scope.cancel()
                await async_journal.write(sqlite.writer, event, undertaking)

    anyio.run(story, backend=backend)
    assert states(sqlite) == {"first": State.ENDED}
    assert not announced.unfinished


@both
def test_an_intent_that_was_being_written_is_settled_by_its_run(sqlite, backend):
    undertaking = Undertaking()

    async def story():
        async with anyio.create_task_group() as group:
            with sqlite._file.alone():
                group.start_soon(async_journal.write, sqlite.writer, intent("first"), undertaking)
                await under_way(sqlite)
                group.cancel_scope.cancel()

    anyio.run(story, backend=backend)
    assert states(sqlite) == {"first": State.INTENT}
    assert undertaking.unfinished


def test_a_loop_that_is_closed_or_stopped_keeps_nobody_waiting(sqlite):
    sqlite.write(intent("first"))
    closed, stopped = asyncio.new_event_loop(), asyncio.new_event_loop()

    async def queue(event):
        task = asyncio.ensure_future(write(sqlite, event))
        await asyncio.sleep(0.01)
        return task

    async def other(busy):
        task = asyncio.ensure_future(write(sqlite, intent("third")))
        await busy.queued(3)
        busy.free()
        await asyncio.wait_for(task, 10)

    with Busy(sqlite) as busy:
        never = closed.run_until_complete(queue(end("first")))
        closed.close()
        later = stopped.run_until_complete(queue(intent("second")))
        asyncio.run(other(busy))
    assert states(sqlite) == {
        "first": State.ENDED, "second": State.INTENT, "third": State.INTENT,
    }  # fmt: skip
    stopped.run_until_complete(asyncio.wait_for(later, 10))  # it runs again
    stopped.close()
    assert not never.done()
    never._log_destroy_pending = False


@both
def test_giving_a_lease_back_shares_the_transaction(sqlite, backend):
    for job in ("a", "b"):
        sqlite.write(intent(job))
    statements = commits(sqlite)

    async def story():
        async with anyio.create_task_group() as group:
            with Busy(sqlite) as busy:
                group.start_soon(write, sqlite, end("b"))
                group.start_soon(write, sqlite, intent("c"))
                gone = Unclaim(job="a", owner=Owner(name="me"))
                group.start_soon(async_journal.free, sqlite.writer, gone, Undertaking())
                await busy.queued(3)

    anyio.run(story, backend=backend)
    assert statements.count("COMMIT") == 1
    owners = {entry.job: entry.owner for entry in sqlite.entries()}
    assert owners == {"a": None, "b": "me", "c": "me"}
    assert sqlite._heartbeat._held == {"b": "me", "c": "me"}, "and renewed no more"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_leaves_the_queue_to_its_parent_and_has_a_thread_of_its_own(sqlite):
    sqlite.write(intent("first"))
    with Busy(sqlite):
        sqlite.writer.put(Errand(Here(), lambda: None, change=end("first")))
        child = os.fork()
        if not child:
            ended = 1
            try:
                anyio.run(write, sqlite, intent("childs"))
                ended = 0 if states(sqlite)["first"] is State.INTENT else 2
            finally:
                os._exit(ended)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    anyio.run(write, sqlite, intent("parents"))
    assert states(sqlite) == {
        "first": State.ENDED, "childs": State.INTENT, "parents": State.INTENT,
    }  # fmt: skip


def test_what_is_queued_when_the_interpreter_ends_is_written(tmp_path):
    path = tmp_path / "journal.sqlite3"
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from segue._journal.group_commit import Commits
        from segue._journal.sqlite import SqliteJournal
        from segue._journal.writer import Errand
        from test_writer import Here, intent

        real = Commits.write_all

        def slow(self, batch):
            time.sleep(0.3)
            real(self, batch)

        Commits.write_all = slow
        journal = SqliteJournal(Path(sys.argv[1]))
        for job in ("first", "second"):
            journal.writer.put(Errand(Here(), lambda: None, change=intent(job)))
            time.sleep(0.05)
        """
    )
    subprocess.run(
        [sys.executable, "-c", script, path, Path(__file__).parent], check=True, timeout=60
    )
    journal = SqliteJournal(path)
    assert set(states(journal)) == {"first", "second"}
    journal.close()


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "when it is idle"])
def test_the_thread_ends_with_its_journal(path, waits):
    journal = SqliteJournal(path)
    anyio.run(write, journal, intent("first"))
    thread = journal.writer._thread
    assert thread.daemon
    time.sleep(0.1 * waits)
    journal.close()
    thread.join(5)
    assert not thread.is_alive()
    anyio.run(write, journal, end("first"))  # and another begins
    thread = journal.writer._thread
    time.sleep(0.1 * waits)
    del journal
    thread.join(5)
    assert not thread.is_alive()


def test_the_thread_that_is_busy_when_its_journal_is_closed_ends_afterwards(sqlite):
    with Busy(sqlite):
        thread = sqlite.writer._thread
        sqlite.close()
    thread.join(5)
    assert not thread.is_alive()


def test_the_thread_ends_when_nothing_comes(sqlite, monkeypatch):
    monkeypatch.setattr("segue._journal.writer.IDLE", 0.01)
    for job in ("first", "second"):
        anyio.run(write, sqlite, intent(job))
        deadline = time.monotonic() + 5
        while sqlite.writer._thread is not None:
            assert time.monotonic() < deadline
            time.sleep(0.001)
    assert set(states(sqlite)) == {"first", "second"}


def test_a_subclass_is_used_through_its_own_methods(path):
    class Own(SqliteJournal):
        """One that does more."""

    journal = Own(path)
    assert journal.writer is None
    journal.close()
