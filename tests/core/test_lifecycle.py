"""A job's life, flow by flow and under a virtual clock: no request is sent, no second passes."""

import logging
from datetime import timedelta

import msgspec
import pytest
from toy_vendor import Toy
from virtual import EPOCH, Virtual, desk

from segue._engine.provider_calls import bound_flow, submitting
from segue._engine.submit import Order
from segue._engine.submit import submit as submit_order
from segue._engine.wait import Watching, wait
from segue.errors import (
    BrokenPlugin,
    ConnectionLost,
    JobCancelled,
    JobExpired,
    JobFailed,
    JournalError,
    NotFound,
    NotSent,
    SpendingRefused,
    SubmissionUnknown,
    Unsupported,
    WaitTimeout,
)
from segue.events import Intent, Submitted, Unknown
from segue.flow import Call, Record, Reply, Save, call, save
from segue.hooks import hookimpl
from segue.job import Asset, Failure, Snapshot, Status, Ticket
from segue.provider import Cadence, Limits
from segue.tasks import Extend, Generate, Source


def says(status, **more):
    return Reply(status=200, body=msgspec.json.encode({"status": status, **more}))


def submit(backend, task, *, job="abc", **more):
    return submit_order(backend, Order(task=task, job=job, key="k", owner="me", **more))


TICKET = Ticket(provider="toy", id="j1", job="abc", submitted_at=EPOCH)


def test_the_intent_is_written_before_the_paid_request_and_the_ticket_after_it():
    order = []
    virtual = Virtual(lambda call, clock: Reply(status=200, body=b'{"id": "j1"}'))
    perform = virtual.perform
    virtual.perform = lambda effect: (order.append(effect), perform(effect))[1]
    ticket = virtual.run(submit(desk(model="m1"), Generate(prompt="a waltz"), job="abc"))
    told = [type(e.event if isinstance(e, Record) else e).__name__ for e in order]
    steps = [word for word in told if word not in {"Sleep", "Work"}]
    assert steps == ["Approve", "Permit", "Intent", "Call", "Submitted"]
    assert (ticket.job, ticket.model) == ("abc", "m1")


def test_the_permit_comes_before_the_intent():
    """So that a crash among jobs that wait for their turn leaves none of them in doubt."""

    class OneAMinute(Toy):
        limits = Limits(submits_per_minute=1)

    backend = desk(OneAMinute())
    virtual = Virtual(lambda call, clock: Reply(status=200, body=b'{"id": "j1"}'))
    for job in ("first", "second"):
        virtual.run(submit(backend, Generate(prompt="a waltz"), job=job))
    first, second = (event.at for event in virtual.events if isinstance(event, Intent))
    assert first == EPOCH
    assert second >= EPOCH + timedelta(seconds=60)


def test_a_ticket_that_cannot_be_written_down_is_in_the_error():
    """It is paid for: whoever catches the error can still keep it."""

    def forgetful(effect):
        if isinstance(effect, Record) and isinstance(effect.event, Submitted):
            raise JournalError("the disk is full")
        return perform(effect)

    virtual = Virtual(lambda call, clock: Reply(status=200, body=b'{"id": "j1"}'))
    perform, virtual.perform = virtual.perform, forgetful
    with pytest.raises(JournalError) as failure:
        virtual.run(submit(desk(), Generate(prompt="a waltz")))
    assert failure.value.ticket.id == "j1"
    said = str(failure.value)
    assert "has accepted job" in said
    assert "as 'j1', and that could not be recorded: the disk is full" in said
    assert "for `client.resume`" in said


def test_a_vetoed_spending_sends_nothing():
    class Miser:
        @hookimpl
        def segue_approve(self, task, quote):
            return "too dear"

    virtual = Virtual(None, Miser())
    with pytest.raises(SpendingRefused, match="too dear"):
        virtual.run(submit(desk(), Generate(prompt="a waltz"), job="abc"))
    assert virtual.calls == []
    assert virtual.events == []


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Generate(prompt="a", duration=-3), "duration=-3"),
        (Generate(prompt=""), "prompt=''"),
        (Generate(prompt=5), "prompt=5"),
        (Generate(prompt="a", duration="sixty"), "duration='sixty'"),
        (Generate(prompt="a", duration=90), "at most 60 seconds"),
        (Generate(prompt="a", lyrics="la"), "lyrics='la' is not supported"),
        (Extend(source=Source(track="t")), "toy cannot do Extend; it takes Generate"),
    ],
)
def test_a_task_that_would_be_refused_is_refused_before_anything_is_sent(task, words):
    virtual = Virtual()
    with pytest.raises(Exception, match=words.replace("'", ".")):
        virtual.run(submit(desk(), task, job="abc"))
    assert virtual.calls == []


def test_every_problem_is_told_at_once():
    task = Generate(prompt="", duration=-1, lyrics="la", bpm=900)
    with pytest.raises(Exception, match="prompt") as caught:
        Virtual().run(submit(desk(), task, job="abc"))
    assert [problem.field for problem in caught.value.problems] == [
        "prompt",
        "duration",
        "bpm",
        "lyrics",
        "bpm",
    ]


def test_an_unsupported_field_is_dropped_on_request_and_named(caplog):
    virtual = Virtual(lambda call, clock: Reply(status=200, body=b'{"id": "j1"}'))
    task = Generate(prompt="a waltz", lyrics="la")
    virtual.run(submit(desk(), task, job="abc", unsupported="ignore"))
    assert len(virtual.calls) == 1
    assert "dropped: lyrics='la'" in caplog.text


def test_a_wrong_value_is_not_dropped():
    with pytest.raises(Exception, match="at most 60"):
        Virtual().run(
            submit(desk(), Generate(prompt="a", duration=90), job="a", unsupported="ignore")
        )


def test_a_plugin_that_wants_to_spend_twice_is_stopped_before_the_second_call():
    class Greedy(Toy):
        def submit(self, task):
            yield from call("POST", "/jobs", spends=True)
            yield from call("POST", "/jobs", spends=True)

    virtual = Virtual(lambda call, clock: Reply(status=200, body=b"{}"))
    with pytest.raises(SubmissionUnknown):
        virtual.run(submitting(desk(Greedy()), Greedy().submit(Generate(prompt="a"))))
    assert len(virtual.calls) == 1


def test_a_poll_may_not_spend():
    class Sneaky(Toy):
        def poll(self, ticket):
            yield from call("POST", "/jobs", spends=True)

    virtual = Virtual()
    with pytest.raises(BrokenPlugin, match="it was not sent"):
        virtual.run(bound_flow(desk(Sneaky()), Sneaky().poll(TICKET)))
    assert virtual.calls == []


def test_a_poll_may_not_save_what_is_paid_for(tmp_path):
    class Sneaky(Toy):
        def poll(self, ticket):
            paid = Call(method="POST", url="/speech", spends=True)
            asset = Asset(kind="track", name="a", containers=("wav",), source=paid)
            yield from save(Save(asset=asset, path=tmp_path / "a.wav"))

    with pytest.raises(BrokenPlugin, match="it was not sent"):
        Virtual().run(bound_flow(desk(Sneaky()), Sneaky().poll(TICKET)))


def test_a_fault_of_a_plugin_is_told_as_one_with_its_cause():
    class Broken(Toy):
        def poll(self, ticket):
            yield from call("GET", "/jobs")
            return {}["status"]

    virtual = Virtual(lambda call, clock: Reply(status=200))
    with pytest.raises(BrokenPlugin, match="report it to its author") as caught:
        virtual.run(bound_flow(desk(Broken()), Broken().poll(TICKET), ticket=TICKET))
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.ticket == TICKET


@pytest.mark.parametrize(("method", "ticket"), [("check", None), ("ceiling", "j1")])
def test_a_fault_of_a_plugins_plain_method_is_told_as_one_too(monkeypatch, method, ticket):
    def broken(*_arguments):
        return {}["status"]

    backend = desk()
    monkeypatch.setattr(backend.provider, method, broken)
    virtual = Virtual(lambda call, clock: Reply(status=200, body=b'{"id": "j1"}'))
    with pytest.raises(BrokenPlugin, match="KeyError") as caught:
        virtual.run(submit(backend, Generate(prompt="a")))
    assert (caught.value.ticket and caught.value.ticket.id) == ticket


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (NotSent("refused"), NotSent),
        (ConnectionLost("reset"), SubmissionUnknown),
        (Reply(status=500), SubmissionUnknown),
        (Reply(status=404, body=b'{"error": "no such model"}'), NotFound),
        (Reply(status=404, body=b"<html>not here</html>"), SubmissionUnknown),
        (Reply(status=404), SubmissionUnknown),
        (Reply(status=303), SubmissionUnknown),
        (Reply(status=308), SubmissionUnknown),
        (Reply(status=200, body=b"?"), SubmissionUnknown),
    ],
    ids=["never sent", "lost", "500", "404", "page", "empty", "taken", "moved", "garbage"],
)
def test_what_is_known_after_a_failed_submission(outcome, error):
    def answer(call, clock):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with pytest.raises(error):
        Virtual(answer).run(submitting(desk(), Toy().submit(Generate(prompt="a"))))


def test_the_refusal_of_a_later_request_does_not_tell_that_nothing_was_charged():
    class Looking(Toy):
        def submit(self, task):
            ticket = yield from super().submit(task)
            yield from self.poll(ticket)
            return ticket

    def answer(call, clock):
        return Reply(status=200, body=b'{"id": "j1"}') if call.spends else Reply(status=404)

    virtual = Virtual(answer)
    with pytest.raises(SubmissionUnknown):
        virtual.run(submit(desk(Looking()), Generate(prompt="a")))
    assert [type(event) for event in virtual.events] == [Intent, Unknown]


def test_being_interrupted_during_a_paid_request_is_told(caplog):
    flow = submitting(desk(), Toy().submit(Generate(prompt="a")))
    next(flow)
    flow.close()
    assert "its outcome is not known, and it may be charged" in caplog.text


def test_waiting_follows_the_cadence_with_growing_delays_up_to_the_cap():
    class Slow(Toy):
        cadence = Cadence(first=2, growth=2, cap=10)

    virtual = Virtual(lambda call, clock: says("done" if clock > 60 else "running"))
    virtual.run(wait(desk(Slow()), TICKET, Watching(timeout=600)))
    gaps = [b - a for a, b in zip([0, *virtual.polled_at], virtual.polled_at, strict=False)]
    assert gaps[0] == 2
    for gap, ideal in zip(gaps[1:], [4, 8, 10, 10, 10, 10, 10], strict=False):
        assert 0.9 * ideal <= gap <= ideal


def test_every_new_snapshot_is_told_once():
    words = iter(["queued", "queued", "running", "running", "done"])
    virtual = Virtual(lambda call, clock: says(next(words)))
    told = []
    virtual.run(wait(desk(), TICKET, Watching(timeout=9, on_update=told.append)))
    assert [snapshot.word for snapshot in told] == ["queued", "running", "done"]


def test_the_wait_ends_at_its_deadline_with_the_way_back():
    virtual = Virtual(lambda call, clock: says("running"))
    with pytest.raises(WaitTimeout, match=r"client.resume\('abc'\)") as caught:
        virtual.run(wait(desk(), TICKET, Watching(timeout=5)))
    assert caught.value.ticket == TICKET
    assert caught.value.snapshot.status is Status.RUNNING
    assert virtual.clock == pytest.approx(5)
    assert virtual.polled_at[-1] == pytest.approx(5)


def test_a_timeout_that_only_saw_failures_chains_the_last_one():
    def answer(call, clock):
        raise ConnectionLost("reset")

    with pytest.raises(WaitTimeout, match="no poll of it succeeded") as caught:
        Virtual(answer).run(wait(desk(), TICKET, Watching(timeout=1)))
    assert isinstance(caught.value.__cause__, ConnectionLost)


def test_a_retry_after_above_the_cadence_is_waited_for():
    def answer(call, clock):
        if clock < 30:
            return Reply(status=429, headers={"retry-after": "31"})
        return says("done")

    virtual = Virtual(answer)
    virtual.run(wait(desk(), TICKET, Watching(timeout=90)))
    assert len(virtual.calls) == 2


def test_an_unknown_word_is_waited_on_and_logged_once(caplog):
    words = iter(["pianissimo"] * 4 + ["done"])
    virtual = Virtual(lambda call, clock: says(next(words)))
    virtual.run(wait(desk(), TICKET, Watching(timeout=9)))
    warned = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warned) == 1
    assert "pianissimo" in warned[0].getMessage()


@pytest.mark.parametrize(
    ("word", "error"), [("failed", JobFailed), ("gone", JobExpired), ("stopped", JobCancelled)]
)
def test_a_bad_end_is_an_error_with_its_ticket_and_snapshot(word, error):
    with pytest.raises(error) as caught:
        Virtual(lambda call, clock: says(word)).run(wait(desk(), TICKET, Watching(timeout=9)))
    assert caught.value.snapshot.status.terminal
    assert caught.value.ticket == TICKET


def test_a_failure_tells_the_vendors_reason_and_what_it_says_of_the_money():
    failure = Failure(message="model overheated", refund="refunded, says the vendor")
    snapshot = Snapshot(status=Status.FAILED, error=failure)

    class Hot(Toy):
        def poll(self, ticket):
            yield from ()
            return snapshot

    with pytest.raises(JobFailed, match=r"overheated \(refunded, says the vendor\)"):
        Virtual().run(wait(desk(Hot()), TICKET, Watching(timeout=9)))


def test_leaving_the_wait_leaves_the_job_and_says_so(caplog):
    flow = wait(desk(), TICKET, Watching(timeout=9))
    next(flow)
    flow.close()
    assert "it goes on and stays billed" in caplog.text
    assert "client.resume('abc')" in caplog.text


def test_a_job_that_is_old_already_is_looked_at_at_once():
    class Slow(Toy):
        cadence = Cadence(first=30)

    ticket = msgspec.structs.replace(TICKET, submitted_at=EPOCH - timedelta(hours=1))
    virtual = Virtual(lambda call, clock: says("done"))
    virtual.run(wait(desk(Slow()), ticket, Watching(timeout=9)))
    assert virtual.polled_at == [0]


def test_where_the_vendor_cannot_cancel_cancel_says_so(face, vendor, toy):
    job = face.do(face.client(toy).resume, TICKET)
    with pytest.raises(Unsupported, match="goes on and stays billed; you can stop waiting"):
        face.do(job.cancel)
    assert vendor.requests == []
