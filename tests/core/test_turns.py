"""Whoever waits for a permit is woken when it may go, wherever it runs, and polls for nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
import trio
from toy_vendor import Toy
from virtual import desk

from segue._engine.quote_cache import Prices
from segue._engine.submit import Order, submit
from segue._http.async_driver import AsyncDriver
from segue._http.sync_driver import Driver
from segue._http.waiters import ThreadWaiter
from segue._pace import queue
from segue._pace.rate_limit import Gate
from segue._pace.single_flight import SingleFlight
from segue._pace.store import Turn
from segue.config import Http
from segue.errors import JournalError, RateLimited
from segue.flow import Permit, Reply, call, permit
from segue.hooks import Hooks
from segue.provider import Limits
from segue.tasks import Generate

SOON = 10.0
"""Seconds: less than any sleep of one that is not woken."""
LOOPS = ("asyncio", "trio")


@pytest.fixture(autouse=True)
def nobody_looks_by_himself(monkeypatch):
    monkeypatch.setattr(queue, "WATCH", 60.0)


def wish(turns, job, kind="submit", **more):
    return permit(Permit(turns=turns, kind=kind, job=job, **more))


def run(flow):
    return Driver(http=Http(), hooks=Hooks()).run(flow)


async def run_async(flow):
    return await AsyncDriver(http=Http(), hooks=Hooks()).run(flow)


def full(**limits):
    """A gate whose only place is taken."""
    gate = Gate(Limits(in_flight=1, **limits))
    assert gate.turn("submit", "first", 0.0, 0.0) == 0
    gate._in_flight["first"] = time.monotonic()
    return gate


def waits(gate, number, kind="submit"):
    """Return when so many wait."""
    for _ in range(1000):
        if len(gate._lines[kind].queue) == number:
            return
        time.sleep(0.005)
    pytest.fail(f"{len(gate._lines[kind].queue)} wait")


def until(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it never was so")


@pytest.fixture
def apart():
    """Runs things in threads of their own, as daemons: what hangs fails its test alone."""
    found = []

    def start(function, *args):
        future = ThreadPoolExecutor(1)
        found.append(future)
        return future.submit(function, *args)

    yield start
    for pool in found:
        pool.shutdown(wait=False)


def in_loop(how, function, *args):
    return trio.run(function, *args) if how == "trio" else asyncio.run(function(*args))


def asks(how, gate, job):
    """Wait for a place in a thread, or in an event loop of its own."""
    flow = wish(gate, job)
    if how == "thread":
        return run(flow)
    return in_loop(how, run_async, flow)


@pytest.mark.parametrize("how", ["thread", *LOOPS])
def test_whoever_waits_goes_at_once_when_a_job_ends(how, apart):
    gate = full()
    second = apart(asks, how, gate, "second")
    waits(gate, 1)
    gate.leave("first")
    assert second.result(SOON) is not None


@pytest.mark.parametrize("how", ["thread", *LOOPS])
def test_whoever_waits_goes_at_once_when_a_permit_is_returned(how, apart):
    gate = Gate(Limits(submits_per_minute=1))
    now = time.monotonic()
    assert gate.turn("submit", "first", now, now) == 0
    second = apart(asks, how, gate, "second")
    waits(gate, 1)
    gate.unused("submit", "first")
    assert second.result(SOON) is not None


def test_threads_and_two_event_loops_share_one_gate(apart):
    """Nobody is forgotten, and no two jobs run at once; the sleeps alone would take minutes."""
    gate, running, most = Gate(Limits(in_flight=1)), [], []

    def begins(job):
        running.append(job)
        most.append(len(running))

    def ends(job):
        running.remove(job)
        gate.leave(job)

    def in_thread(name):
        for number in range(5):
            job = f"{name} {number}"
            run(wish(gate, job))
            begins(job)
            time.sleep(0.002)
            ends(job)

    async def task(job):
        await run_async(wish(gate, job))
        begins(job)
        await anyio.sleep(0.002)
        ends(job)

    async def tasks(name):
        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(task, f"{name} {number}")

    futures = [apart(in_thread, f"thread {number}") for number in range(3)]
    futures += [apart(in_loop, how, tasks, how) for how in LOOPS]
    for future in futures:
        future.result(10)
    assert (len(most), max(most)) == (35, 1)


def test_they_go_in_the_order_in_which_they_came(apart):
    gate, went = full(), []

    def goes(job):
        run(wish(gate, job))
        went.append(job)
        gate.leave(job)

    futures = []
    for number in range(6):
        futures.append(apart(goes, f"{9 - number}"))
        waits(gate, number + 1)
    gate.leave("first")
    for future in futures:
        future.result(SOON)
    assert went == ["9", "8", "7", "6", "5", "4"]


@pytest.mark.parametrize("how", LOOPS)
def test_one_that_is_cancelled_has_its_place_given_to_the_next(how, apart):
    """Also when it was just woken and had not gone yet."""
    gate = full()

    async def main():
        async with anyio.create_task_group() as group:
            scopes = []

            async def goes(job):
                with anyio.CancelScope() as scope:
                    scopes.append(scope)
                    await run_async(wish(gate, job))

            for job in ("second", "third"):
                group.start_soon(goes, job)
                await anyio.wait_all_tasks_blocked()
            scopes[0].cancel()
            await anyio.wait_all_tasks_blocked()
            assert len(gate._lines["submit"].queue) == 1
            group.start_soon(goes, "fourth")
            await anyio.wait_all_tasks_blocked()
            gate.leave("first")
            scopes[1].cancel()
        assert list(gate._in_flight) == ["fourth"]

    apart(in_loop, how, main).result(SOON * 2)
    assert len(gate._lines["submit"].queue) == 0


class Store:
    """A store of permits that answers when it may, or fails."""

    def __init__(self, *answers):
        self.answers, self.heard_of = list(answers), []
        self.asked, self.may = threading.Event(), threading.Event()
        self.may.set()

    def permit(self, kind, job):
        self.asked.set()
        assert self.may.wait(10)
        answer = self.answers.pop(0) if self.answers else Turn()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def heard(self, what, job, kind, seconds):
        self.heard_of.append((what, job))


@pytest.mark.parametrize("how", LOOPS)
def test_one_that_is_cancelled_while_the_store_answers_gives_the_permit_back(how, apart):
    store = Store()
    store.may.clear()
    limits = Limits(in_flight=1, submits_per_minute=1)
    backend = desk(type("One", (Toy,), {"limits": limits})())
    gate = backend.gate
    gate.store = store
    order = Order(task=Generate(prompt="a waltz"), job="first", key="first", owner="me")

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(run_async, submit(backend, order))
            while not store.asked.is_set():
                await anyio.sleep(0.005)
            group.cancel_scope.cancel()
            store.may.set()

    apart(in_loop, how, main).result(10)
    assert store.heard_of == [("unused", "first")]
    now = time.monotonic()
    assert gate.turn("submit", "second", now, now) == 0


@pytest.mark.parametrize("how", ["thread", *LOOPS])
def test_a_store_that_fails_takes_neither_permit_nor_place_with_it(how, apart):
    gate = Gate(Limits(in_flight=1, submits_per_minute=1), Store(JournalError("it is on fire")))
    with pytest.raises(JournalError, match="on fire"):
        apart(asks, how, gate, "first").result(SOON)
    assert apart(asks, how, gate, "second").result(SOON) is not None


@pytest.mark.parametrize("how", ["thread", *LOOPS])
def test_where_others_have_all_places_a_job_that_ends_here_has_the_store_asked_again(how, apart):
    store = Store(Turn(), Turn(wait=50.0))
    gate = Gate(Limits(in_flight=2), store)
    assert apart(asks, how, gate, "first").result(SOON) is not None
    second = apart(asks, how, gate, "second")
    waits(gate, 1)
    gate.leave("first")
    assert second.result(SOON) is not None
    assert store.heard_of == [("left", "first")]


@pytest.mark.parametrize("ends", ["closed", "stopped"])
def test_a_loop_that_dies_keeps_nobody_waiting(ends, apart, monkeypatch):
    """Its tasks are not woken: the waiters behind them go on without them."""
    monkeypatch.setattr(queue, "WATCH", 0.3)
    gate, loop = full(), asyncio.new_event_loop()
    tasks = []

    def dies():
        async def main():
            dead = (run_async(wish(gate, f"dead {number}")) for number in range(20))
            tasks.extend(map(loop.create_task, dead))
            await asyncio.sleep(0.05)

        loop.run_until_complete(main())
        if ends == "closed":
            loop.close()

    apart(dies).result(10)
    waits(gate, 20)
    living = apart(asks, "thread", gate, "living")
    waits(gate, 21)
    gate.leave("first")
    assert living.result(10) is not None
    for task in tasks:  # so that nobody hears of them when they are collected
        task._log_destroy_pending = False
    loop.close()


def test_a_loop_that_was_only_busy_has_its_places_back(apart, monkeypatch):
    monkeypatch.setattr(queue, "WATCH", 0.2)
    gate, went = full(), []
    busy = threading.Event()

    async def goes(job):
        await run_async(wish(gate, job))
        went.append(job)
        gate.leave(job)

    async def main():
        async with anyio.create_task_group() as group:
            for number in range(3):
                group.start_soon(goes, f"busy {number}")
                await anyio.wait_all_tasks_blocked()
            busy.set()
            time.sleep(2.5)

    def thread():
        run(wish(gate, "thread"))
        went.append("thread")
        gate.leave("thread")

    futures = [apart(lambda: asyncio.run(main()))]
    assert busy.wait(5)
    futures.append(apart(thread))
    waits(gate, 4)
    gate.leave("first")
    for future in futures:
        future.result(10)
    assert went == ["thread", "busy 0", "busy 1", "busy 2"]


@pytest.mark.parametrize("how", ["thread", *LOOPS])
def test_a_pause_that_is_too_long_is_announced_to_who_waits(how, apart):
    gate = full()

    def waiting():
        flow = wish(gate, "second", patience=0.0)
        if how == "thread":
            return run(flow)
        return in_loop(how, run_async, flow)

    second = apart(waiting)
    waits(gate, 1)
    gate.pause(7200.0, time.monotonic())
    with pytest.raises(RateLimited):
        second.result(SOON)
    assert len(gate._lines["submit"].queue) == 0


def test_whose_time_is_up_waits_no_more(apart):
    gate = full()
    until_ = time.monotonic() + 0.05
    assert apart(run, wish(gate, "second", until=until_)).result(SOON) is None
    assert len(gate._lines["submit"].queue) == 0


def test_one_job_that_waits_twice_is_called_twice(apart):
    """As flows that run side by side do."""
    gate = Gate(Limits(polls_per_minute=1))
    now = time.monotonic()
    assert gate.turn("poll", "other", now, now) == 0
    both = [apart(run, wish(gate, "one", kind="fetch")) for _ in range(2)]
    waits(gate, 2, "poll")
    gate.unused("poll", "other")
    until(lambda: any(future.done() for future in both))
    gate.unused("fetch", "one")
    assert all(future.result(SOON) for future in both)


def test_what_one_fetches_wakes_all_who_wait_for_it(apart, monkeypatch):
    slept = []
    for kind in (Driver, AsyncDriver):
        real = kind._slept
        monkeypatch.setattr(
            kind, "_slept", lambda self, s, real=real: (slept.append(s), real(self, s))[1]
        )
    flight = SingleFlight()

    async def together():
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(run_async, flight.ended())

    futures = [apart(run, flight.ended()) for _ in range(3)]
    futures += [apart(in_loop, how, together) for how in LOOPS]
    until(lambda: len(flight._waiters) == 43)
    flight.end()
    for future in futures:
        future.result(SOON)
    assert not any(slept)
    assert run(flight.ended()) is not None, "it has ended for those who come later, too"


def test_an_equal_price_is_asked_for_once_however_many_threads_want_it(apart, monkeypatch):
    """The answer is there before anybody who waits for it goes on."""
    sent, may, prices = [], threading.Event(), Prices()

    class Slow(Driver):
        def _call(self, call, kept, undertaking):
            sent.append(call)
            assert may.wait(5)
            return Reply(status=200, body=b"{}")

    end = SingleFlight.end
    monkeypatch.setattr(SingleFlight, "end", lambda self: (end(self), time.sleep(0.1)))
    driver = Slow(http=Http(), hooks=Hooks())
    asks = [apart(lambda: driver.run(prices.through(call("GET", "/price")))) for _ in range(5)]
    until(lambda: any(len(flight._waiters) == 4 for flight in prices._flights.values()))
    may.set()
    assert [future.result(SOON).status for future in asks] == [200] * 5
    assert len(sent) == 1


def test_a_place_is_given_back_by_a_collector_of_garbage_in_the_midst_of_a_turn():
    """The flow of a dead loop is closed wherever memory is wanted: also with the lock held."""
    gate = full()
    with gate._lock:
        gate.leave("first")
        gate.withdraw("submit", "second", ThreadWaiter())
    now = time.monotonic()
    assert gate.turn("submit", "third", now, now) == 0
