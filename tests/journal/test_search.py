"""Jobs by state, label, backend, time and text, in pages that stay right while jobs are added."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rebuilt import rebuild

from segue._journal.search import search
from segue._journal.sqlite import SqliteJournal
from segue.journal import Entry, Filter, State
from segue.testing.memory_journal import MemoryJournal

from .telling import after, forgotten, intent, refused, submitted, terminal


class Plain:
    """A journal that was written for the released protocol."""

    def __init__(self, journal):
        self._journal = journal

    def entries(self, *, states=None, parent=None, limit=None):
        return self._journal.entries(states=states, parent=parent, limit=limit)


@pytest.fixture
def filled(journal):
    for number, (prompt, labels) in enumerate(
        [
            ("a Lost waltz", {"user": "7", "shop": "north"}),
            ("lofi", {"user": "7"}),
            ("drone", {"user": "8", "shop": "north"}),
            ("waltz again", {}),
        ]
    ):
        task = {"prompt": prompt, "source": {"url": "https://x.example/Old.mp3"}}
        job = f"j{number}"
        journal.write(intent(job, at=after(number // 2), task=task, labels=labels))
    journal.write(submitted("j1", at=after(5)))
    journal.write(terminal("j1", at=after(6)))
    journal.write(forgotten("j3", at=after(7)))
    return journal


def found(journal, **wanted):
    both = [search(journal, Filter(**wanted)), search(Plain(journal), Filter(**wanted))]
    assert both[0] == both[1]
    return [entry.job for entry in both[0]]


@pytest.mark.parametrize(
    ("wanted", "jobs"),
    [
        ({}, ["j2", "j1", "j0"]),
        ({"states": (State.FORGOTTEN, State.ENDED)}, ["j3", "j1"]),
        ({"states": ()}, []),
        ({"labels": {"user": "7"}}, ["j1", "j0"]),
        ({"labels": {"user": "7", "shop": "north"}}, ["j0"]),
        ({"labels": {"user": "9"}}, []),
        ({"labels": {"user": "7"}, "limit": 1}, ["j1"]),
        ({"labels": {"user": "7"}, "limit": 0}, []),
        ({"text": "WALTZ"}, ["j0"]),
        ({"text": "old.mp3"}, ["j2", "j1", "j0"]),
        ({"backend": "toy"}, ["j2", "j1", "j0"]),
        ({"backend": "toy/small"}, ["j2", "j1", "j0"]),
        ({"backend": "toy/smal"}, []),
        ({"since": after(1)}, ["j2"]),
        ({"until": after(1)}, ["j1", "j0"]),
        ({"since": after(0), "until": after(1), "labels": {"shop": "north"}}, ["j0"]),
    ],
)
def test_every_journal_finds_the_same(filled, wanted, jobs):
    assert found(filled, **wanted) == jobs


def test_pages_stay_right_while_jobs_are_added(filled):
    seen, after_ = [], None
    states = tuple(State)
    for number in range(6):
        page = search(filled, Filter(states=states, limit=1, after=after_))
        seen += [entry.job for entry in page]
        after_ = page[-1].cursor if page else after_
        filled.write(intent(f"new{number}", at=after(100 + number)))
    assert seen == ["j3", "j2", "j1", "j0"]
    assert found(filled, states=states, after=after_) == []


def test_a_cursor_counts_for_other_filters_too(filled):
    cursor = filled.entry("j2").cursor
    assert found(filled, after=cursor) == ["j1", "j0"]
    assert found(filled, after=cursor, labels={"shop": "north"}) == ["j0"]


def test_labels_are_part_of_the_entry(filled):
    assert filled.entry("j0").labels == {"user": "7", "shop": "north"}


def test_a_submission_after_a_refusal_has_its_own_labels(journal):
    journal.write(intent(labels={"user": "7", "try": "1"}))
    journal.write(refused())
    journal.write(intent(owner="two", at=after(1), labels={"user": "8"}))
    assert found(journal, labels={"user": "7"}) == []
    assert found(journal, labels={"user": "8"}) == ["a1"]


def test_labels_outlive_the_making_anew_of_the_entries(sqlite):
    sqlite.write(intent(labels={"user": "7"}))
    rebuild(sqlite)
    assert found(sqlite, labels={"user": "7"}) == ["a1"]


def test_many_jobs_are_read_in_batches(sqlite):
    for number in range(450):
        sqlite.write(intent(f"job{number}", at=after(number), labels={"odd": str(number % 2)}))
    assert len(found(sqlite, text="lofi")) == 450
    assert found(sqlite, text="lofi", limit=3) == ["job449", "job448", "job447"]
    assert len(found(sqlite, labels={"odd": "1"})) == 225


@pytest.mark.parametrize(
    "text", ["kelvin", "KELVIN", "Straße", "strasse", "50%", "a_b", 'say "hi"', "c:\\"]
)
def test_text_is_found_whatever_its_letters(journal, text):
    prompts = ["300 \u212aelvin", "KELVIN", "STRASSE", "straße", "50% off", "50 off", "a_b", "aXb"]
    prompts += ['say "hi"', "c:\\x", "\ud800 kelvin"]
    for number, prompt in enumerate(prompts):
        journal.write(intent(f"j{number}", at=after(number), task={"prompt": prompt}))
    jobs = [f"j{n}" for n, prompt in enumerate(prompts) if text.casefold() in prompt.casefold()]
    assert jobs
    assert found(journal, text=text) == jobs[::-1]


filters = st.fixed_dictionaries(
    {},
    optional={
        "states": st.lists(st.sampled_from(list(State)), unique=True).map(tuple),
        "labels": st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"), max_size=2),
        "backend": st.sampled_from(["toy", "toy/small", "other"]),
        "since": st.integers(0, 4).map(after),
        "until": st.integers(0, 4).map(after),
        "text": st.sampled_from(["lofi", "WALTZ"]),
        "limit": st.integers(0, 4),
        "after": st.integers(0, 7),
    },
)
jobs = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["lofi", "waltz"]),
        st.dictionaries(st.sampled_from("ab"), st.sampled_from("12")),
        st.sampled_from([None, refused, submitted, forgotten]),
    ),
    max_size=8,
)


@given(jobs, filters)
def test_both_journals_agree_with_the_pure_function(tmp_path_factory, made, wanted):
    memory = MemoryJournal()
    sqlite = SqliteJournal(tmp_path_factory.mktemp("journal") / "journal.sqlite3")
    for journal in (memory, sqlite):
        for number, (at, prompt, labels, then) in enumerate(made):
            job = f"j{number}"
            journal.write(intent(job, at=after(at), task={"prompt": prompt}, labels=labels))
            if then is not None:
                journal.write(then(job, at=after(9)))
    if "after" in wanted:
        number = wanted.pop("after")
        cursor = memory.entry(f"j{number}").cursor if number < len(made) else None
        wanted = {**wanted, "after": cursor}
    ours, theirs = (found(journal, **wanted) for journal in (memory, sqlite))
    sqlite.close()
    assert ours == theirs


def test_a_cursor_is_opaque_text_without_a_label_or_a_prompt(filled):
    cursor = filled.entry("j0").cursor
    assert isinstance(cursor, str)
    assert cursor.isascii()
    assert "waltz" not in cursor
    assert isinstance(filled.entry("j0"), Entry)
