"""Being interrupted: the job is left alone, that is said, and nothing stays open."""

import asyncio
import gc
import os
import signal
import threading
import time
import tracemalloc

import anyio
import pytest
from toy_vendor import WAV, Answer

import segue
from segue.errors import SubmissionUnknown
from segue.events import Submitted
from segue.hooks import hookimpl
from segue.journal import State
from segue.testing.memory_journal import MemoryJournal

RUNNING = Answer(body=b'{"status": "running"}')


@pytest.fixture
def served(vendor):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", RUNNING)
    return vendor


async def cancelled(begun, method, *args, **options):
    async def watch(scope):
        while not begun():
            await anyio.sleep(0.01)
        scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch, group.cancel_scope)
        await method(*args, **options)
        return False
    return True


def interrupted(begun, method, *args, **options):
    """Call it, and press Ctrl-C as soon as it has `begun`."""

    def press():
        while not begun():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        method(*args, **options)
    return True


def leave(face, begun, method, *args, **options):
    if face.driver == "sync":
        return interrupted(begun, method, *args, **options)
    return face.do(cancelled, begun, method, *args, **options)


def test_a_wait_that_is_left_leaves_the_job_and_says_how_to_come_back(face, served, toy, caplog):
    client = face.client(toy)
    job = face.do(client.submit, "a waltz")
    assert leave(face, lambda: served.asked("/jobs/j1"), job.wait)
    assert f"client.resume({job.ticket.job!r})" in caplog.text
    served.says("/jobs/j1", Answer(body=b'{"status": "done"}'))
    assert face.do(job.wait).status.value == "succeeded"
    face.do(client.close)
    gc.collect()


def test_a_submission_that_is_left_is_in_doubt_and_the_journal_says_so(face, served, toy, caplog):
    served.says("/jobs", Answer(body=b'{"id": "j1"}', delay=1.5))
    journal = MemoryJournal()
    client = face.client(toy, journal=journal)
    assert leave(face, lambda: served.asked("/jobs"), client.submit, "a waltz")
    assert "its outcome is not known, and it may be charged" in caplog.text
    (entry,) = journal.entries()
    assert (entry.state, entry.owner) == (State.UNKNOWN, None)
    with pytest.raises(SubmissionUnknown):
        face.do(client.resume, entry.job)
    assert len(served.asked("/jobs")) == 1


class Leaves:
    """Leaves as soon as the answer to the paid request is there."""

    def __init__(self, leave):
        self.leave = leave

    @hookimpl
    def segue_called(self, endpoint):
        if endpoint.startswith("POST"):
            self.leave()


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_the_ticket_is_written_down_although_the_task_is_cancelled(served, toy, loop):
    journal = MemoryJournal()

    async def submit():
        scope = anyio.CancelScope()
        leaves = Leaves(scope.cancel)
        async with segue.AsyncClient(toy, journal=journal, plugins=[leaves]) as client:
            with scope:
                await client.submit("a waltz")

    anyio.run(submit, backend=loop)
    (entry,) = journal.entries()
    assert (entry.state, entry.ticket.id) == (State.SUBMITTED, "j1")


def test_the_ticket_is_written_down_although_asyncio_cancels_the_task(served, toy):
    journal = MemoryJournal()

    async def submit():
        leaves = Leaves(lambda: asyncio.current_task().cancel())
        async with segue.AsyncClient(toy, journal=journal, plugins=[leaves]) as client:
            await client.submit("a waltz")

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(submit())
    (entry,) = journal.entries()
    assert (entry.state, entry.ticket.id) == (State.SUBMITTED, "j1")


def test_the_ticket_is_written_down_although_ctrl_c_meets_the_writing(served, toy, monkeypatch):
    journal = MemoryJournal()
    write = journal.write
    pressed = []

    def interrupted(event):
        if isinstance(event, Submitted) and not pressed:
            pressed.append(event)
            raise KeyboardInterrupt
        write(event)

    monkeypatch.setattr(journal, "write", interrupted)
    with segue.Client(toy, journal=journal) as client, pytest.raises(KeyboardInterrupt):
        client.submit("a waltz")
    (entry,) = journal.entries()
    assert (entry.state, entry.ticket.id) == (State.SUBMITTED, "j1")


def test_a_download_that_is_left_leaves_no_half_file(face, served, toy, tmp_path):
    served.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    served.says("/songs/1", Answer(body=WAV, kind="audio/wav", delay=1.5))
    job = face.do(face.client(toy).submit, "a waltz")
    assert leave(face, lambda: served.asked("/songs/1"), job.download, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_making_a_file_that_is_left_stops_and_leaves_no_half_file(face, tmp_path):
    from segue.testing import Silence
    from segue.testing.silence import SilenceOptions

    job = face.do(face.client(Silence(SilenceOptions(dawdle=3))).submit, "hush")
    assert leave(face, lambda: list(tmp_path.glob("out/*.part")), job.download, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_large_file_needs_no_large_memory(face, served, toy, tmp_path):
    large = WAV + bytes(48_000_000)
    served.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    served.says("/songs/1", Answer(body=large, kind="audio/wav"))
    job = face.do(face.client(toy).submit, "a waltz")
    face.do(job.poll)
    tracemalloc.start()
    try:
        (path,) = face.do(job.download, tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size == len(large)
    assert peak < 8_000_000
