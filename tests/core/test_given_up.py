"""Submissions that are cancelled at any moment: the journal says of each whether it was sent, and
the vendor's ledger proves it."""

import asyncio
import time
from random import Random

import anyio
import pytest
from faces import over_aiohttp

import segue
from segue._journal.group_commit import Commits
from segue._journal.sqlite import SqliteJournal
from segue._process.event_loops import running_loop
from segue.events import Intent
from segue.journal import State
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.loopback import served

JOBS = 150
SENT = (State.UNKNOWN, State.SUBMITTED)


@pytest.fixture
def hush(monkeypatch):
    vendor = HushVendor(seed=7)
    with served(vendor) as url:
        monkeypatch.setenv("SEGUE_HUSH_BASE_URL", url)
        yield vendor


def account(vendor, path):
    journal = SqliteJournal(path)
    entries = journal.entries(states=tuple(State))
    journal.close()
    for entry in entries:
        charged = vendor.charges[str(entry.task["prompt"])]
        assert entry.state is not State.INTENT, "it is settled"
        assert charged <= 1
        assert entry.state in SENT or not charged, "refused means: nothing was spent"
    return entries


# trio remarks that httpx leaves its own generators to the collector when a request is cancelled
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("loop", "native", "config"),
    [
        ("asyncio", False, lambda: None),
        ("asyncio", True, lambda: None),
        ("trio", False, lambda: None),
        ("asyncio", False, lambda: over_aiohttp(None)),
        ("asyncio", True, lambda: over_aiohttp(None)),
    ],
    ids=["asyncio, scopes", "asyncio, Task.cancel", "trio", "aiohttp, scopes", "aiohttp, cancel"],
)
def test_no_cancelled_submission_stays_an_intent(hush, tmp_path, loop, native, config):
    path, rng = tmp_path / "journal.sqlite3", Random(f"{loop} {native}")

    async def one(client, number):
        if native:
            task = asyncio.ensure_future(client.submit(f"{number}"))
            await asyncio.sleep(rng.uniform(0, 0.05))
            task.cancel()
            await asyncio.wait([task])
        else:
            with anyio.move_on_after(rng.uniform(0, 0.05)):
                await client.submit(f"{number}")

    async def story():
        turns = anyio.Semaphore(6)

        async def in_turn(client, number):
            async with turns:
                await one(client, number)

        provider = Hush(quotes=False)
        async with (
            segue.AsyncClient(provider, journal=path, config=config()) as client,
            anyio.create_task_group() as group,
        ):
            for number in range(JOBS):
                group.start_soon(in_turn, client, number)

    anyio.run(story, backend=loop)
    states = {entry.state for entry in account(hush, path)}
    assert State.REFUSED in states, "some are given up before they are sent"
    assert states & set(SENT), "and some after that"


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_task_that_is_cancelled_while_its_intent_is_written_was_never_sent(
    hush, tmp_path, loop, monkeypatch
):
    """It used to stay an intent under trio, and under asyncio when the task was cancelled by
    asyncio's own means."""
    path, scopes, loops = tmp_path / "journal.sqlite3", [], []
    write_all = Commits.write_all

    def slow(self, batch):
        write_all(self, batch)
        if any(isinstance(pending.change, Intent) for pending in batch):
            loops[0].call_soon(scopes[-1].cancel)
            time.sleep(0.02)

    monkeypatch.setattr(Commits, "write_all", slow)

    async def story():
        loops.append(running_loop())
        async with segue.AsyncClient(Hush(quotes=False), journal=path) as client:
            for number in range(5):
                with anyio.CancelScope() as scope:
                    scopes.append(scope)
                    await client.submit(f"{number}")

    anyio.run(story, backend=loop)
    entries = account(hush, path)
    assert [entry.state for entry in entries] == [State.REFUSED] * 5
    assert {entry.reason for entry in entries} == {"it was given up before it was sent"}
    assert not any(entry.owner for entry in entries)
    assert hush.requests["submit"] == 0


def test_ctrl_c_between_the_intent_and_the_request_is_written_down(hush, tmp_path, monkeypatch):
    path = tmp_path / "journal.sqlite3"
    write = SqliteJournal.write

    def interrupted(self, event):
        write(self, event)
        if isinstance(event, Intent):
            raise KeyboardInterrupt

    monkeypatch.setattr(SqliteJournal, "write", interrupted)
    with segue.Client(Hush(quotes=False), journal=path) as client, pytest.raises(KeyboardInterrupt):
        client.submit("one")
    (entry,) = account(hush, path)
    assert (entry.state, hush.requests["submit"]) == (State.REFUSED, 0)
