"""Looks that fail: what is said while waiting, at the end, and by the journal."""

from datetime import timedelta
from math import inf

import msgspec
import pytest
from toy_vendor import Toy
from virtual import EPOCH, Virtual, desk

from segue._engine.wait import Watching, poll, wait
from segue._engine.wait_state import FEW
from segue.errors import (
    AuthenticationFailed,
    JobExpired,
    JobFailed,
    JournalError,
    NotFound,
    NotSent,
    Rejected,
    ResultMissing,
    SegueError,
    Unavailable,
    WaitTimeout,
)
from segue.events import Intent, Submitted, Terminal, Troubled
from segue.flow import Record, Reply, call
from segue.job import Failure, Snapshot, Status, Ticket, Track
from segue.provider import Cadence
from segue.refusals import refusal
from segue.testing.memory_journal import MemoryJournal

TICKET = Ticket(provider="toy", id="j1", job="abc", submitted_at=EPOCH)
OLD = msgspec.structs.replace(TICKET, submitted_at=EPOCH - timedelta(hours=1))
BAD = Reply(status=500, headers={"content-type": "text/plain"}, body=b"GPU exploded")

GONE = Reply(status=404, body=b'{"error": "no such job"}')


class Strict(Toy):
    """A 404 is the end of the job, as with Venice."""

    def poll(self, ticket):
        reply = yield from call("GET", f"/jobs/{ticket.id}")
        if reply.status == 404:
            return Snapshot(status=Status.EXPIRED, word="404", error=Failure(message="gone"))
        if not reply.ok:
            raise refusal(reply)
        return msgspec.json.decode(reply.body, type=Snapshot)


def says(status, **more):
    return Reply(status=200, body=msgspec.json.encode({"status": status, **more}))


def one_by_one(*replies):
    """The replies in turn; the last of them for ever."""
    left = list(replies)

    def answer(call, clock):
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    return answer


def told(virtual):
    return [event.reason for event in virtual.events if isinstance(event, Troubled)]


def waited(answer, *, timeout=9.0, patience=inf, provider=None, ticket=TICKET):
    """The error of a wait, what was told while waiting, and what the journal was told."""
    virtual, heard = Virtual(answer), []
    watching = Watching(timeout=timeout, patience=patience, on_update=heard.append)
    with pytest.raises(SegueError) as caught:
        virtual.run(wait(desk(provider or Strict()), ticket, watching))
    return caught.value, heard, virtual


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (BAD, "toy answered 500"),
        (Reply(status=302, headers={"location": "/x"}), "toy answered 302"),
        (NotSent("connection refused"), "no connection to toy: connection refused"),
    ],
)
def test_a_wait_of_which_no_look_succeeded_says_why_everywhere(bad, what):
    error, heard, virtual = waited(one_by_one(bad))
    assert isinstance(error, WaitTimeout)
    assert what.split(":")[0] in str(error)
    assert "no poll of it succeeded" in str(error)
    assert "billed" not in str(error)
    assert "client.resume('abc')" in error.advice
    assert error.trouble.times == len(virtual.calls)
    assert all(seen.status is Status.UNKNOWN for seen in heard)
    assert [seen.trouble.times for seen in heard] == list(range(1, len(heard) + 1))
    assert heard[0].trouble.again is not None
    assert "()" not in str(heard[0])
    assert what.split(":")[0] in told(virtual)[-1]


def test_what_the_vendor_said_is_in_the_message():
    error, heard, virtual = waited(one_by_one(BAD))
    for said in (str(error), str(heard[-1]), told(virtual)[-1]):
        assert "GPU exploded" in said


def test_a_job_that_was_seen_to_run_and_then_not_any_more_says_both():
    error, heard, _ = waited(one_by_one(says("running"), BAD))
    assert "it was running when last seen; toy answered 500" in str(error)
    assert heard[-1].status is Status.RUNNING
    assert "whether it goes on is not known" in error.advice


@pytest.mark.parametrize(
    "bad",
    [
        BAD,
        NotSent("connection refused"),
        Reply(status=429, headers={"retry-after": "900"}, body=b"{}"),
    ],
)
def test_looks_may_fail_for_as_long_as_patience_says(bad, monkeypatch):
    monkeypatch.setattr(Strict, "cadence", Cadence(first=1.0, growth=1.2, cap=5.0))
    error, heard, virtual = waited(one_by_one(says("running"), bad), timeout=7200.0, patience=100.0)
    assert isinstance(error, WaitTimeout)
    assert "could not be polled for 100 s; it was running when last seen; " in str(error)
    assert "whether it goes on is not known" in error.advice
    assert "`patience` sets how long" in error.advice
    assert error.trouble is not None
    assert 100 <= virtual.clock <= 135
    assert any(seen.trouble for seen in heard)


def test_a_good_look_begins_patience_anew():
    rough = [BAD, BAD, says("running")] * 20
    lasted = 0.0
    for patience in (inf, 1 / 4):
        virtual = Virtual(one_by_one(*rough, says("succeeded")))
        watching = Watching(timeout=7200, patience=patience * (lasted or 1.0))
        virtual.run(wait(desk(Strict()), TICKET, watching))
        lasted = virtual.clock


def test_a_job_that_is_seen_to_run_goes_on_and_stays_billed():
    error, _, virtual = waited(one_by_one(BAD, says("running")))
    assert "goes on and stays billed" in error.advice
    assert error.trouble is None
    assert told(virtual) == [""]


def test_the_journal_learns_of_a_trouble_that_lasts_and_of_its_end():
    virtual = Virtual(one_by_one(BAD, BAD, BAD, BAD, says("running"), says("succeeded")))
    virtual.run(wait(desk(Strict()), TICKET, Watching(timeout=900)))
    assert [bool(reason) for reason in told(virtual)] == [True, False]


def test_a_journal_that_takes_no_trouble_hides_no_error():
    virtual = Virtual(one_by_one(BAD))
    perform = virtual.perform

    def full(effect):
        if isinstance(effect, Record):
            raise JournalError("the disk is full")
        return perform(effect)

    virtual.perform = full
    with pytest.raises(WaitTimeout):
        virtual.run(wait(desk(Strict()), TICKET, Watching(timeout=9)))


def test_a_key_that_is_refused_ends_the_wait_at_once_and_says_what_to_do():
    error, _, virtual = waited(
        one_by_one(Reply(status=401, body=b'{"error": "bad key"}')), timeout=900
    )
    assert isinstance(error, AuthenticationFailed)
    assert len(virtual.calls) == 1
    assert "client.resume('abc')" in str(error)
    assert "401" in told(virtual)[-1]


PAGE = b"<html><title>Attention Required!</title></html>"


@pytest.mark.parametrize("body", [b'{"error": "busy"}', PAGE, b"", b"conflict"], ids=range(4))
@pytest.mark.parametrize("status", [407, 408, 409, 418, 423, 425, 444, 460, 499])
@pytest.mark.parametrize("kind", [Strict, Toy])
def test_a_status_that_is_no_verdict_never_ends_a_wait(kind, status, body):
    word = "succeeded" if kind is Strict else "done"
    bad = Reply(status=status, headers={"content-type": "text/html"}, body=body)
    virtual, heard = Virtual(one_by_one(says("running"), bad, bad, says(word))), []
    watching = Watching(timeout=900, on_update=heard.append)
    seen = virtual.run(wait(desk(kind()), OLD, watching))
    assert seen.status is Status.SUCCEEDED
    assert [look.trouble.status for look in heard if look.trouble] == [status, status]


@pytest.mark.parametrize("body", [PAGE, b"", b"Forbidden"], ids=["page", "empty", "text"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422, 451])
@pytest.mark.parametrize("kind", [Strict, Toy])
def test_a_page_that_no_api_wrote_never_ends_a_wait(kind, status, body):
    """A proxy's, a WAF's or a captive portal's, also where the provider takes it for an end."""
    word = "succeeded" if kind is Strict else "done"
    bad = Reply(status=status, headers={"content-type": "text/html"}, body=body)
    virtual = Virtual(one_by_one(bad, bad, says(word)))
    seen = virtual.run(wait(desk(kind()), OLD, Watching(timeout=900)))
    assert seen.status is Status.SUCCEEDED
    assert [event.status for event in virtual.events if isinstance(event, Terminal)] == [
        Status.SUCCEEDED
    ]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 410, 422])
def test_a_verdict_in_json_ends_the_wait_at_once(status):
    said = Reply(status=status, body=b'{"error": "no"}')
    error, _, virtual = waited(one_by_one(says("running"), said), timeout=900, ticket=OLD)
    assert isinstance(error, Rejected)
    assert error.status == status
    assert len(virtual.calls) == 2
    assert "client.resume('abc')" in str(error)


def test_a_vendor_that_writes_no_json_says_so_by_final():
    class Plain(Toy):
        def poll(self, ticket):
            reply = yield from call("GET", f"/jobs/{ticket.id}", final=frozenset({410}))
            raise refusal(reply)

    error, _, virtual = waited(
        one_by_one(Reply(status=410, body=b"gone")), provider=Plain(), ticket=OLD
    )
    assert isinstance(error, NotFound)
    assert len(virtual.calls) == 1


def test_leaving_a_wait_that_sees_nothing_does_not_say_that_the_job_goes_on(caplog):
    virtual = Virtual(one_by_one(BAD))
    flow = wait(desk(Strict()), TICKET, Watching(timeout=90))
    effect, looks = next(flow), 0
    while looks < 2:
        looks += type(effect).__name__ == "Call"
        effect = flow.send(virtual.perform(effect))
    for _ in range(3):
        effect = flow.send(virtual.perform(effect))
    flow.close()
    assert "its status is not known" in caplog.text
    assert "billed" not in caplog.text


@pytest.mark.parametrize("kind", [Strict, Toy], ids=["a verdict", "an error"])
def test_a_404_just_after_the_submission_is_waited_out(kind):
    word = "succeeded" if kind is Strict else "done"
    virtual = Virtual(one_by_one(*[GONE] * 3, says(word)))
    heard = []
    watching = Watching(timeout=90, on_update=heard.append)
    seen = virtual.run(wait(desk(kind()), TICKET, watching))
    assert seen.status is Status.SUCCEEDED
    assert "does not know the job yet" in str(heard[0])
    assert [type(e) for e in virtual.events if isinstance(e, Terminal)] == [Terminal]


@pytest.mark.parametrize(("kind", "error"), [(Strict, JobExpired), (Toy, NotFound)])
def test_a_404_later_means_what_it_means(kind, error):
    raised, _, virtual = waited(one_by_one(GONE), provider=kind(), ticket=OLD)
    assert isinstance(raised, error)
    assert len(virtual.calls) == 1


@pytest.mark.parametrize(("kind", "error"), [(Strict, JobExpired), (Toy, NotFound)])
def test_a_404_that_stays_is_believed_after_the_declared_time(kind, error):
    class Calm(kind):
        cadence = Cadence(first=5, growth=1.3, cap=15, settles=20)

    raised, _, virtual = waited(one_by_one(GONE), timeout=900, provider=Calm())
    assert isinstance(raised, error)
    assert 20 <= virtual.clock < 60


def test_one_look_at_a_job_that_is_not_known_yet_is_no_end():
    virtual = Virtual(one_by_one(GONE))
    seen = virtual.run(poll(desk(Strict()), TICKET))
    assert seen.status is Status.UNKNOWN
    assert seen.trouble.status == 404
    assert virtual.events == []


def test_a_job_that_has_ended_is_no_new_one():
    backend = desk(Strict())
    virtual = Virtual(one_by_one(says("succeeded"), GONE))
    virtual.run(poll(backend, TICKET))
    assert virtual.run(poll(backend, TICKET)).status is Status.EXPIRED


MISSING = {"missing": "toy calls it done, and names no file"}


def test_done_without_a_file_says_so_after_a_few_looks_and_can_be_resumed():
    error, heard, virtual = waited(one_by_one(says("unknown", word="done", **MISSING)), timeout=900)
    assert isinstance(error, ResultMissing)
    assert len(virtual.calls) == FEW
    assert "names no file" in str(heard[0])
    assert error.ticket == TICKET
    assert "client.resume('abc')" in str(error)
    assert not [event for event in virtual.events if isinstance(event, Terminal)]
    assert told(virtual) == [MISSING["missing"]]


def test_the_track_that_can_be_had_is_not_lost_to_the_one_beside_it():
    good = Track(id="1", status=Status.SUCCEEDED, url="https://x.example/1.mp3")
    half = says("running", tracks=[good, Track(id="2", status=Status.RUNNING)], **MISSING)
    virtual = Virtual(one_by_one(half))
    seen = virtual.run(wait(desk(Strict()), TICKET, Watching(timeout=900)))
    assert seen.partial
    assert [track.status for track in seen.tracks] == [Status.SUCCEEDED, Status.FAILED]
    assert [event.status for event in virtual.events] == [Status.SUCCEEDED]


def test_a_file_that_comes_late_is_no_trouble():
    late = says("unknown", **MISSING)
    virtual = Virtual(one_by_one(late, late, says("succeeded")))
    assert virtual.run(wait(desk(Strict()), TICKET, Watching(timeout=900))).word == ""


def test_what_the_vendor_suggests_is_in_the_error_of_a_job_that_failed():
    failed = Failure(message="no", suggested_prompt="a calm sea", suggestion="be shorter")
    error, *_ = waited(one_by_one(says("failed", error=failed)))
    assert isinstance(error, JobFailed)
    assert "'a calm sea'" in str(error)
    assert "be shorter" in str(error)


@pytest.mark.parametrize("odd", [1e300, -5.0])
def test_a_time_that_cannot_be_is_not_waited_for(odd):
    seen = says("running", eta=odd, expected=odd)
    virtual = Virtual(one_by_one(seen, seen, says("succeeded")))
    virtual.run(wait(desk(Strict()), TICKET, Watching(timeout=900)))
    assert virtual.clock < 60


def test_the_journal_holds_the_last_trouble_and_forgets_it_at_the_end():
    journal, about = MemoryJournal(), {"job": "abc", "at": EPOCH}
    journal.write(Intent(backend="toy", task={}, key="k", owner="me", **about))
    journal.write(Submitted(ticket=TICKET, **about))
    before = journal.entry("abc")
    journal.write(Troubled(reason="toy answered 500", **about))
    assert journal.entry("abc").trouble == "toy answered 500"
    assert journal.entry("abc").state is before.state
    journal.write(Terminal(status=Status.SUCCEEDED, **about))
    assert journal.entry("abc").trouble == ""


def test_an_unavailable_vendor_is_named_by_its_status():
    assert "503" in str(waited(lambda *_: (_ for _ in ()).throw(Unavailable("no", status=503)))[0])
