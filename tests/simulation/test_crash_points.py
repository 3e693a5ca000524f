"""Every crash point: run the first k effects of a job's life, die, and resume from the journal.

For each k: charged at most once, and delivered once unless the outcome is honestly unknown.
"""

import pytest

from segue._engine import resume as returning
from segue._engine.lease import Leases
from segue.errors import SubmissionUnknown
from segue.flow import Call, Claim, Record, Unclaim
from segue.journal import State
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.simulation import Died, Simulation

LIVES = {
    "plain": {},
    "without a quote": {"quotes": False},
    "a vendor that honours idempotency keys": {"settles": True},
}


def simulation(settles=False, **how):
    return Simulation(HushVendor(seed=3, settles=settles), Hush(settles=settles, **how), seed=3)


class Mortal:
    """Kills the first process after `k` effects, before or after the last one takes place."""

    def __init__(self, sim, k, *, after):
        self.effects, self.k, self.after, self.dead = [], k, after, False
        self._perform = sim._perform
        sim._perform = self.perform

    def perform(self, life, effect):
        self.effects.append(effect)
        if self.dead or len(self.effects) < self.k:
            return self._perform(life, effect)
        self.dead = True
        if self.after:
            self._happen(effect)
        raise Died

    def _happen(self, effect):
        sim = self._perform.__self__
        if isinstance(effect, Call):
            sim._vendor_reply(effect)
        elif isinstance(effect, Record | Claim | Unclaim):
            sim._store.done(effect)


def effects_of(how):
    mortal = Mortal(sim := simulation(**how), 10**6, after=False)
    sim.run(1)
    return len(mortal.effects)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("how", LIVES.values(), ids=LIVES.keys())
def test_a_process_that_dies_anywhere_costs_neither_money_nor_a_track(how, after):
    lengths = effects_of(how)
    assert lengths > 15
    doubtful = []
    for k in range(1, lengths + 1):
        sim = simulation(**how)
        mortal = Mortal(sim, k, after=after)
        report = sim.run(1)
        assert mortal.dead, k
        assert sum(sim.vendor.charges.values()) <= 1, k
        assert (report.lost, report.double_charged) == (0, 0), k
        if report.doubtful:
            doubtful.append(type(mortal.effects[k - 1]).__name__)
        else:
            assert report.delivered == 1, k
            assert len(sim.files) == 1, k
    if how.get("settles"):
        assert doubtful == []
    else:
        check = ["Lookup", "Sleep"]  # of the lease, before the paid request
        sent = ["Call", "Sleep"]
        assert doubtful == (["Record", *check, *sent] if after else [*check, *sent, "Record"])


def test_a_doubtful_job_is_never_sent_again_by_itself():
    sim = simulation()
    Mortal(sim, 1 + [type(e) for e in _effects(sim)].index(Record), after=True)
    sim.run(1)
    (entry,) = sim.journal.entries()
    assert entry.state is State.INTENT
    for _ in range(3):
        sim._start(0)
        sim.run(0)
    assert sim.vendor.requests["submit"] == 0
    with pytest.raises(SubmissionUnknown, match=r"client\.forget"):
        _ask(returning.settle_unknown(sim._backend, entry, Leases(sim._store.owner("me"))))


def _effects(sim):
    other = simulation()
    mortal = Mortal(other, 10**6, after=False)
    other.run(1)
    return mortal.effects


def _ask(flow):
    next(flow)
    raise AssertionError("nothing should be asked for")
