"""The gate: an account's pace, told the time and never asking for it."""

import sys

from benchmarks.gate import busy, steps

from segue._pace.rate_limit import MARGIN, Gate, Window
from segue.provider import Limits


def pass_all(gate, kind, jobs, until):
    """Let jobs ask as flows do; when each of them went."""
    went, asks = {}, dict.fromkeys(jobs, 0.0)
    while len(went) < len(jobs):
        job = min((job for job in jobs if job not in went), key=asks.__getitem__)
        now = asks[job]
        assert now < until
        wait = gate.turn(kind, job, 0.0, now)
        if wait == 0:
            went[job] = now
            gate.answered(kind, job, now)
        else:
            asks[job] = now + wait
    return went


def test_without_limits_everybody_goes_at_once():
    gate = Gate(Limits())
    assert pass_all(gate, "poll", [f"{n}" for n in range(100)], 1) == {
        f"{n}": 0.0 for n in range(100)
    }


def test_no_more_than_allowed_go_in_any_minute_and_no_permit_is_wasted():
    gate = Gate(Limits(submits_per_minute=40))
    went = sorted(pass_all(gate, "submit", [f"{n:03}" for n in range(200)], 600).values())
    for n, when in enumerate(went[40:]):
        assert when - went[n] >= 60
    assert went[-1] <= 4 * (60 + MARGIN) + 1


def test_the_most_overdue_goes_first():
    gate = Gate(Limits(polls_per_minute=1))
    assert gate.turn("poll", "a", 0, 0) == 0
    gate.answered("poll", "a", 0)
    waits = {job: gate.turn("poll", job, due, 10) for job, due in [("late", 9), ("early", 2)]}
    assert waits["early"] <= waits["late"]
    free = 60 + MARGIN
    assert gate.turn("poll", "late", 9, free) > 0
    assert gate.turn("poll", "early", 2, free) == 0


def test_who_does_not_come_back_is_not_waited_for():
    gate = Gate(Limits(polls_per_minute=1))
    gate.turn("poll", "a", 0, 0)
    gate.answered("poll", "a", 0)
    gate.turn("poll", "gone", 1, 5)
    gate.turn("poll", "here", 2, 5)
    assert gate.turn("poll", "here", 2, 60 + MARGIN + 5) == 0


def test_a_pause_is_for_the_whole_account():
    gate = Gate(Limits())
    gate.pause(30, now=100)
    assert gate.turn("poll", "a", 100, 100) == 30
    assert gate.turn("submit", "b", 100, 110) == 20
    assert gate.turn("poll", "a", 100, 130) == 0


def test_a_shorter_pause_does_not_cut_a_longer_one():
    gate = Gate(Limits())
    gate.pause(30, now=0)
    gate.pause(1, now=5)
    assert gate.paused(10) == 20


def test_too_many_refusals_pause_the_account_before_the_vendor_does():
    gate = Gate(Limits(failures=3))
    for now in (0, 1, 2):
        assert gate.paused(now) == 0
        gate.failed(now)
    assert gate.paused(2) == 30 + MARGIN - 2
    assert gate.paused(31 + MARGIN) == 0


def test_only_so_many_jobs_run_at_once():
    gate = Gate(Limits(in_flight=2))
    assert [gate.turn("submit", job, 0, 0) for job in "ab"] == [0, 0]
    assert gate.turn("submit", "c", 0, 0) > 0
    gate.leave("a")
    assert gate.turn("submit", "c", 0, 1) == 0
    assert gate.turn("submit", "d", 0, 2) > 0
    assert gate.turn("submit", "d", 0, 4000) == 0, "nobody looked at the others for an hour"


def test_a_job_is_not_looked_at_before_it_is_due():
    assert Gate(Limits()).turn("poll", "a", 7.5, 5) == 2.5


def test_a_window_says_when_each_who_waits_may_go():
    window = Window(2)
    window.take(0)
    window.take(10)
    assert [window.next(20, ahead) for ahead in range(4)] == [
        60 + MARGIN,
        70 + MARGIN,
        120 + 2 * MARGIN,
        130 + 2 * MARGIN,
    ]


def test_a_job_ends_once_however_often_that_is_said():
    gate = Gate(Limits(polls_per_minute=120))
    for job in range(60):
        assert gate.turn("poll", f"{job}", 0, 1) == 0
        gate.leave(f"{job}")
        gate.leave(f"{job}")
    assert round(gate.share(2), 2) == round(60 / (120 * 60 / 61) / 0.9, 2)


def test_a_download_that_counts_as_a_poll_goes_first_and_uses_a_permit():
    gate = Gate(Limits(polls_per_minute=2))
    for job in ("a", "b"):
        assert gate.turn("poll", job, 0.0, 0.0) == 0
        gate.answered("poll", job, 0.0)
    wait = gate.turn("poll", "c", 0.0, 1.0)
    assert wait > 50
    assert gate.turn("fetch", "d", -3600.0, 1.0) > 50
    later = 60.0 + MARGIN
    assert gate.turn("fetch", "d", -3600.0, later) == 0
    assert gate.turn("poll", "c", 0.0, later) == 0
    assert gate.turn("poll", "e", 0.0, later) > 0


def test_permits_that_downloads_use_make_polls_scarcer():
    gate, busy = Gate(Limits(polls_per_minute=60)), Gate(Limits(polls_per_minute=60))
    for number in range(20):
        for one in (gate, busy):
            one.turn("poll", f"{number}", 0.0, 0.0)
            one.leave(f"{number}")
        busy.turn("fetch", f"{number}", -3600.0, 0.0)
    assert busy.share(1.0) > gate.share(1.0)


def test_a_vendor_that_counts_single_submissions_gets_one_in_so_many_seconds():
    gate = Gate(Limits(submit_every=3.0))
    assert gate.turn("submit", "a", 0.0, 0.0) == 0
    gate.answered("submit", "a", 0.0)
    wait = gate.turn("submit", "b", 0.0, 0.0)
    assert 3.0 <= wait <= 3.5
    assert gate.turn("submit", "b", 0.0, wait) == 0


def test_the_permit_of_a_request_that_is_still_under_way_is_not_given_to_another():
    """It used to be, after a minute: but a vendor counts a request when it comes."""
    gate = Gate(Limits(submits_per_minute=1))
    assert gate.turn("submit", "slow", 0.0, 0.0) == 0
    for now in (40.0, 70.0, 100.0):
        assert gate.turn("submit", "next", 0.0, now) > 0
    gate.answered("submit", "slow", 100.0)
    assert gate.turn("submit", "next", 0.0, 130.0) > 0
    assert gate.turn("submit", "next", 0.0, 100.0 + 60.0 + MARGIN) == 0


def test_places_are_given_in_the_order_in_which_jobs_came():
    """A living process starves nobody: with one place, each of many waits for those before it."""
    gate, went, running = Gate(Limits(in_flight=1)), [], []
    asks = {f"{n:02}": n / 100 for n in range(30)}
    due = dict(asks)
    while asks:
        job = min(asks, key=asks.__getitem__)
        now = asks.pop(job)
        assert now < 30 * 45
        while running and running[0][0] <= now:
            gate.leave(running.pop(0)[1])
        wait = gate.turn("submit", job, due[job], now)
        if wait > 0:
            asks[job] = now + wait
        else:
            went.append(job)
            running.append((now + 30, job))
    assert went == sorted(went)


def test_who_waits_for_a_place_and_goes_away_keeps_nobody_waiting():
    gate = Gate(Limits(in_flight=1))
    assert gate.turn("submit", "a", 0, 0) == 0
    assert gate.turn("submit", "gone", 1, 1) > 0
    assert gate.turn("submit", "here", 2, 2) > 0
    gate.leave("a")
    assert gate.turn("submit", "here", 2, 60) == 0


def test_a_job_that_has_its_place_is_not_kept_from_it_by_itself():
    gate = Gate(Limits(in_flight=1))
    assert gate.turn("submit", "a", 0, 0) == 0
    assert gate.turn("submit", "a", 1, 1) == 0


class Counted(float):
    """A time that counts how often one is compared with another."""

    compared = 0

    def __lt__(self, other):
        Counted.compared += 1
        return float(self) < other

    def __le__(self, other):
        Counted.compared += 1
        return float(self) <= other

    def __gt__(self, other):
        Counted.compared += 1
        return float(self) > other

    def __eq__(self, other):
        Counted.compared += 1
        return float(self) == other

    __hash__ = float.__hash__


def operations(jobs):
    """Lines of code and comparisons of times, the most for each kind of step, with so many jobs
    under way and as many that wait."""
    gate = busy(jobs, Counted(1000.0))
    most, lines = {}, []

    def traced(frame, event, argument):
        lines.append(event)
        return traced

    for name, step in steps(gate, range(20), Counted(1002.0)):
        lines.clear()
        Counted.compared = 0
        before = sys.gettrace()
        sys.settrace(traced)
        try:
            step()
        finally:
            sys.settrace(before)
        most[name] = max(most.get(name, 0), len(lines) + Counted.compared)
    return most


def test_no_step_costs_much_more_with_a_hundred_times_as_many_jobs():
    few, many = operations(100), operations(10_000)
    assert few.keys() == many.keys()
    assert {name: many[name] for name in many if many[name] > 2 * few[name] + 20} == {}
    assert max(many.values()) < 400
