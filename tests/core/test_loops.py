"""One asynchronous client in several event loops: each has connections of its own."""

import asyncio
import gc
import json
import threading

import anyio
import httpx
import pytest
from faces import over_aiohttp
from httpx_aiohttp import HttpxAiohttpClient
from toy_vendor import Answer

import segue
from segue.errors import ConfigError

LOOPS = pytest.mark.parametrize(
    ("loop", "config"),
    [
        ("asyncio", lambda: None),
        ("trio", lambda: None),
        ("asyncio", lambda: over_aiohttp(None)),
        ("trio", lambda: over_aiohttp(None)),
    ],
    ids=["asyncio", "trio", "aiohttp", "aiohttp under trio"],
)


@pytest.fixture
def echo(vendor):
    def taken(request):
        prompt = json.loads(request.body)["prompt"]
        return Answer(body=json.dumps({"id": f"for {prompt}"}).encode(), delay=0.02)

    vendor.says("/jobs", taken)
    vendor.says("/jobs/j1", Answer())
    return vendor


async def submit(client, prompt):
    """The job's id, after a look at it, whose connection is held open."""
    job = await client.submit(prompt)
    await job.poll()
    return job.ticket.id


async def several(client, name):
    got = []

    async def one(number):
        got.append(await submit(client, f"{name} {number}"))

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(one, number)
    return sorted(got)


@LOOPS
def test_one_loop_after_another(echo, toy, loop, config):
    client = segue.AsyncClient(toy, journal=None, config=config())
    for name in "abc":
        told = anyio.run(several, client, name, backend=loop)
        assert told == [f"for {name} {number}" for number in range(4)]
    gc.collect()  # what was left open in a loop that is gone would warn here, and fail the test
    anyio.run(client.close, backend=loop)
    assert len(echo.asked("/jobs")) == 12


def test_asyncio_and_trio_in_turn(echo, toy):
    client = segue.AsyncClient(toy, journal=None, config=over_aiohttp(None))
    for loop in ("asyncio", "trio", "asyncio", "trio"):
        assert anyio.run(submit, client, loop, backend=loop) == f"for {loop}"
    anyio.run(client.close, backend="trio")


@LOOPS
def test_loops_in_several_threads_at_once(echo, toy, loop, config):
    client = segue.AsyncClient(toy, journal=None, config=config())
    told = {}

    def one(name):
        told[name] = anyio.run(several, client, name, backend=loop)

    threads = [threading.Thread(target=one, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {name: [f"for {name} {number}" for number in range(4)] for name in "abcd"}
    anyio.run(client.close, backend=loop)


def test_a_loop_that_is_only_stopped_leaves_its_connections_behind(echo, toy):
    """`loop.close()` alone closes no generator: the next loop has a pool of its own even so."""
    client = segue.AsyncClient(toy, journal=None)
    for name in "ab":
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(submit(client, name)) == f"for {name}"
        loop.run_until_complete(loop.shutdown_asyncgens()) if name == "b" else None
        loop.close()
    del client
    with pytest.warns(ResourceWarning):  # asyncio's own, of what the first loop left
        gc.collect()


@LOOPS
def test_a_job_of_one_loop_is_waited_for_in_another(echo, toy, loop, config, tmp_path):
    echo.says("/jobs", Answer(body=b'{"id": "j1"}'))
    echo.says("/jobs/j1", Answer(body=b'{"status": "done"}'))
    client = segue.AsyncClient(toy, journal=tmp_path / "journal.sqlite3", config=config())
    job = anyio.run(client.submit, "a waltz", backend=loop)
    assert anyio.run(job.wait, backend=loop).status.value == "succeeded"
    anyio.run(client.close, backend=loop)


@pytest.mark.parametrize("kind", [httpx.AsyncClient, HttpxAiohttpClient])
def test_a_client_of_ones_own_is_refused_in_another_loop_before_the_intent(
    echo, toy, tmp_path, kind
):
    mine = kind()
    client = segue.AsyncClient(toy, http=mine, journal=tmp_path / "journal.sqlite3")

    async def first():
        assert await submit(client, "first") == "for first"

    async def second():
        with pytest.raises(ConfigError, match="connections of another event loop"):
            await client.submit("second")
        entries = await client.jobs()
        await client.close()
        return [entry.task["prompt"] for entry in entries]

    async def all_of_it():
        await first()
        thread_told = await asyncio.to_thread(lambda: asyncio.run(second()))
        await mine.aclose()
        return thread_told

    assert asyncio.run(all_of_it()) == ["first"]
    assert len(echo.asked("/jobs")) == 1


@pytest.mark.parametrize("transport", ["closed again", "mock"])
def test_a_client_of_ones_own_without_connections_is_used_in_another_loop(echo, toy, transport):
    def answer(request):
        return httpx.Response(200, json={"id": "j1", "status": "running"})

    mocked = {"transport": httpx.MockTransport(answer)} if transport == "mock" else {}
    mine = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), **mocked)
    client = segue.AsyncClient(toy, http=mine, journal=None)
    for name in "ab":
        assert asyncio.run(submit(client, name)) in {"j1", f"for {name}"}
    asyncio.run(mine.aclose())
