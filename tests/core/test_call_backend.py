"""A call may name its own backend; and one job of the journal is found by its name."""

import pytest

import segue
from segue.errors import UnknownJob
from segue.testing import Silence
from segue.testing.hush import Hush


@pytest.fixture
def client(face, tmp_path):
    return face.client("local", journal=tmp_path / "journal.sqlite3")


def test_a_job_is_submitted_to_the_backend_of_the_call(face, client):
    job = face.do(client.submit, "a waltz, 1 second", backend=Silence())
    assert job.ticket.provider == "silence"
    assert face.do(client.submit, "a waltz, 1 second").ticket.provider == "local"
    assert [face.do(client.entry, job.ticket.job).backend] == ["silence"]


def test_the_job_of_another_backend_is_waited_for_and_saved(face, client, tmp_path):
    delivery = face.do(
        client.generate_and_wait, "a waltz, 1 second", backend=Silence(), to=tmp_path / "out"
    )
    assert delivery.ticket.provider == "silence"


def test_a_list_for_a_call_is_tried_in_order(face, client):
    job = face.do(client.submit, "a waltz, 1 second", backend=["not-installed", Silence()])
    assert job.ticket.provider == "silence"


def test_questions_go_to_the_backend_of_the_call(face, client):
    assert face.do(client.quote, "a waltz", backend=Silence()).cost.amount == 0
    for method in (client.models, client.balance):
        with pytest.raises(segue.SegueError, match="hush"):
            face.do(method, backend=Hush())


def test_a_provider_object_is_made_ready_once(face, client):
    one = Silence()
    first = face.do(client.submit, "a waltz, 1 second", backend=one)
    second = face.do(client.submit, "a waltz, 1 second", backend=one)
    assert face.do(first.wait).status is face.do(second.wait).status


@pytest.mark.parametrize("backend", [7, [], [7], "no backend/"])
def test_what_is_no_backend_is_refused_before_anything_is_sent(face, client, backend):
    with pytest.raises(segue.SegueError):
        face.do(client.submit, "a waltz", backend=backend)
    assert face.do(client.jobs) == []


def test_an_entry_is_found_by_its_name_or_its_beginning(face, client):
    job = face.do(client.submit, "a waltz, 1 second").ticket.job
    assert face.do(client.entry, job) == face.do(client.entry, job[:6])
    with pytest.raises(UnknownJob):
        face.do(client.entry, "nothing-like-that")


def test_the_installed_providers_are_listed_with_their_classes(face, client):
    found = {one.name: one for one in face.do(client.providers)}
    assert segue.Generate in found["local"].provider.capabilities.tasks
    assert found["local"].distribution == "segue-local"
