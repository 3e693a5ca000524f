"""A driver of a program's own: `Client(driver=…)` and `AsyncClient(driver=…)`."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

import segue
from segue.errors import ConfigError


class Counting:
    """Passes on to another driver, and counts what the flows want."""

    def __init__(self, inner):
        self.inner, self.effects, self.closed = inner, Counter(), 0

    def _watched(self, flow):
        step, answer = next(flow), None
        while True:
            self.effects[type(step).__name__] += 1
            try:
                answer = yield step
            except BaseException as error:
                step = flow.throw(error)
            else:
                try:
                    step = flow.send(answer)
                except StopIteration as done:
                    return done.value

    def run(self, flow):
        return self.inner.run(self._watched(flow))

    def stream(self, stream):
        return self.inner.stream(stream)

    def close(self):
        self.closed += 1


class AsyncCounting(Counting):
    async def run(self, flow):
        return await self.inner.run(self._watched(flow))

    async def close(self):
        self.closed += 1


def seen(driver):
    assert driver.effects["Save"] == 1
    assert driver.effects["Record"] >= 3
    assert driver.effects["Work"] > 0


def test_a_driver_of_ones_own_runs_every_flow_and_is_left_open(tmp_path):
    with segue.Client("local", journal=tmp_path / "j.sqlite3") as usual:
        driver = Counting(usual.driver)
        with segue.Client("local", journal=tmp_path / "j.sqlite3", driver=driver) as client:
            job = client.submit("lofi", duration=1)
            assert job.wait().status is segue.Status.SUCCEEDED
            (path,) = job.download(tmp_path)
            assert path.exists()
            assert [entry.job for entry in client.jobs()] == [job.ticket.job]
            assert client.driver is not driver
    seen(driver)
    assert driver.closed == 0


def test_the_same_in_an_asynchronous_client(tmp_path):
    async def main():
        journal = tmp_path / "j.sqlite3"
        async with segue.AsyncClient("local", journal=journal) as usual:
            driver = AsyncCounting(usual.driver)
            async with segue.AsyncClient("local", journal=journal, driver=driver) as client:
                song = await client.generate_and_wait("lofi", duration=1, to=tmp_path)
                assert song.path.exists()
        return driver

    driver = anyio.run(main)
    seen(driver)
    assert driver.closed == 0


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_client_that_is_closed_by_a_cancelled_task_releases_its_leases(tmp_path, loop):
    async def main():
        journal = tmp_path / "j.sqlite3"
        async with segue.AsyncClient("local", journal=journal) as usual:
            driver = AsyncCounting(usual.driver)
            with anyio.CancelScope() as scope:
                async with segue.AsyncClient("local", journal=journal, driver=driver) as client:
                    await client.submit("lofi", duration=1)
                    scope.cancel()
            return await usual.jobs()

    (entry,) = anyio.run(main, backend=loop)
    assert entry.lease is None


def test_ctrl_c_while_the_connections_are_closed_leaves_no_lease(tmp_path, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    client = segue.Client("local", journal=tmp_path / "j.sqlite3")
    client.submit("lofi", duration=1)
    monkeypatch.setattr(client.driver, "close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        client.close()
    with segue.Client("local", journal=tmp_path / "j.sqlite3") as other:
        assert other.jobs()[0].lease is None


@pytest.mark.parametrize("kind", [segue.Client, segue.AsyncClient])
def test_an_http_client_beside_a_driver_is_refused(kind):
    with pytest.raises(ConfigError, match="driver and http are both given"):
        kind("local", journal=None, driver=object(), http=object())


def test_a_client_that_sends_nothing_opens_no_driver_and_closes_none(monkeypatch):
    from segue import client as module

    opened = []
    real = module.sync_driver
    monkeypatch.setattr(module, "sync_driver", lambda *a: opened.append(a) or real(*a))
    with segue.Client("local/lofi", journal=None):
        pass
    assert not opened
    with segue.Client("local/lofi", journal=None) as client:
        assert client.driver is client.driver
    assert len(opened) == 1


def test_all_threads_of_a_client_get_the_same_driver():
    with segue.Client("local/lofi", journal=None) as client:
        both = threading.Barrier(8)

        def driver():
            both.wait()
            return client.driver

        with ThreadPoolExecutor(8) as threads:
            found = [threads.submit(driver) for _ in range(8)]
        assert len({id(one.result()) for one in found}) == 1
