"""Leases have generations: what comes from one that was lost is refused, but for a ticket."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rebuilt import rebuild

from segue._journal.sqlite import SqliteJournal
from segue.errors import JobBusy, LeaseLost
from segue.journal import Filter, State

from .telling import (
    after,
    delivered,
    intent,
    refused,
    released,
    submitted,
    terminal,
    ticket,
    unknown,
    usd,
)

RELEASED = Path(__file__).parent / "released-0.1.0.sql"


def under(generation, event):
    return type(event)(
        **{name: getattr(event, name) for name in event.__struct_fields__}
        | {"generation": generation}
    )


@pytest.fixture
def old(path):
    """A journal that an earlier version has written."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(RELEASED.read_text(encoding="utf-8"))
    return path


def test_the_generation_grows_with_every_change_of_hands(journal):
    journal.write(intent(owner="one"))
    assert journal.entry("a1").generation == 1
    journal.claim("a1", "one", after(1))
    assert journal.entry("a1").generation == 1, "it was only renewed"
    journal.claim("a1", "two", after(100))
    assert journal.entry("a1").generation == 2
    journal.unclaim("a1", "two")
    assert journal.entry("a1").generation == 2
    journal.claim("a1", "one", after(101))
    assert journal.entry("a1").generation == 3


def test_a_refused_job_that_is_made_again_is_of_the_next_generation(journal):
    journal.write(intent(owner="one"))
    journal.write(refused())
    journal.write(intent(owner="two", at=after(1)))
    assert journal.entry("a1").generation == 2


LATE = [refused(), unknown(), terminal(), delivered(), released()]


@pytest.mark.parametrize("late", LATE, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("given_back", [False, True])
def test_what_a_lost_lease_writes_is_refused(journal, late, given_back):
    journal.write(intent(owner="one"))
    journal.claim("a1", "studio:4711:8:x", after(100))
    if given_back:
        journal.unclaim("a1", "studio:4711:8:x")
    before = journal.entry("a1")
    with pytest.raises(LeaseLost, match="another process works on job a1 now") as caught:
        journal.write(under(1, late))
    assert isinstance(caught.value, JobBusy)
    assert journal.entry("a1") == before
    assert ("process 4711 on studio" in str(caught.value)) is not given_back


def test_a_ticket_is_written_down_whoever_has_the_lease(journal):
    journal.write(intent(owner="one"))
    journal.claim("a1", "two", after(100))
    journal.write(under(1, submitted()))
    entry = journal.entry("a1")
    assert (entry.ticket, entry.owner, entry.generation) == (ticket(), "two", 2)


def test_what_the_lease_of_today_writes_is_written(journal):
    journal.write(intent(owner="one"))
    journal.claim("a1", "two", after(100))
    for event in (submitted(), terminal(), delivered()):
        journal.write(under(2, event))
    assert journal.entry("a1").state is State.DELIVERED


def test_a_journal_of_the_released_version_goes_on_working(old):
    with closing(SqliteJournal(old)) as journal:
        found = {entry.job: entry for entry in journal.entries(states=tuple(State))}
        assert {job: entry.state for job, entry in found.items()} == {
            "a1": State.DELIVERED,
            "b2": State.SUBMITTED,
            "c3": State.INTENT,
            "d4": State.REFUSED,
            "e5": State.UNKNOWN,
        }
        assert {entry.generation for entry in found.values()} == {0}
        assert found["a1"].cost == usd("0.12")
        assert found["b2"].owner == "studio:4711:8:x"
        assert journal.claim("b2", "me", after(1000)) is None
        journal.write(under(1, terminal("b2", at=after(1001))))
        journal.write(intent("d4", owner="me", at=after(1002)))
        assert [journal.entry(job).generation for job in ("b2", "d4")] == [1, 1]
        assert journal.entry("b2").state is State.ENDED
        before = journal.entries(states=tuple(State))
        rebuild(journal)
        assert journal.entries(states=tuple(State)) == before


def test_a_client_resumes_a_job_of_the_released_version(old, path):
    with closing(SqliteJournal(old)) as journal, closing(SqliteJournal(path)) as other:
        journal.claim("e5", "me", after(60))
        assert other.entry("e5").generation == 1
        other.claim("e5", "you", after(1000))
        with pytest.raises(LeaseLost):
            journal.write(under(1, refused("e5", at=after(1001))))


def test_a_journal_of_the_released_version_takes_labels(old):
    with closing(SqliteJournal(old)) as journal:
        assert all(entry.labels == {} for entry in journal.entries())
        journal.write(intent("f6", at=after(1000), labels={"user": "7"}))
        assert [e.job for e in journal.search(Filter(labels={"user": "7"}))] == ["f6"]
        assert len(journal.search(Filter(text="lofi"))) == len(journal.entries())
