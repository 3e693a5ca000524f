"""A client's owner, as whoever runs the jobs supplies it: a name, and who else is alive."""

import os

import pytest
from toy_vendor import Answer

import segue
from segue._journal.sqlite import SqliteJournal
from segue.errors import ConfigError, JobBusy
from segue.journal import Owner
from segue.testing.memory_journal import MemoryJournal


@pytest.fixture(autouse=True)
def served(vendor):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    return vendor


@pytest.fixture(params=["memory", "sqlite"])
def journal(request, tmp_path):
    made = MemoryJournal() if request.param == "memory" else SqliteJournal(tmp_path / "j")
    yield made
    made.close()


def submitted(face, toy, journal, owner):
    return face.do(face.client(toy, journal=journal, owner=owner).submit, "a waltz").ticket.job


def test_leases_are_taken_under_the_name_that_was_given(face, toy, journal):
    job = submitted(face, toy, journal, "worker-7")
    assert (journal.entry(job).owner, journal.entry(job).generation) == ("worker-7", 1)
    other = face.client(toy, journal=journal, owner="worker-8")
    with pytest.raises(JobBusy, match=r"another process is waiting for job .*: worker-7") as busy:
        face.do(other.resume, job)
    assert busy.value.owner == "worker-7"


def test_the_job_of_an_owner_that_has_ended_is_taken_over_at_once(face, toy, journal):
    questions = []

    def alive(name):
        questions.append(name)
        return False

    job = submitted(face, toy, journal, "worker-7")
    other = face.client(toy, journal=journal, owner=Owner(name="worker-8", alive=alive))
    face.do(other.resume, job)
    assert questions == ["worker-7"]
    assert (journal.entry(job).owner, journal.entry(job).generation) == ("worker-8", 2)


class Broken:
    def __call__(self, name):
        raise OSError("the registry does not answer")


@pytest.mark.parametrize("alive", [lambda name: True, lambda name: None, Broken()])
def test_an_owner_that_is_alive_or_of_which_nothing_is_known_stays(face, toy, journal, alive):
    job = submitted(face, toy, journal, "worker-7")
    other = face.client(toy, journal=journal, owner=Owner(name="worker-8", alive=alive))
    with pytest.raises(JobBusy):
        face.do(other.resume, job)


@pytest.mark.parametrize("owner", ["", " ", "a\nb", 7, Owner(name=""), Owner(name="a", alive=1)])
def test_what_can_be_no_owner_is_refused(toy, owner):
    with pytest.raises(ConfigError, match="owner"):
        segue.Client(toy, journal=None, owner=owner)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_does_not_share_the_name(toy):
    with segue.Client(toy, journal=None, owner="worker-7") as client:
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            os.write(write, client._session.owner.encode())
            os._exit(0)
        os.waitpid(pid, 0)
        assert os.read(read, 1000).decode() != client._session.owner == "worker-7"
        os.close(read)
        os.close(write)
