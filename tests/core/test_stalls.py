"""Nothing of an asynchronous client holds the event loop up, whatever the journal or the disk
does: another program holds the journal's write lock here, and a task measures the loop's stalls."""

import sqlite3
import threading
import time
from contextlib import closing

import anyio
import pytest
from faces import over_aiohttp
from toy_vendor import WAV, Answer

import segue
from segue._files.atomic import Landing

LOCKED = 1.0
"""Seconds for which the other program holds the lock."""
MOST = 0.7
"""Seconds that the loop may stall: the machine is busy with other tests, too."""

LOOPS = pytest.mark.parametrize(
    ("loop", "config"),
    [("asyncio", lambda: None), ("trio", lambda: None), ("asyncio", lambda: over_aiohttp(None))],
    ids=["asyncio", "trio", "aiohttp"],
)


@pytest.fixture
def served(vendor):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    vendor.says("/songs/1", Answer(body=WAV, kind="audio/wav"))
    return vendor


class Stalls:
    """A heartbeat: how long the loop stood still at most."""

    def __init__(self):
        self.longest = 0.0

    async def beat(self, *, task_status):
        task_status.started()
        while True:
            began = time.monotonic()
            await anyio.sleep(0.01)
            self.longest = max(self.longest, time.monotonic() - began - 0.01)


class Holding:
    """Another program that holds the write lock of a journal for a while."""

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        held = threading.Event()
        self._thread = threading.Thread(target=self._hold, args=(held,))
        self._thread.start()
        held.wait(5)

    def _hold(self, held):
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(LOCKED)
            connection.execute("ROLLBACK")

    def __exit__(self, *_):
        self._thread.join()


async def during(path, method, *args, **options):
    """Call it while the journal is locked; the longest stall, and how long it took."""
    stalls = Stalls()
    async with anyio.create_task_group() as group:
        await group.start(stalls.beat)
        holding = Holding(path)
        await anyio.to_thread.run_sync(holding.__enter__)
        began = time.monotonic()
        await method(*args, **options)
        took = time.monotonic() - began
        await anyio.to_thread.run_sync(holding.__exit__)
        group.cancel_scope.cancel()
    return stalls.longest, took


@LOOPS
def test_no_step_of_a_job_holds_the_loop_up_while_the_journal_is_locked(
    served, toy, tmp_path, loop, config
):
    path = tmp_path / "journal.sqlite3"
    stalls = {}

    async def story():
        client = segue.AsyncClient(toy, journal=path, config=config())
        job = await client.submit("the first one loads what is needed")
        await job.wait()
        steps = {
            "submit": lambda: client.submit("a waltz"),
            "wait": job.wait,
            "download": lambda: job.download(tmp_path / "out"),
            "jobs": client.jobs,
            "resume": lambda: client.resume(job.ticket.job),
            "forget": lambda: client.forget(job.ticket.job),
            "close": client.close,
        }
        for name, step in steps.items():
            stalls[name] = await during(path, step)

    anyio.run(story, backend=loop)
    assert {name: told for name, told in stalls.items() if told[0] > MOST} == {}
    assert stalls["close"][1] > LOCKED / 2, "it did wait for the journal"


@LOOPS
def test_a_slow_disk_holds_no_loop_up(served, toy, tmp_path, loop, config, monkeypatch):
    for name in ("__init__", "write", "finish", "__exit__", "restart"):
        real = getattr(Landing, name)

        def slow(self, *args, real=real, **options):
            time.sleep(MOST + 0.1)
            return real(self, *args, **options)

        monkeypatch.setattr(Landing, name, slow)
    served.says("/songs/1", Answer(body=WAV, kind="audio/wav", cut=300, ranged=True),
                Answer(body=WAV, kind="audio/wav", ranged=True))  # fmt: skip
    stalls, threads = Stalls(), set()

    async def story():
        async with (
            anyio.create_task_group() as group,
            segue.AsyncClient(toy, journal=None, config=config()) as client,
        ):
            job = await client.submit("a waltz")
            await group.start(stalls.beat)
            (path,) = await job.download(
                tmp_path, on_progress=lambda *_: threads.add(threading.get_ident())
            )
            group.cancel_scope.cancel()
        return path, threading.get_ident()

    path, here = anyio.run(story, backend=loop)
    assert path.read_bytes() == WAV
    assert stalls.longest < MOST
    assert threads == {here}, "a program's own function is called in its loop"


@LOOPS
def test_a_client_that_is_closed_by_a_cancelled_task_gives_its_leases_back(
    served, toy, tmp_path, loop, config
):
    path = tmp_path / "journal.sqlite3"

    async def story():
        with anyio.CancelScope() as scope:
            async with segue.AsyncClient(toy, journal=path, config=config()) as client:
                await client.submit("a waltz")
                scope.cancel()
        async with segue.AsyncClient(toy, journal=path, config=config()) as other:
            (entry,) = await other.jobs()
            await other.resume(entry.job)  # JobBusy, if another had it

    anyio.run(story, backend=loop)
