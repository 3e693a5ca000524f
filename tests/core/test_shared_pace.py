"""The pace of an account in a file: shared by all who use it, on the file's clock."""

import sqlite3
import threading
from contextlib import closing, nullcontext

import msgspec
import pytest
from benchmarks.shared_pace import together
from toy_vendor import Answer, Toy
from virtual import Virtual, desk

from segue._effects.account import Account
from segue._engine.submit import Order, submit
from segue._journal.permits import ORPHANED, SqlitePace, usual_place
from segue._pace import retry_policy as policy
from segue._pace.rate_limit import MARGIN
from segue._pace.turns import in_sleeps
from segue._pace.windows import FORGOTTEN, LONGEST
from segue._process.owner import new_owner
from segue._session.shared_pace import Sharing, shared
from segue.errors import AuthenticationFailed, RateLimited
from segue.flow import Reply
from segue.journal import Notice, Pace, Permit, Turn
from segue.provider import Limits
from segue.tasks import Generate
from segue.testing.memory_journal import MemoryJournal

DEAD = "nowhere-that-is:1:1:x"
QUEUED = Answer(body=b'{"id": "j1"}')
DONE = Answer(body=b'{"status": "done"}')


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Together:
    """Two processes at one file."""

    def __init__(self, path):
        self.clock = Clock()
        self.stores = [SqlitePace(path, clock=self.clock) for _ in range(2)]
        self.owners = [new_owner(), new_owner()]

    def permit(self, who, kind, job, limits, account="a"):
        return self.stores[who].permit(
            Permit(account=account, kind=kind, job=job, owner=self.owners[who], limits=limits)
        )

    def wait(self, who, kind, job, limits, **more):
        return self.permit(who, kind, job, limits, **more).wait

    def note(self, who, what, job="", kind="submit", **more):
        owner = self.owners[who]
        notice = Notice(what=what, account="a", owner=owner, job=job, kind=kind, **more)
        self.stores[who].note([notice])


@pytest.fixture
def both(tmp_path):
    both = Together(tmp_path / "state" / "pace.sqlite3")
    yield both
    for store in both.stores:
        store.close()


def test_a_window_is_one_for_all(both):
    limits = Limits(submits_per_minute=3)
    assert [both.wait(who, "submit", f"{who}", limits) for who in (0, 1)] == [0, 0]
    both.clock.now += 10
    assert both.wait(0, "submit", "c", limits) == 0
    for who, job in ((0, "0"), (1, "1"), (0, "c")):
        both.note(who, "answered", job)
    assert both.wait(1, "submit", "d", limits) == 60 + MARGIN
    both.clock.now += 60 + MARGIN
    assert both.wait(1, "submit", "d", limits) == 0


def test_a_request_counts_from_its_answer_which_is_reported_later(both):
    limits = Limits(polls_per_minute=1)
    assert both.wait(0, "poll", "a", limits) == 0
    both.clock.now += 20
    both.note(0, "answered", "a", "poll", ago=5.0)
    assert both.wait(1, "poll", "b", limits) == 60 + MARGIN - 5


def test_a_request_under_way_holds_its_permit_as_long_as_its_process_lives(both):
    limits = Limits(polls_per_minute=1)
    assert both.wait(0, "poll", "a", limits) == 0
    both.clock.now += 100
    assert both.wait(1, "poll", "b", limits) > 50
    both.clock.now += LONGEST
    assert both.wait(1, "poll", "b", limits) == 0


def test_what_a_dead_process_has_under_way_expires_with_its_minute(both, monkeypatch):
    limits = Limits(polls_per_minute=1)
    assert both.wait(0, "poll", "a", limits) == 0
    monkeypatch.setattr("segue._journal.permits.gone", lambda owner: owner == both.owners[0])
    both.clock.now += 30
    assert both.wait(1, "poll", "b", limits) == 31 + MARGIN - 1
    both.clock.now += 31
    assert both.wait(1, "poll", "b", limits) == 0


def test_a_permit_that_was_not_used_is_free_again(both):
    limits = Limits(submits_per_minute=1, in_flight=1)
    assert both.wait(0, "submit", "a", limits) == 0
    assert both.wait(1, "submit", "b", limits) > 0
    both.note(0, "unused", "a")
    assert both.wait(1, "submit", "b", limits) == 0


def test_a_download_that_counts_as_a_poll_uses_the_same_window(both):
    limits = Limits(polls_per_minute=1, in_flight=1)
    assert both.wait(0, "fetch", "a", limits) == 0
    both.note(0, "broken off", "a", "fetch")
    assert both.wait(1, "poll", "b", limits) == 60 + MARGIN


def test_only_so_many_jobs_run_at_once_whoevers_they_are(both):
    limits = Limits(in_flight=2)
    assert both.wait(0, "submit", "a", limits) == 0
    assert both.wait(1, "submit", "b", limits) == 0
    assert both.wait(0, "submit", "c", limits) == MARGIN
    both.note(1, "left", "a")
    assert both.wait(0, "submit", "c", limits) == MARGIN, "that job is another's"
    both.note(1, "left", "b")
    assert both.wait(0, "submit", "c", limits) == 0


def test_the_jobs_of_a_dead_process_count_for_a_while(both, monkeypatch):
    limits = Limits(in_flight=1)
    assert both.wait(0, "submit", "a", limits) == 0
    monkeypatch.setattr("segue._journal.permits.gone", lambda owner: owner == both.owners[0])
    assert both.wait(1, "submit", "b", limits) > 0
    both.clock.now += ORPHANED
    assert both.wait(1, "submit", "b", limits) == 0


def test_a_job_that_nobody_looks_at_any_more_counts_for_a_while(both):
    limits = Limits(in_flight=1)
    assert both.wait(0, "submit", "a", limits) == 0
    both.clock.now += FORGOTTEN - 1
    assert both.wait(1, "submit", "b", limits) > 0
    both.wait(0, "poll", "a", limits)
    both.clock.now += FORGOTTEN - 1
    assert both.wait(1, "submit", "b", limits) > 0
    both.clock.now += 1
    assert both.wait(1, "submit", "b", limits) == 0


def test_who_resumes_a_job_has_its_place_from_then_on(both):
    limits = Limits(in_flight=1)
    both.wait(0, "submit", "a", limits)
    both.wait(1, "poll", "a", limits)
    both.note(0, "left", "a")
    assert both.wait(0, "submit", "b", limits) > 0
    both.note(1, "left", "a")
    assert both.wait(0, "submit", "b", limits) == 0


def test_a_pause_is_for_all_and_a_shorter_one_does_not_cut_it(both):
    limits = Limits(in_flight=5)
    both.wait(0, "submit", "a", limits)
    both.note(0, "paused", seconds=30.0, ago=1.0)
    both.note(1, "paused", seconds=2.0)
    assert both.permit(1, "poll", "b", limits) == Turn(wait=29.0, pause=29.0)
    both.clock.now += 29
    assert both.permit(1, "poll", "b", limits) == Turn()


def test_who_is_alone_hears_so_and_soon_that_others_have_come(both):
    limits = Limits(submits_per_minute=100, in_flight=100)
    assert both.permit(0, "submit", "a", limits).alone
    assert both.permit(0, "submit", "elsewhere", limits, account="b").alone
    assert not both.permit(1, "submit", "b", limits).alone
    both.clock.now += 0.3
    assert not both.permit(0, "submit", "c", limits).alone


def test_the_dead_do_not_count_as_others(both, monkeypatch):
    limits = Limits(submits_per_minute=100)
    both.permit(0, "submit", "a", limits)
    monkeypatch.setattr("segue._journal.permits.gone", lambda owner: owner == both.owners[0])
    assert both.permit(1, "submit", "b", limits).alone


def test_refusals_are_counted_together(both):
    limits = Limits(failures=3)
    for who in (0, 1, 0):
        assert both.wait(who, "poll", "x", limits) == 0
        both.note(who, "failed")
    assert both.wait(1, "poll", "x", limits) == 30 + MARGIN
    both.clock.now += 30 + MARGIN
    assert both.wait(1, "poll", "x", limits) == 0


def test_after_a_reboot_the_clock_begins_anew(both):
    limits = Limits(submits_per_minute=1, in_flight=1)
    both.wait(0, "submit", "a", limits)
    both.note(0, "paused", seconds=3000.0)
    both.clock.now = 5.0
    assert both.wait(1, "submit", "b", limits) == 0


def test_one_account_does_not_hold_up_another(both):
    limits = Limits(submits_per_minute=1)
    assert both.wait(0, "submit", "a", limits) == 0
    assert both.wait(1, "submit", "b", limits, account="another") == 0


def test_of_many_threads_and_stores_no_more_get_a_permit_than_there_are(both):
    limits, went = Limits(submits_per_minute=7), []

    def asks(who, number):
        if both.wait(who, "submit", f"{who}-{number}", limits) == 0:
            went.append(number)

    threads = [threading.Thread(target=asks, args=(n % 2, n)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(went) == 7


class Paced(Toy):
    limits = Limits(submits_per_minute=100, polls_per_minute=1000, in_flight=10)


@pytest.fixture
def served(vendor, monkeypatch):
    monkeypatch.setenv("SEGUE_TOY_BASE_URL", vendor.url)
    vendor.says("/jobs", QUEUED)
    vendor.says("/jobs/j1", DONE)
    return vendor


def rows(query):
    with closing(sqlite3.connect(usual_place())) as connection:
        return connection.execute(query).fetchall()


def test_an_account_without_limits_touches_no_file(face, served):
    face.do(face.do(face.client(Toy()).submit, "a waltz").wait)
    assert not usual_place().exists()


def test_a_client_that_does_nothing_touches_no_file(face, served):
    face.do(face.client(Paced()).close)
    assert not usual_place().exists()


def test_a_client_leaves_nothing_behind_and_no_key(face, served):
    client = face.client(Paced())
    job = face.do(client.submit, "a waltz")
    assert len(rows("SELECT * FROM running")) == 1
    face.do(job.wait)
    face.do(client.close)
    assert rows("SELECT * FROM running") == []
    assert rows("SELECT DISTINCT under_way FROM permits") == [(0,)]
    assert rows("SELECT DISTINCT account FROM permits") == [
        (face.do(client._driver.run, client._session.questions.first()).account.fingerprint,)
    ]
    assert b"toy-key-1234" not in b"".join(
        file.read_bytes() for file in usual_place().parent.iterdir()
    )
    assert usual_place().stat().st_mode & 0o077 == 0


def test_a_job_that_has_ended_is_reported_without_closing_the_client(face, served):
    client = face.client(Paced())
    face.do(face.do(client.submit, "a waltz").wait)
    for _ in range(500):
        if not rows("SELECT * FROM running"):
            return
        threading.Event().wait(0.01)
    pytest.fail("it still counts among those that run")


def test_a_pause_of_one_client_is_one_of_all(face, served):
    one, other = face.client(Paced()), face.client(Paced())
    served.says("/jobs", Answer(status=429, headers={"retry-after": "7200"}), QUEUED)
    with pytest.raises(RateLimited):
        face.do(one.submit, "a waltz")
    face.do(one.close)
    with pytest.raises(RateLimited, match="rate limited; retry after"):
        face.do(other.submit, "a waltz")
    assert len(served.asked("/jobs")) == 1


def test_a_store_that_cannot_be_used_is_complained_of_once(face, served, caplog):
    usual_place().parent.mkdir(parents=True)
    usual_place().write_bytes(b"this is no database, whatever its name is" * 50)
    client = face.client(Paced())
    for _ in range(2):
        face.do(face.do(client.submit, "a waltz").wait)
    told = [record for record in caplog.records if "applied by this client alone" in record.message]
    assert len(told) == 1


class Holding(MemoryJournal):
    """A journal that holds the pace, too, as a server's store would."""

    def __init__(self):
        super().__init__()
        self.wanted = []
        self.heard = []

    def permit(self, wanted, notices=()):
        self.wanted.append(wanted)
        self.heard += notices
        return Turn(wait=0.01) if len(self.wanted) % 2 else Turn()

    def note(self, notices):
        self.heard += notices


def test_a_journal_may_hold_the_pace(face, served):
    journal = Holding()
    assert isinstance(journal, Pace)
    client = face.client(Paced(), journal=journal)
    face.do(face.do(client.submit, "a waltz").wait)
    face.do(client.close)
    assert {wanted.kind for wanted in journal.wanted} == {"submit", "poll"}
    assert {notice.what for notice in journal.heard} == {"answered", "left"}
    assert not usual_place().exists()


class Alone(Holding):
    """A store that says that nobody else uses the account, or that somebody does."""

    def __init__(self, alone):
        super().__init__()
        self.alone, self.reports = alone, 0

    def permit(self, wanted, notices=()):
        super().permit(wanted, notices)
        return Turn(alone=self.alone)

    def note(self, notices):
        self.reports += 1
        super().note(notices)


@pytest.mark.parametrize("alone", [True, False])
def test_what_happened_comes_with_the_next_permit_while_nobody_else_waits_for_it(alone):
    journal = Alone(alone)
    part = Sharing(lambda: nullcontext(journal), desk(Paced()).account, Paced.limits)
    threads = threading.active_count()
    for number in range(3):
        part.permit("submit", f"{number}")
        part.heard("answered", f"{number}", "submit", 0.0)
        part.heard("left", f"{number}", "poll", 0.0)
        assert threading.active_count() <= threads + 1
        threading.Event().wait(0.15)
    assert journal.reports == (0 if alone else 3)
    part.close()
    assert [notice.what for notice in journal.heard] == ["answered", "left"] * 3


def test_a_pause_is_reported_soon_whoever_is_alone():
    journal = Alone(alone=True)
    part = Sharing(lambda: nullcontext(journal), desk(Paced()).account, Paced.limits)
    part.permit("submit", "a")
    part.heard("answered", "a", "submit", 0.0)
    part.heard("paused", "", "submit", 9.0)
    for _ in range(80):
        if journal.reports:
            break
        threading.Event().wait(0.01)
    assert [notice.what for notice in journal.heard] == ["answered", "paused"]


def test_a_flow_that_is_dropped_while_it_asks_gives_the_permit_back():
    journal = Holding()
    backend = desk(Paced())
    part = Sharing(lambda: closing(journal), backend.account, Paced.limits)
    backend.gate.store = part
    journal.close = lambda: None
    order = Order(task=Generate(prompt="a waltz"), job="a", key="a", owner="me")
    flow = in_sleeps(submit(backend, order))
    virtual = Virtual()
    effect = next(flow)
    while "Sharing.permit" not in repr(effect):
        effect = flow.send(virtual.perform(effect))
    effect.function()
    flow.close()
    part.close()
    assert "unused" in {notice.what for notice in journal.heard}


def test_nothing_is_shared_where_nothing_is_limited():
    account, limits = desk().account, Limits(in_flight=1)
    assert shared(None, account, Limits(), {}) is None
    assert shared(None, account, limits, {}) is not None
    assert shared(None, account, limits, {"SEGUE_PACE": "off"}) is None


def test_the_file_may_be_another_one(face, served, monkeypatch, tmp_path):
    monkeypatch.setenv("SEGUE_PACE", str(tmp_path / "elsewhere" / "pace"))
    face.do(face.do(face.client(Paced()).submit, "a waltz").wait)
    assert (tmp_path / "elsewhere" / "pace").exists()
    assert not usual_place().exists()


class Free(Toy):
    """Its vendor documents that a 429 is not charged."""

    def submit(self, task):
        flow = super().submit(task)
        call = next(flow)
        reply = yield msgspec.structs.replace(call, uncharged=frozenset({429}))
        try:
            flow.send(reply)
        except StopIteration as done:
            return done.value
        raise AssertionError


def refused_for(seconds, *, says=True):
    headers = {"retry-after": "20"} if says else {}

    def answer(call, clock):
        if clock < seconds:
            return Reply(status=429, headers=headers)
        return Reply(status=200, body=b'{"id": "j1"}')

    return Virtual(answer)


def ordered(patience):
    order = Order(task=Generate(prompt="a"), job="a", key="a", owner="me", patience=patience)
    return submit(desk(Free()), order)


@pytest.mark.parametrize("says", [True, False])
def test_a_submission_that_is_refused_for_now_waits_within_the_callers_patience(says, monkeypatch):
    monkeypatch.setattr(policy, "UNTOLD", 5.0)
    virtual = refused_for(400, says=says)
    assert virtual.run(ordered(600)).id == "j1"
    assert 400 <= virtual.clock <= 500
    assert len(virtual.calls) <= 22


def test_beyond_it_the_refusal_is_raised():
    virtual = refused_for(4000)
    with pytest.raises(RateLimited):
        virtual.run(ordered(600))
    assert 580 <= virtual.clock <= 600


@pytest.mark.slow
def test_four_processes_on_one_key_provoke_no_429():
    told = together(Limits(submit_every=0.1), processes=4, submissions=3, journal="{name}.sqlite3")
    assert (told["submitted"], told["charged"], told["refused_429"]) == (12, 12, 0)


@pytest.mark.slow
def test_processes_share_the_places_of_jobs_that_run():
    limits = Limits(in_flight=2)
    told = together(limits, processes=3, submissions=1, journal="off", typical=0.2)
    assert (told["submitted"], told["refused_429"]) == (3, 0)
    assert told["most_running"] <= 2


@pytest.mark.slow
def test_without_a_shared_pace_they_would_be_refused(monkeypatch):
    """The vendor's limits bite."""
    monkeypatch.setenv("SEGUE_PACE", "off")
    told = together(Limits(submit_every=2.0), processes=3, submissions=1, retry_after=1)
    assert told["refused_429"] > 0


def test_a_store_says_what_it_is(tmp_path):
    assert repr(SqlitePace(tmp_path / "p")) == f"SqlitePace({str(tmp_path / 'p')!r})"
    assert "toy-key" not in repr(shared(None, desk().account, Limits(in_flight=1), {}))


def test_an_account_without_its_key_is_shared_with_nobody(monkeypatch):
    def nothing():
        raise AuthenticationFailed("no API key")

    account = Account("toy", base_url="https://toy.example", secret=nothing)
    part = shared(None, account, Limits(in_flight=1), {})
    assert part.permit("poll", "a") == Turn()
    part.heard("left", "a", "poll", 0.0)
    part.close()
    assert not usual_place().exists()
