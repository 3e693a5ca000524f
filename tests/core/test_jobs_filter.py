"""`client.jobs` with filters, labels and a cursor, in both clients."""

from datetime import UTC, datetime, timedelta

import pytest

import segue
from segue._session.options import LABELS, NAME, VALUE
from segue.errors import ConfigError
from segue.journal import State
from segue.testing import Silence
from segue.testing.memory_journal import MemoryJournal


def test_labels_find_the_jobs_again_page_by_page(face, tmp_path):
    client = face.client(Silence(), journal=tmp_path / "journal.sqlite3")
    for number in range(5):
        labels = {"user": "7" if number % 2 else "8", "number": str(number)}
        face.do(client.submit, f"hush {number}", labels=labels, label="night")
    page = face.do(client.jobs, labels={"user": "8"}, limit=2)
    assert [entry.labels["number"] for entry in page] == ["4", "2"]
    face.do(client.submit, "hush again", labels={"user": "8"})
    rest = face.do(client.jobs, labels={"user": "8"}, limit=2, after=page[-1].cursor)
    assert [entry.labels["number"] for entry in rest] == ["0"]
    assert len(face.do(client.jobs, text="NIGHT")) == 5
    assert len(face.do(client.jobs, text="Again")) == 1
    assert not face.do(client.jobs, backend="local")
    assert len(face.do(client.jobs, backend="silence", states=[State.SUBMITTED])) == 6
    assert not face.do(client.jobs, since=datetime.now(UTC) + timedelta(hours=1))
    assert not face.do(client.jobs, until=datetime.now(UTC) - timedelta(hours=1))


def test_generate_and_wait_has_labels_too(face, tmp_path):
    client = face.client(Silence(), journal=tmp_path / "journal.sqlite3")
    face.do(client.generate_and_wait, "hush", to=tmp_path / "out", labels={"user": "7"})
    (entry,) = face.do(client.jobs, labels={"user": "7"})
    assert (entry.state, entry.label) == (State.DELIVERED, None)


class Released:
    """A journal with the methods of the released protocol alone."""

    def __init__(self):
        kept = MemoryJournal()
        for name in ("write", "entries", "entry", "claim", "unclaim", "spent", "close"):
            setattr(self, name, getattr(kept, name))


def test_a_journal_of_the_released_protocol_is_filtered_by_core(face):
    client = face.client(Silence(), journal=Released())
    for number in range(3):
        face.do(client.submit, f"hush {number}", labels={"user": str(number)})
    first, *_ = face.do(client.jobs, limit=1)
    assert [e.labels["user"] for e in face.do(client.jobs, after=first.cursor)] == ["1", "0"]
    assert [e.labels["user"] for e in face.do(client.jobs, text="hush 1")] == ["1"]


BAD = [
    {"labels": {"user": 7}},
    {"labels": {"": "7"}},
    {"labels": {7: "7"}},
    {"labels": {"n" * (NAME + 1): "7"}},
    {"labels": {"user": "7" * (VALUE + 1)}},
    {"labels": {"user": "7\n8"}},
    {"labels": {"us\0er": "7"}},
    {"labels": {"user": "\ud800"}},
    {"labels": {str(number): "" for number in range(LABELS + 1)}},
    {"labels": [("user", "7")]},
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_labels_that_are_none_are_refused_before_anything_is_sent(tmp_path, bad):
    with segue.Client(Silence(), journal=tmp_path / "journal.sqlite3") as client:
        with pytest.raises(ConfigError, match="labels"):
            client.submit("hush", **bad)
        with pytest.raises(ConfigError, match="labels"):
            client.jobs(**bad)
        assert not client.jobs()


def test_labels_may_be_as_long_as_allowed_and_in_any_script(tmp_path):
    labels = {str(number): "ü👩‍🎤" for number in range(LABELS - 1)} | {"n" * NAME: "v" * VALUE}
    with segue.Client(Silence(), journal=tmp_path / "journal.sqlite3") as client:
        client.submit("hush", labels=labels)
        (entry,) = client.jobs(labels=labels)
    assert entry.labels == labels


@pytest.mark.parametrize(
    "bad",
    [
        {"limit": -1},
        {"limit": True},
        {"since": datetime(2026, 5, 1)},
        {"until": "2026-05-01"},
        {"after": "elsewhere"},
        {"after": "äöü"},
        {"after": 7},
        {"text": ""},
        {"backend": 7},
        {"states": ["ended"]},
        {"states": State.ENDED},
        {"states": 7},
    ],
    ids=str,
)
def test_a_filter_that_is_none_is_refused(tmp_path, bad):
    with (
        segue.Client(Silence(), journal=tmp_path / "journal.sqlite3") as client,
        pytest.raises(ConfigError, match=f"{next(iter(bad))} = "),
    ):
        client.jobs(**bad)


def test_a_misspelt_filter_is_not_ignored(tmp_path):
    with (
        segue.Client(Silence(), journal=tmp_path / "journal.sqlite3") as client,
        pytest.raises(TypeError, match="did you mean 'labels'"),
    ):
        client.jobs(label={"user": "7"})
