"""The simulator: nothing is lost or paid twice under any fault, and one seed is one run."""

from collections import Counter

import pytest

from segue.events import Intent
from segue.provider import Limits
from segue.testing.faults import Faults, Kind
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.memory_journal import MemoryJournal
from segue.testing.simulation import Simulation


class Unfenced(MemoryJournal):
    """A journal that lets a job be submitted twice."""

    def write(self, event):
        if isinstance(event, Intent):
            self._jobs.pop(event.job, None)
        super().write(event)


def run(jobs, *, seed=1, faults=0.05, settles=False, **vendor):
    model = HushVendor(seed=seed, settles=settles, **vendor)
    return Simulation(model, Hush(settles=settles), seed=seed, faults=faults, arrivals=0.1).run(
        jobs
    )


@pytest.mark.parametrize("seed", range(5))
def test_with_faults_everywhere_nothing_is_lost_and_nothing_paid_twice(seed):
    report = run(300, seed=seed)
    assert (report.lost, report.double_charged, report.given_up) == (0, 0, 0)
    assert report.delivered + report.doubtful == report.asked
    assert report.crashes > 100


def test_a_vendor_that_honours_idempotency_keys_leaves_nothing_in_doubt():
    report = run(300, settles=True)
    assert (report.lost, report.double_charged, report.doubtful) == (0, 0, 0)
    assert report.delivered == report.asked


def test_without_faults_every_job_comes_home():
    report = run(200, faults=0)
    assert report.delivered == report.charged == report.asked
    assert report.crashes == 0


def test_one_seed_is_one_run_to_the_byte():
    assert run(200, seed=4) == run(200, seed=4)
    assert run(200, seed=4) != run(200, seed=5)


def test_the_account_would_show_a_loss():
    """The simulator can fail: a client that forgets its tickets loses tracks, and it says so."""
    sim = Simulation(HushVendor(seed=1), Hush(), seed=1, faults=0.05, arrivals=0.1)
    sim._start = lambda number: None if sim._lives[number] else _once(sim, number)
    report = sim.run(200)
    assert report.lost > 0


def test_the_account_would_show_a_double_charge():
    """A client that submits again whatever happened pays twice, and the account says so."""
    journal = Unfenced()
    sim = Simulation(HushVendor(seed=1), Hush(), seed=1, faults=0.05, arrivals=0.1, journal=journal)
    sim._jobs.known = lambda job: None
    report = sim.run(200)
    assert report.double_charged > 0


def test_the_name_of_a_job_keeps_even_that_client_from_paying_twice():
    sim = Simulation(HushVendor(seed=1), Hush(), seed=1, faults=0.05, arrivals=0.1)
    sim._jobs.known = lambda job: None
    assert sim.run(200).double_charged == 0


def test_no_429_is_provoked_at_the_documented_limits():
    limits = Limits(submits_per_minute=40, polls_per_minute=120)
    sim = Simulation(HushVendor(seed=1, limits=limits), Hush(limits=limits), seed=1)
    report = sim.run(100)
    assert report.refused_429 == 0
    assert report.delivered == 100


def test_a_client_without_a_gate_would_be_refused():
    """The vendor's limits bite: the same jobs with no limits declared are answered with 429."""
    limits = Limits(submits_per_minute=40, polls_per_minute=120)
    report = Simulation(HushVendor(seed=1, limits=limits), Hush(), seed=1).run(100)
    assert report.refused_429 > 0


def _once(sim, number):
    type(sim)._start(sim, number)


class Listed(Faults):
    """Draws nothing but these, each time that they may be, and counts them."""

    def __init__(self, kinds, seed):
        super().__init__(0.3, seed)
        self.kinds, self.drawn = kinds, Counter()

    def draw(self, effect):
        fault = super().draw(effect)
        if fault not in self.kinds:
            return None
        self.drawn[fault] += 1
        return fault


@pytest.mark.parametrize("kind", [Kind.STORE_SLOW, Kind.STORE_FAILS, Kind.PAUSED])
def test_a_bad_store_of_permits_and_a_paused_account_cost_time_and_nothing_else(kind):
    limits = Limits(submits_per_minute=40, polls_per_minute=120, in_flight=15)
    vendor = HushVendor(seed=2, limits=limits)
    sim = Simulation(vendor, Hush(limits=limits), seed=2, arrivals=0.1)
    sim._faults = Listed({kind}, seed=2)
    report = sim.run(100)
    assert sim._faults.drawn[kind] > 20
    assert report.delivered == report.charged == report.asked
    assert (report.lost, report.doubtful, report.given_up) == (0, 0, 0)
    if kind is not Kind.STORE_FAILS:  # a wait that it ends leaves its job running unseen
        assert report.refused_429 == 0
    gate = sim._backend.gate
    assert [len(line.queue) for line in gate._lines.values()] == [0, 0]
    assert not gate._in_flight
