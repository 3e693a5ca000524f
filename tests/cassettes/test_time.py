"""The clock of clients that never sleep goes on by what their flows would have slept."""

import asyncio
import itertools

import pytest

from segue.flow import Permit, now, permit, sleep
from segue.testing import Silence
from segue.testing.cassettes.time import QuickAsyncClient, QuickClient


def passes():
    """The seconds that a sleep, and a wait for a permit, seem to take."""
    times = [(yield from now())]
    yield from sleep(100)
    times.append((yield from now()))
    due = times[-1].monotonic + 50
    yield from permit(Permit(turns=Never(), kind="poll", job="a", due=due, until=due))
    times.append((yield from now()))
    return [after.monotonic - before.monotonic for before, after in itertools.pairwise(times)]


class Never:
    def turn(self, kind, job, due, now, waiter=None):
        return max(due - now, 5.0)

    def withdraw(self, kind, job, waiter=None):
        pass

    def paused(self, now):
        return 0.0


def quick():
    with QuickClient(Silence(), journal=None) as client:
        return client._driver.run(passes())


def quick_async():
    async def main():
        async with QuickAsyncClient(Silence(), journal=None) as client:
            return await client._driver.run(passes())

    return asyncio.run(main())


@pytest.mark.parametrize("run", [quick, quick_async])
def test_time_passes_as_if_they_slept(run):
    slept, waited = run()
    assert 100 <= slept < 105
    assert 50 <= waited < 55
