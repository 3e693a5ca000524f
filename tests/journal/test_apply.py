"""`segue.journal.apply` and `granted`: what a store of one's own calls, and nothing else."""

from datetime import timedelta

import pytest

from segue.errors import JobBusy, JobExists, JournalError, LeaseLost, SpendingRefused, UnknownJob
from segue.events import Submitted
from segue.journal import LEASE, Owner, State, apply, granted

from .telling import NOON, after, budget, intent, submitted, terminal, ticket, usd


def test_a_lease_that_comes_with_an_intent_is_counted_from_the_clock_of_the_store():
    assert apply(None, intent(at=NOON), now=after(500)).lease.expires == after(500) + LEASE
    assert apply(None, intent(at=NOON)).lease.expires == NOON + LEASE


def test_the_same_event_may_be_applied_again():
    entry = apply(None, intent())
    assert apply(entry, intent()) == entry
    entry = apply(entry, submitted())
    assert apply(entry, submitted()) == entry


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (intent(key="another"), JobExists),
        (intent(owner="another"), JobExists),
        (terminal("a1").__class__(job="a1", at=NOON, status="succeeded", generation=0), LeaseLost),
    ],
)
def test_what_is_refused_is_raised_and_nothing_is_to_be_written(event, error):
    entry = apply(None, intent())
    with pytest.raises(error):
        apply(entry, event)


def test_a_ticket_is_never_refused_for_a_lease_that_was_lost():
    late = Submitted(job="a1", at=NOON, ticket=ticket(), generation=0)
    assert apply(apply(None, intent()), late).state is State.SUBMITTED


def test_an_event_of_a_job_that_was_never_begun_is_refused():
    with pytest.raises(UnknownJob):
        apply(None, terminal())


def test_a_budget_is_kept_by_what_the_store_says_is_spent():
    event = intent(reserved=usd("2"), budgets=(budget(usd("5")),))
    assert apply(None, event, spent=lambda _: usd("3")).reserved == usd("2")
    with pytest.raises(SpendingRefused):
        apply(None, event, spent=lambda _: usd("3.01"))


def test_a_store_that_does_not_say_what_is_spent_keeps_no_budget_and_submits_nothing():
    with pytest.raises(JournalError, match=r"segue\.journal\.apply"):
        apply(None, intent(reserved=usd("2"), budgets=(budget(usd("5")),)))


def test_a_lease_is_granted_renewed_refused_and_changes_hands():
    entry = apply(None, intent(owner="one"))
    assert granted(entry, Owner(name="one"), now=after(1)).generation == 1
    with pytest.raises(JobBusy):
        granted(entry, Owner(name="two"), now=after(1))
    lease = granted(entry, Owner(name="two"), now=NOON + LEASE + timedelta(seconds=1))
    assert (lease.owner, lease.generation, lease.expires) == ("two", 2, after(61) + LEASE)
