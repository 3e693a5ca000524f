"""Nothing of an asynchronous client holds the event loop up, whatever the journal or the disk
does: another program holds the journal's write lock here, and a task measures the loop's stalls."""

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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
"""Seconds that the loop may stall longer than a thread beside it: the machine may be busy."""

LOOPS = {
    "asyncio": ("asyncio", lambda: None),
    "trio": ("trio", lambda: None),
    "aiohttp": ("asyncio", lambda: over_aiohttp(None)),
}


@pytest.fixture
def served(vendor):
    """Each prompt is a job of its own, with a file of its own."""

    def job(request):
        return Answer(body=json.dumps({"id": json.loads(request.body)["prompt"]}).encode())

    vendor.says("/jobs", job)
    for name in (*LOOPS, "waltz"):
        done = {"status": "done", "url": f"/songs/{name}"}
        vendor.says(f"/jobs/{name}", Answer(body=json.dumps(done).encode()))
        vendor.says(f"/songs/{name}", Answer(body=WAV, kind="audio/wav"))
    return vendor


class Stalls:
    """Two heartbeats: how long the loop stood still, and how long a thread beside it did."""

    def __init__(self):
        self.longest = 0.0
        self._beside = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat_beside)

    async def beat(self, *, task_status):
        task_status.started()
        self._thread.start()
        while True:
            began = time.monotonic()
            await anyio.sleep(0.01)
            self.longest = max(self.longest, time.monotonic() - began - 0.01)

    def _beat_beside(self):
        while not self._over.is_set():
            began = time.monotonic()
            self._over.wait(0.01)
            self._beside = max(self._beside, time.monotonic() - began - 0.01)

    def own(self):
        """The loop's longest stall, beyond what held the whole process up."""
        self._over.set()
        self._thread.join()
        return self.longest - self._beside


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
    return stalls.own(), took


def on_every_loop(story):
    """Run `story(name, config)` on each loop, all at once, since all they do here is wait."""
    with ThreadPoolExecutor() as pool:
        runs = {
            name: pool.submit(anyio.run, story, name, config(), backend=loop)
            for name, (loop, config) in LOOPS.items()
        }
    return {name: run.result() for name, run in runs.items()}


def test_no_step_of_a_job_holds_the_loop_up_while_the_journal_is_locked(served, toy, tmp_path):
    async def story(name, config):
        path = tmp_path / name / "journal.sqlite3"
        client = segue.AsyncClient(toy, journal=path, config=config)
        job = await client.submit(name)  # the first one loads what is needed
        await job.wait()
        steps = {
            "submit": lambda: client.submit("waltz"),
            "wait": job.wait,
            "download": lambda: job.download(tmp_path / name),
            "jobs": client.jobs,
            "resume": lambda: client.resume(job.ticket.job),
            "forget": lambda: client.forget(job.ticket.job),
            "close": client.close,
        }
        return {step: await during(path, method) for step, method in steps.items()}

    for name, stalls in on_every_loop(story).items():
        assert {step: told for step, told in stalls.items() if told[0] > MOST} == {}, name
        assert stalls["close"][1] > LOCKED / 2, "it did wait for the journal"


def test_a_slow_disk_holds_no_loop_up(served, toy, tmp_path, monkeypatch):
    for name in ("__init__", "write", "finish", "__exit__", "restart"):
        real = getattr(Landing, name)

        def slow(self, *args, real=real, **options):
            time.sleep(MOST + 0.1)
            return real(self, *args, **options)

        monkeypatch.setattr(Landing, name, slow)
    for name in LOOPS:
        served.says(f"/songs/{name}", Answer(body=WAV, kind="audio/wav", cut=300, ranged=True),
                    Answer(body=WAV, kind="audio/wav", ranged=True))  # fmt: skip

    async def story(name, config):
        stalls, threads = Stalls(), set()
        async with (
            anyio.create_task_group() as group,
            segue.AsyncClient(toy, journal=None, config=config) as client,
        ):
            job = await client.submit(name)
            await group.start(stalls.beat)
            (path,) = await job.download(
                tmp_path / name, on_progress=lambda *_: threads.add(threading.get_ident())
            )
            group.cancel_scope.cancel()
        return path, stalls.own(), threads == {threading.get_ident()}

    for name, (path, stalled, here) in on_every_loop(story).items():
        assert path.read_bytes() == WAV
        assert stalled < MOST, name
        assert here, "a program's own function is called in its loop"


@pytest.mark.parametrize(("loop", "config"), LOOPS.values(), ids=LOOPS)
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
