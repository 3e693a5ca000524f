"""Approvals that may be asynchronous: whoever decides may take its time, and nothing is sent until
it has approved."""

import asyncio
import warnings

import anyio
import pytest
from toy_vendor import Answer, Toy

import segue
from segue.errors import BrokenPlugin, SpendingRefused
from segue.flow import Approve
from segue.hooks import hookimpl
from segue.journal import State
from segue.provider import Limits
from segue.testing.memory_journal import MemoryJournal

LOOPS = ["asyncio", "trio"]


@pytest.fixture
def served(vendor):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    return vendor


class Person:
    """Decides when it is woken: with None, a reason, or an exception."""

    name = "person"

    def __init__(self, answer=None):
        self.answer = answer
        self.seen = []

    @hookimpl
    async def segue_approve(self, task, quote):
        self.seen.append(task.prompt)
        await anyio.sleep(0.01)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Deferring(Person):
    """The same with a plain function that returns an awaitable."""

    @hookimpl
    def segue_approve(self, task, quote):
        return Person.segue_approve(self, task, quote)


class Absent:
    """Never answers."""

    name = "absent"

    def __init__(self):
        self.seen, self.cancelled = [], 0

    @hookimpl
    async def segue_approve(self, task):
        if task.prompt != "a waltz":
            return
        self.seen.append(task.prompt)
        try:
            await anyio.sleep_forever()
        finally:
            self.cancelled += 1


KINDS = [Person, Deferring]


@pytest.mark.parametrize("kind", KINDS)
def test_who_approves_may_be_awaited(face, toy, served, kind):
    if face.driver == "sync":
        pytest.skip("it awaits nothing")
    person, journal = kind(), MemoryJournal()
    client = face.client(toy, journal=journal, plugins=[person])
    face.do(client.submit, "a waltz")
    assert person.seen == ["a waltz"]
    assert [entry.state for entry in journal.entries()] == [State.SUBMITTED]


ANSWERS = ["too dear", OSError("the line is dead"), TimeoutError(), True, False, ["no"]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_anything_but_none_refuses_before_anything_is_sent(face, toy, served, kind, answer):
    journal = MemoryJournal()
    client = face.client(toy, journal=journal, plugins=[kind(answer)])
    with pytest.raises(SpendingRefused, match="person: ") as refused:
        face.do(client.submit, "a waltz")
    assert "nothing was sent and nothing was spent" in str(refused.value)
    assert served.asked("/jobs") == []
    assert journal.entries(states=tuple(State)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_synchronous_client_refuses_and_says_what_to_do(toy, served, kind):
    person = kind()
    with warnings.catch_warnings(), segue.Client(toy, journal=None, plugins=[person]) as client:
        warnings.simplefilter("error")  # no coroutine is left behind that was never awaited
        with pytest.raises(SpendingRefused) as refused:
            client.submit("a waltz")
    said = str(refused.value)
    assert "person: segue_approve is asynchronous, which only segue.AsyncClient awaits" in said
    assert "or write a plain function" in said
    assert person.seen == []
    assert served.asked("/jobs") == []


def test_others_go_on_while_one_waits_for_its_approval(toy, served):
    absent = Absent()

    async def main():
        client = segue.AsyncClient(toy, journal=None, plugins=[absent])
        async with client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.submit, "a waltz")
            while not absent.seen:
                await anyio.sleep(0.001)
            await client.submit("a polka")
            tasks.cancel_scope.cancel()

    anyio.run(main)
    assert len(served.asked("/jobs")) == 1


class OneAMinute(Toy):
    limits = Limits(submits_per_minute=1, in_flight=1)


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("native", [False, True], ids=["scopes", "Task.cancel"])
@pytest.mark.parametrize("loop", LOOPS)
def test_cancelled_while_it_waits_nothing_is_left_behind(served, loop, native):
    if native and loop == "trio":
        pytest.skip("asyncio's own")
    absent, journal = Absent(), MemoryJournal()

    async def main():
        plugins = [absent]
        async with segue.AsyncClient(OneAMinute(), journal=journal, plugins=plugins) as client:
            if native:
                task = asyncio.create_task(client.submit("a waltz"))
                while not absent.seen:
                    await asyncio.sleep(0.001)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            else:
                with anyio.move_on_after(0.05):
                    await client.submit("a waltz")
            assert journal.entries(states=tuple(State)) == []
            assert list(client._session._leases.drain()) == []
            with anyio.fail_after(20):  # neither the permit nor the place was taken
                await client.submit("a polka")

    anyio.run(main, backend=loop)
    assert absent.cancelled == 1
    assert len(served.asked("/jobs")) == 1


def test_an_approval_is_requested_with_the_task_and_its_price(toy):
    from virtual import desk

    from segue._engine.spend_limits import SpendLimits as Spending
    from segue._engine.spend_limits import approved_quote

    flow = approved_quote(desk(), segue.Generate(prompt="a waltz"), Spending())
    assert next(flow) == Approve(task=segue.Generate(prompt="a waltz"), quote=None)
    with pytest.raises(SpendingRefused, match="somebody: no"):
        flow.send(["somebody: no"])


@pytest.mark.parametrize("effect", [Approve(task=segue.Generate(prompt="a"), quote=None)])
@pytest.mark.usefixtures("toy")
def test_a_provider_that_yields_what_is_cores_is_stopped(face, served, effect):
    class Greedy(Toy):
        def submit(self, task):
            yield effect
            return (yield from super().submit(task))

    with pytest.raises(BrokenPlugin, match="yielded Approve, which only core's own flows may"):
        face.do(face.client(Greedy()).submit, "a waltz")
    assert served.asked("/jobs") == []
