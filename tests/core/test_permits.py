"""Whatever ends a submission between its permit and its answer, the next one may go at once."""

from datetime import UTC, datetime

import pytest
from toy_vendor import Toy
from virtual import Virtual, desk

from segue._effects.bound import Bound, bind
from segue._engine.submit import Order, settle, submit
from segue._engine.throttle import paced_call, paced_save
from segue._pace.rate_limit import MARGIN
from segue.errors import ConnectionLost, JournalError, NotSent, SpendingRefused
from segue.events import Intent, Submitted
from segue.flow import Call, Record, Reply, Save
from segue.hooks import hookimpl
from segue.job import Asset
from segue.provider import Limits
from segue.tasks import Generate

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
GOOD = Reply(status=200, body=b'{"id": "j1"}')


class One(Toy):
    """One job at a time, and one submission a minute."""

    limits = Limits(in_flight=1, submits_per_minute=1, polls_per_minute=1)


class Failing(Virtual):
    """Raises instead of doing what it is told to fail at."""

    def __init__(self, at, error):
        super().__init__(lambda call, clock: GOOD)
        self.at, self.error = at, error

    def perform(self, effect):
        if self.at(effect):
            raise self.error
        return super().perform(effect)


def ordered(backend, job):
    return submit(backend, Order(task=Generate(prompt="a waltz"), job=job, key=job, owner="me"))


def waited(backend):
    """The seconds that the next submission waits for its turn."""
    virtual = Virtual(lambda call, clock: GOOD)
    virtual.run(ordered(backend, "next"))
    return virtual.clock


def intents(effect):
    return isinstance(effect, Record) and isinstance(effect.event, Intent)


def paid(effect):
    return isinstance(effect, Call) and effect.spends


def tickets(effect):
    return isinstance(effect, Record) and isinstance(effect.event, Submitted)


NOTHING_WAS_SENT = {
    "budget": (intents, SpendingRefused("the budget of today is spent")),
    "full disk": (intents, JournalError("the disk is full")),
    "broken journal": (intents, OSError("it is on fire")),
    "Ctrl-C at the intent": (intents, KeyboardInterrupt()),
    "no connection": (paid, NotSent("connection refused")),
}
SOMETHING_WAS_SENT = {
    "lost answer": (paid, ConnectionLost("reset")),
    "Ctrl-C at the request": (paid, KeyboardInterrupt()),
    "a fault of the transport": (paid, RuntimeError("the event loop is closed")),
    "full disk at the ticket": (tickets, JournalError("the disk is full")),
    "Ctrl-C at the ticket": (tickets, KeyboardInterrupt()),
}


@pytest.mark.parametrize("what", NOTHING_WAS_SENT)
def test_where_nothing_was_sent_the_permit_is_free_again(what):
    backend = desk(One())
    at, error = NOTHING_WAS_SENT[what]
    with pytest.raises(type(error)):
        Failing(at, error).run(ordered(backend, "first"))
    assert waited(backend) == 0


@pytest.mark.parametrize("what", SOMETHING_WAS_SENT)
def test_where_something_was_sent_only_its_minute_is_waited_for(what):
    backend = desk(One())
    at, error = SOMETHING_WAS_SENT[what]
    with pytest.raises(BaseException):  # noqa: B017, PT011 - core names it anew
        Failing(at, error).run(ordered(backend, "first"))
    assert 60 <= waited(backend) <= 60 + MARGIN + 1


@pytest.mark.parametrize("steps", range(12))
def test_a_flow_that_is_dropped_anywhere_leaves_no_permit_behind(steps):
    """A task that is cancelled, a generator that is closed: after each effect in turn."""
    backend, virtual = desk(One()), Virtual(lambda call, clock: GOOD)
    flow = ordered(backend, "first")
    try:
        effect = next(flow)
        for _ in range(steps):
            effect = flow.send(virtual.perform(effect))
    except StopIteration:
        return
    sent = bool(virtual.calls) or paid(effect)
    flow.close()
    assert waited(backend) <= (60 + MARGIN + 1 if sent else 0)


def test_a_plugin_that_fails_before_its_request_leaves_no_permit_behind():
    class Broken(One):
        def submit(self, task):
            raise KeyError("no such thing")
            yield

    backend = desk(Broken())
    for job in ("first", "second", "third"):
        virtual = Virtual(lambda call, clock: GOOD)
        with pytest.raises(Exception, match="no such thing"):
            virtual.run(ordered(backend, job))
        assert virtual.clock == 0


def test_a_vendor_that_refuses_leaves_the_place_free():
    backend = desk(One())
    with pytest.raises(Exception, match="no such model"):
        Virtual(lambda call, clock: Reply(status=404, body=b"no such model")).run(
            ordered(backend, "first")
        )
    assert waited(backend) <= 60 + MARGIN + 1


class AtApproval:
    @hookimpl
    def segue_approve(self, task, quote):
        raise KeyboardInterrupt


class AtTicket:
    @hookimpl
    def segue_submitted(self, ticket, task):
        raise KeyboardInterrupt


@pytest.mark.parametrize(("hook", "most"), [(AtApproval, 0), (AtTicket, 60 + MARGIN + 1)])
def test_a_hook_that_interrupts_leaves_no_permit_behind(hook, most):
    backend = desk(One(), hook())
    with pytest.raises(KeyboardInterrupt):
        Virtual(lambda call, clock: GOOD, hook()).run(ordered(backend, "first"))
    backend.hooks = desk().hooks
    assert waited(backend) <= most


def test_a_job_that_is_settled_waits_for_its_turn_too():
    backend = desk(One())
    first, second = (Virtual(lambda call, clock: GOOD) for _ in range(2))
    order = Order(task=Generate(prompt="a waltz"), job="a", key="a", owner="me")
    first.run(settle(backend, order))
    backend.gate.leave("a")
    second.run(settle(backend, Order(task=order.task, job="b", key="b", owner="me")))
    assert 60 <= second.clock <= 60 + MARGIN + 1


FETCHES = {
    "NotSent": (NotSent("refused"), 0),
    "ConnectionLost": (ConnectionLost("reset"), 60 + MARGIN + 1),
    "KeyboardInterrupt": (KeyboardInterrupt(), 60 + MARGIN + 1),
}


@pytest.mark.parametrize("what", FETCHES)
@pytest.mark.parametrize("how", ["call", "save"])
def test_a_download_that_is_broken_off_does_not_hold_its_permit(what, how, tmp_path):
    """It would be taken to be under way for minutes."""
    error, most = FETCHES[what]
    backend = desk(One())

    def fetching(job):
        source = Call(method="GET", url="/files/1", polls=True)
        source = bind(source, Bound(account=backend.account))
        if how == "call":
            return paced_call(source, backend, fetching=job)
        asset = Asset(kind="track", name="x", containers=("wav",), source=source)
        return paced_save(Save(asset=asset, path=tmp_path / "x"), backend, job=job)

    def fails(effect):
        return isinstance(effect, Call | Save)

    with pytest.raises(type(error)):
        Failing(fails, error).run(fetching("first"))
    later = Failing(fails, NotSent("refused"))
    with pytest.raises(NotSent):
        later.run(fetching("second"))
    assert later.clock <= most
