"""Both journals tell the same, whatever they are told; and a file tells what it told before."""

import tempfile
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rebuilt import rebuild

from segue._journal.reducer import folded
from segue._journal.sqlite import SqliteJournal
from segue.errors import JournalError, SpendingRefused
from segue.events import Delivered, Intent
from segue.job import Status
from segue.journal import State
from segue.money import Money
from segue.testing.memory_journal import MemoryJournal

from .telling import (
    after,
    budget,
    delivered,
    file,
    forgotten,
    intent,
    refused,
    released,
    submitted,
    terminal,
    unknown,
    usd,
)

jobs = st.sampled_from(["a1", "a2", "b"])
times = st.integers(0, 5).map(after)
words = st.text(max_size=5)
moneys = st.none() | st.builds(
    Money,
    amount=st.decimals(0, 2, places=2) | st.sampled_from([Decimal("1E-7"), Decimal("1E+2")]),
    unit=st.sampled_from(["USD", "credits"]),
)
budgets = st.lists(st.builds(budget, limit=st.just(usd(3)), since=times), max_size=2).map(tuple)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(-1e9, 1e9) | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
events = st.one_of(
    st.builds(
        intent,
        jobs,
        times,
        key=st.sampled_from(["k", "k", "other"]),
        owner=st.sampled_from(["one", "two"]),
        task=st.dictionaries(words, plain, max_size=2),
        reserved=moneys,
        quoted=moneys,
        budgets=budgets,
        parent=st.none() | jobs,
    ),
    st.builds(refused, jobs, times, words),
    st.builds(unknown, jobs, times, words),
    st.builds(submitted, jobs, times, submitted_at=st.none() | times),
    st.builds(
        terminal,
        jobs,
        times,
        st.sampled_from(Status),
        cost=moneys,
        refunded=st.booleans(),
        reason=words,
    ),
    st.builds(delivered, jobs, times, st.lists(words.map(file), max_size=2).map(tuple)),
    st.builds(released, jobs, times),
    st.builds(forgotten, jobs, times),
)
claims = st.tuples(st.sampled_from(["claim", "unclaim"]), jobs, st.just("two"), times)


def do(journal, step):
    """What a journal answers: a value, or the words of its error."""
    try:
        if not isinstance(step, tuple):
            return journal.write(step)
        what, job, owner, now = step
        return journal.claim(job, owner, now) if what == "claim" else journal.unclaim(job, owner)
    except (JournalError, SpendingRefused) as error:
        return type(error), str(error)


def seen(journal):
    limits = [budget(usd(1), after(second)) for second in range(0, 6, 2)]
    return (
        journal.entries(states=list(State)),
        journal.entries(limit=2),
        [journal.entries(states=[state]) for state in State],
        journal.entries(parent="a1"),
        [journal.spent(limit) for limit in limits],
    )


@settings(max_examples=60)
@given(told=st.lists(events | claims, max_size=40))
def test_both_journals_tell_the_same(told):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        with closing(SqliteJournal(path)) as sqlite:
            with sqlite._file.writing():
                pass
            with sqlite._file.reading() as connection:
                connection.execute("PRAGMA synchronous = OFF")  # nothing is at stake here
            memory = MemoryJournal()
            for step in told:
                assert do(sqlite, step) == do(memory, step)
            before = seen(sqlite)
            assert before == seen(memory)
        with closing(SqliteJournal(path)) as again:
            if path.exists():
                assert seen(again) == before
                rebuild(again)
                assert seen(again) == before


@given(st.lists(events.map(lambda event: replace(event, job="b")), min_size=1, max_size=12))
def test_a_job_only_moves_forward(told):
    order = [
        State.INTENT,
        State.UNKNOWN,
        State.REFUSED,
        State.SUBMITTED,
        State.ENDED,
        State.DELIVERED,
        State.RELEASED,
        State.FORGOTTEN,
    ]
    entry = folded(None, submitted("b") if not isinstance(told[0], Intent) else told[0])
    for event in told:
        later = folded(entry, event)
        anew = isinstance(event, Intent) and entry.state is State.REFUSED
        assert anew or order.index(later.state) >= order.index(entry.state)
        assert folded(later, event).state is later.state or anew, "twice is as good as once"
        assert anew or later.files == entry.files or isinstance(event, Delivered)
        entry = later
