"""A client that was used and then forked: a child has none of its parent's connections, locks,
turns or leases, and disturbs none of them."""

import asyncio
import json
import os
import signal
import socket
import threading
import time
from contextlib import suppress

import httpx
import pytest
from faces import over_aiohttp
from toy_vendor import Answer

import segue
from segue._http.sync_driver import Driver
from segue._journal.sqlite import SqliteJournal
from segue._pace.rate_limit import Gate
from segue._pace.single_flight import SingleFlight
from segue._process import forks
from segue.config import Http
from segue.errors import ConfigError
from segue.flow import Permit, permit
from segue.hooks import Hooks
from segue.job import Ticket
from segue.journal import State
from segue.provider import Limits

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")


def in_child(does):
    """What `does` returns in a forked child, as JSON; it has ten seconds."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(20)
        told = "nothing"
        try:
            told = does()
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        finally:
            with suppress(OSError):
                os.write(into, json.dumps(told).encode())
            os._exit(0)
    os.close(into)
    with os.fdopen(out) as file:
        told = file.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else "it hung"


@pytest.fixture
def echo(vendor):
    """Each job's ticket is its prompt, so that a mixed up one is seen."""

    def taken(request):
        prompt = json.loads(request.body)["prompt"]
        return Answer(body=json.dumps({"id": f"for {prompt}"}).encode(), delay=0.02)

    vendor.says("/jobs", taken)
    return vendor


def submitted(client, prompt):
    """The job's id, after a look at it, whose connection is held open."""
    job = client.submit(prompt)
    job.poll()
    return job.ticket.id


@pytest.mark.filterwarnings("ignore:This process")
def test_each_child_gets_the_tickets_of_its_own_jobs(echo, toy, tmp_path):
    with segue.Client(toy, journal=tmp_path / "journal.sqlite3") as client:
        submitted(client, "parent")
        children = []
        for number in range(3):
            thread = threading.Thread(
                target=lambda number=number: children.append(
                    in_child(lambda: [submitted(client, f"{number} {n}") for n in range(5)])
                )
            )
            thread.start()
            children.append(thread)
        for thread in [one for one in children if isinstance(one, threading.Thread)]:
            thread.join()
        told = sorted(one for one in children if isinstance(one, list))
        assert told == [[f"for {number} {n}" for n in range(5)] for number in range(3)]
        assert submitted(client, "parent again") == "for parent again"
        assert {entry.state for entry in client.jobs()} == {State.SUBMITTED}
    assert len(echo.asked("/jobs")) == 17


@pytest.mark.filterwarnings("ignore:This process")
def test_threads_that_fork_at_once_do_not_wait_for_each_other_for_ever(echo, toy, tmp_path):
    client = segue.Client(toy, journal=tmp_path / "journal.sqlite3")
    stop, told = threading.Event(), []

    def write():
        for number in range(1000):
            if stop.is_set():
                break
            submitted(client, f"parent's {number}")

    def fork(name):
        told.extend(in_child(lambda n=n: submitted(client, f"{name} {n}")) for n in range(6))

    writer = threading.Thread(target=write, daemon=True)
    forking = [threading.Thread(target=fork, args=(name,), daemon=True) for name in "abcd"]
    for thread in (writer, *forking):
        thread.start()
    for thread in forking:
        thread.join(40)
    assert sorted(told) == [f"for {name} {number}" for name in "abcd" for number in range(6)]
    stop.set()
    writer.join(10)
    assert not writer.is_alive()
    client.close()


@pytest.mark.parametrize("config", [lambda: None, lambda: over_aiohttp(None)])
def test_an_asynchronous_client_has_connections_of_its_own_in_a_child(echo, toy, config):
    client = segue.AsyncClient(toy, journal=None, config=config())

    async def submit(prompt):
        job = await client.submit(prompt)
        await job.poll()  # whose connection is held open
        return job.ticket.id

    async def last():
        told = await submit("last")
        await client.close()
        return told

    assert asyncio.run(submit("parent")) == "for parent"
    assert in_child(lambda: [asyncio.run(submit(f"child {n}")) for n in range(3)]) == [
        "for child 0",
        "for child 1",
        "for child 2",
    ]
    assert asyncio.run(last()) == "for last"


def test_the_parents_connections_go_on_and_a_child_holds_no_copy_of_them(toy, monkeypatch):
    """A server sees the end of a connection that the parent has closed, while the child lives."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("SEGUE_TOY_BASE_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        accepted = []

        def serve():
            connection, _ = server.accept()
            accepted.append(connection)
            for _ in range(2):
                while not connection.recv(65536).endswith(b"\r\n\r\n"):
                    pass
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n"
                                   b'{"status": "queued"}')  # fmt: skip

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        client = segue.Client(toy, journal=None)
        job = client.resume(Ticket(provider="toy", id="j1"))
        job.poll()
        child = os.fork()
        if not child:
            time.sleep(5)
            os._exit(0)
        try:
            job.poll()
            thread.join(5)
            assert len(accepted) == 1, "the parent goes on with its connection"
            client.close()
            accepted[0].settimeout(3)
            assert accepted[0].recv(1) == b""
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            accepted[0].close()


def test_closing_a_client_in_a_child_gives_no_lease_of_the_parent_back(echo, toy, tmp_path):
    client = segue.Client(toy, journal=tmp_path / "journal.sqlite3")
    job = client.submit("parent").ticket.job
    before = client._session.owner

    def child():
        client.close()
        return client._session.owner

    assert in_child(child) != before
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    assert journal.entry(job).owner == before
    journal.close()
    client.close()


def test_what_threads_of_the_parent_hold_at_the_fork_holds_up_no_child(echo, toy, monkeypatch):
    client = segue.Client(toy, journal=None)
    client.submit("parent")
    backend = client._driver.run(client._session.questions.first())
    locks = [backend.gate._lock, client._driver._lanes._changed]
    for lock in locks:
        lock.acquire()
    backend.fetching = SingleFlight()
    backend.prices._flights[b"a price"] = SingleFlight()
    try:
        told = in_child(lambda: [submitted(client, "child"), backend.fetching is not None,
                                 len(backend.prices._flights)])  # fmt: skip
    finally:
        for lock in locks:
            lock.release()
    assert told == ["for child", False, 0]
    client.close()


def test_the_parents_jobs_take_no_place_in_the_gate_of_a_child():
    gate = Gate(Limits(in_flight=1, submits_per_minute=5))
    assert gate.turn("submit", "parent's", 0.0, 0.0) == 0
    assert gate.turn("submit", "another", 0.0, 0.0) > 0
    assert in_child(lambda: gate.turn("submit", "child's", 0.0, 0.0)) == 0
    for number in range(5):
        gate.leave(f"{number - 1}" if number else "parent's")
        taken = gate.turn("submit", f"{number}", 0.0, 0.0)
    assert taken > 0
    gate.leave("4")
    assert in_child(lambda: gate.turn("submit", "child's", 0.0, 0.0)) > 0, "the vendor has counted"


def used(mine, vendor):
    mine.get(f"{vendor.url}/jobs/j1")


@pytest.mark.parametrize("use", [used, lambda mine, vendor: None], ids=["used", "unused"])
def test_a_client_of_ones_own_is_refused_in_a_child_if_it_has_connections(echo, toy, tmp_path, use):
    with httpx.Client() as mine:
        use(mine, echo)
        with segue.Client(toy, http=mine, journal=tmp_path / "journal.sqlite3") as client:
            told = in_child(lambda: submitted(client, "child"))
            entries = client.jobs()
            assert submitted(client, "parent") == "for parent"
    if use is used:
        assert told.startswith("ConfigError: the Client given as http= has connections")
        assert entries == []
    else:
        assert told == "for child"


def test_a_client_of_ones_own_that_was_made_in_the_child_is_used(echo, toy):
    def child():
        with httpx.Client() as mine, segue.Client(toy, http=mine, journal=None) as client:
            return submitted(client, "child")

    assert in_child(child) == "for child"


def test_a_number_that_another_file_has_by_now_is_left_alone(tmp_path):
    with socket.socket() as gone:
        number = gone.fileno()
        forks.own_socket(number)
    file = (tmp_path / "mine").open("w")
    while file.fileno() != number:  # the lowest that is free is given out
        held, file = file, (tmp_path / "mine").open("w")
        held.close() if held.fileno() > number else None

    def child():
        file.write("mine")
        file.flush()
        return (tmp_path / "mine").read_text()

    assert in_child(child) == "mine"
    file.close()


def test_a_refusal_is_an_error_of_the_configuration():
    assert issubclass(ConfigError, segue.SegueError)


def test_nobody_who_waits_in_the_parent_is_in_the_childs_way():
    gate, went = Gate(Limits(in_flight=1)), []
    wanted = Permit(turns=gate, kind="submit", job="second")
    driver = Driver(http=Http(), hooks=Hooks())
    now = time.monotonic()
    assert gate.turn("submit", "first", now, now) == 0
    thread = threading.Thread(target=lambda: went.append(driver.run(permit(wanted))), daemon=True)
    thread.start()
    while not len(gate._lines["submit"].queue):
        time.sleep(0.005)
    assert in_child(lambda: bool(driver.run(permit(wanted)))) is True
    gate.leave("first")
    thread.join(5)
    assert went[0] is not None
