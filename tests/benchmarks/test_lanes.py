"""The lanes: never more requests in a pool than it has connections, and nobody is forgotten."""

import threading

import anyio
import httpx
import pytest

from segue._http import pool as lanes
from segue._http.async_pool import AsyncLanes

NARROW = lanes.Shape(lanes=2, width=2)


def opened(kind):
    return lambda limits, cookies: kind(limits=limits, cookies=cookies, verify=False)


def test_a_lane_is_filled_before_another_is_opened():
    several = lanes.Lanes(opened(httpx.Client), shape=NARROW)
    first, second, third = (several.take(1) for _ in range(3))
    assert first is second is not third
    several.close()


def test_cookies_are_those_of_all_lanes():
    several = lanes.Lanes(opened(httpx.Client), shape=NARROW)
    first, _, third = (several.take(1) for _ in range(3))
    first.client.cookies.set("session", "1")
    assert third.client.cookies["session"] == "1"
    several.close()


def test_who_finds_all_taken_is_told_so_when_its_patience_ends():
    several = lanes.Lanes(opened(httpx.Client), shape=NARROW)
    for _ in range(4):
        several.take(1)
    with pytest.raises(httpx.PoolTimeout):
        several.take(0.01)
    several.close()


def test_a_thread_that_waits_goes_on_when_a_connection_is_given_back():
    several = lanes.Lanes(opened(httpx.Client), shape=NARROW)
    taken = [several.take(1) for _ in range(4)]
    got = []
    waiting = threading.Thread(target=lambda: got.append(several.take(5)))
    waiting.start()
    several.give_back(taken[0])
    waiting.join(5)
    assert got == [taken[0]]
    several.close()


def test_the_callers_own_client_is_the_only_lane_and_stays_open():
    with httpx.Client() as theirs:
        several = lanes.Lanes(opened(httpx.Client), theirs=theirs)
        assert {several.take(1).client for _ in range(50)} == {theirs}
        several.close()
        assert not theirs.is_closed


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_wait_in_line(backend):
    order = []

    async def wait(several, name):
        await several.take(5)
        order.append(name)

    async def story():
        several = AsyncLanes(opened(httpx.AsyncClient), shape=NARROW)
        taken = [await several.take(1) for _ in range(4)]
        async with anyio.create_task_group() as group:
            for name in "abc":
                group.start_soon(wait, several, name)
                await anyio.wait_all_tasks_blocked()
            for lane in taken[:3]:
                several.give_back(lane)
                await anyio.wait_all_tasks_blocked()
        await several.close()

    anyio.run(story, backend=backend)
    assert order == ["a", "b", "c"]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_task_that_stops_waiting_takes_no_turn_away(backend):
    async def story():
        several = AsyncLanes(opened(httpx.AsyncClient), shape=NARROW)
        taken = [await several.take(1) for _ in range(4)]
        with pytest.raises(httpx.PoolTimeout):
            await several.take(0.01)
        several.give_back(taken[0])
        lane = await several.take(0.01)
        assert lane is taken[0]
        await several.close()

    anyio.run(story, backend=backend)
