"""A client with a journal that was written for 0.1.0, from the submission to the files."""

import pytest
from released_journal import ReleasedJournal
from toy_vendor import WAV, Answer

import segue
from segue.errors import JobBusy
from segue.journal import State


@pytest.fixture
def served(vendor):
    vendor.says("/jobs", Answer(body=b'{"id": "j1"}'))
    vendor.says("/jobs/j1", Answer(body=b'{"status": "done", "url": "/songs/1"}'))
    vendor.says("/songs/1", Answer(body=WAV, kind="audio/wav"))
    return vendor


@pytest.mark.usefixtures("served")
def test_a_job_is_submitted_resumed_and_downloaded(face, toy, tmp_path):
    journal = ReleasedJournal()
    client = face.client(toy, journal=journal)
    job = face.do(client.submit, "a waltz")
    job = face.do(client.resume, job.ticket.job[:6])
    assert [owner for _, owner, _ in journal.calls] == [client._session.owner]
    assert face.do(job.wait, timeout=30).status is segue.Status.SUCCEEDED
    assert face.do(job.download, tmp_path / "songs")
    assert journal.entry(job.ticket.job).state is State.DELIVERED
    assert journal.leases == {}, "it was given back"


@pytest.mark.usefixtures("served")
def test_a_job_on_which_another_works_is_busy(face, toy):
    journal = ReleasedJournal()
    client, other = face.client(toy, journal=journal), face.client(toy, journal=journal)
    job = face.do(client.submit, "a waltz")
    face.do(client.resume, job.ticket.job)
    with pytest.raises(JobBusy, match=f"another process is waiting for job {job.ticket.job}"):
        face.do(other.resume, job.ticket.job)
