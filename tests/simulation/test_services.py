"""Faults of the journal, of leases and of approvals cost neither money nor a track."""

from collections import Counter

import pytest

from segue.errors import JournalError, LeaseLost, SpendingRefused
from segue.events import Submitted
from segue.flow import Approve, Call, Claim, Lookup, Record, Unclaim
from segue.testing.faults import Faults, Kind
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.simulation import Simulation


class Only(Faults):
    """One kind of fault, at one kind of effect, every few times."""

    def __init__(self, kind, effect, every=4):
        super().__init__(0.0, 0)
        self.kind, self.effect, self.every, self.seen, self.drawn = kind, effect, every, 0, 0

    def draw(self, effect):
        if not isinstance(effect, self.effect):
            return None
        self.seen += 1
        if self.seen % self.every:
            return None
        self.drawn += 1
        return self.kind


def run(faults, *, settles=False, jobs=60):
    sim = Simulation(HushVendor(seed=2, settles=settles), Hush(settles=settles), arrivals=0.1)
    sim._faults, errors, ended = faults, Counter(), sim._ended

    def noted(life, error):
        errors[type(error)] += 1
        ended(life, error)

    sim._ended = noted
    return sim.run(jobs), errors


JOURNAL = [Kind.JOURNAL_FAILED_BEFORE, Kind.JOURNAL_FAILED_AFTER, Kind.JOURNAL_SLOW]
CASES = [(kind, effect) for kind in JOURNAL for effect in (Record, Lookup, Unclaim)]


@pytest.mark.parametrize("settles", [False, True])
@pytest.mark.parametrize(("kind", "effect"), CASES, ids=lambda case: getattr(case, "name", None))
def test_a_journal_that_fails_or_is_slow_loses_nothing(kind, effect, settles):
    report, errors = run(faults := Only(kind, effect), settles=settles)
    assert faults.drawn > 5
    assert (report.lost, report.double_charged, report.given_up) == (0, 0, 0)
    assert report.delivered + report.doubtful == report.asked
    if effect is Record and kind is not Kind.JOURNAL_SLOW:
        assert errors[JournalError] > 5
    if settles:
        assert report.doubtful == 0


@pytest.mark.parametrize(
    ("effect", "every"), [(Record, 4), (Lookup, 4), (Call, 9)], ids=["Record", "Lookup", "Call"]
)
@pytest.mark.parametrize("settles", [False, True])
def test_who_loses_a_lease_stops_and_nothing_is_paid_twice(effect, every, settles):
    report, errors = run(faults := Only(Kind.LEASE_LOST, effect, every), settles=settles)
    assert faults.drawn > 5
    assert errors[LeaseLost] > 5
    assert (report.lost, report.double_charged, report.given_up) == (0, 0, 0)
    assert report.delivered + report.doubtful == report.asked


def test_a_lease_that_is_lost_while_the_paid_request_is_under_way_drops_no_ticket():
    class AtTickets(Only):
        def draw(self, effect):
            wanted = isinstance(effect, Record) and isinstance(effect.event, Submitted)
            return self.kind if wanted else None

    report, errors = run(AtTickets(Kind.LEASE_LOST, Record))
    assert errors[LeaseLost] >= 60
    assert (report.delivered, report.lost, report.double_charged) == (60, 0, 0)


def test_a_refused_approval_sends_nothing_and_a_later_one_does():
    report, errors = run(Only(Kind.VETOED, Approve, every=2))
    assert errors[SpendingRefused] > 5
    assert (report.delivered, report.double_charged) == (60, 0)


def test_an_approval_that_takes_a_day_is_no_fault_of_the_job():
    report, errors = run(Only(Kind.APPROVED_LATE, Approve))
    assert not errors
    assert report.delivered == 60
    assert report.seconds > 86_400


def test_a_claim_that_fails_is_made_again():
    class Claims(Only):
        """Every process dies once, and the next one's claim fails."""

        def draw(self, effect):
            if isinstance(effect, Record) and isinstance(effect.event, Submitted):
                return Kind.DEATH_AFTER
            return super().draw(effect)

    for kind in JOURNAL:
        report, _ = run(faults := Claims(kind, Claim, every=2))
        assert faults.drawn > 5
        assert (report.delivered, report.lost, report.double_charged) == (60, 0, 0)
