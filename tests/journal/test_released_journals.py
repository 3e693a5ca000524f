"""Journals written for 0.1.0 go on working: `claim(job, owner, now)`, no `find`, no generations."""

from datetime import UTC, datetime, timedelta

import pytest
from released_journal import ReleasedJournal

from segue._journal.released import Access
from segue.errors import JobBusy, UnknownJob
from segue.journal import Owner
from segue.testing.memory_journal import MemoryJournal

from .telling import NOON, after, intent, submitted


@pytest.fixture
def released():
    journal = ReleasedJournal()
    journal.write(intent("abc"))
    journal.write(submitted("abc"))
    return journal


def test_a_released_journal_is_claimed_by_name_and_by_the_clock_of_this_machine(released):
    access = Access(released)
    lease = access.claim("abc", Owner(name="one"))
    assert (lease.job, lease.owner, lease.generation) == ("abc", "one", 1)
    ((_, owner, now),) = released.calls
    assert owner == "one"
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=30)
    with pytest.raises(JobBusy, match="another process is waiting for job abc: one") as busy:
        access.claim("abc", Owner(name="two"))
    assert busy.value.owner == "one"
    access.unclaim("abc", "one")
    assert access.claim("abc", Owner(name="two")).owner == "two"


def test_an_exact_look_up_finds_no_job_that_only_begins_so(released):
    access = Access(released)
    assert access.find("abc").job == "abc"
    assert access.find("ab") is None
    assert access.find("x") is None
    assert access.entry("ab").job == "abc"


class Counting(MemoryJournal):
    """A journal that a program derived from ours, and whose `claim` is that of 0.1.0."""

    claimed = ()

    def claim(self, job, owner, now):
        self.claimed = (*self.claimed, owner)
        return super().claim(job, owner, now)


def test_a_journal_that_was_derived_from_ours_is_called_as_it_was_written():
    journal = Counting()
    journal.write(intent("abc", at=datetime.now(UTC), owner="one"))
    with pytest.raises(JobBusy):
        Access(journal).claim("abc", Owner(name="two"))
    assert Access(journal).claim("abc", Owner(name="one")).generation == 1
    assert journal.claimed == ("two", "one")


def test_callers_of_0_1_0_get_the_answers_of_0_1_0(journal):
    journal.write(intent("abc", owner="one"))
    assert journal.claim("abc", "one", NOON) is None
    assert journal.claim("abc", "two", after(1)) == "one"
    with pytest.raises(UnknownJob):
        journal.claim("ab", "two", after(1))
