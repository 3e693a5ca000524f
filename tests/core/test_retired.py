"""A provider that says goodbye: no new tasks, and no job is left behind."""

import pytest
from toy_vendor import WAV, Answer, Toy

import segue
from segue.errors import Unsupported

DONE = Answer(body=b'{"status": "done", "url": "/songs/1"}')


class Gone(Toy):
    """A toy whose vendor closes."""

    retired = "Toy closes in May; use `local`"


@pytest.fixture
def gone(toy):
    return Gone()


def test_a_retired_provider_is_asked_for_nothing_new(face, vendor, gone):
    client = face.client(gone)
    for method in (client.submit, client.generate_and_wait, client.quote):
        with pytest.raises(Unsupported, match="Toy closes in May"):
            face.do(method, "a waltz")
    assert vendor.requests == []


def test_a_retired_provider_still_brings_its_jobs_home(face, vendor, gone, tmp_path):
    vendor.says("/jobs/j1", DONE)
    vendor.says("/songs/1", Answer(body=WAV, kind="audio/wav"))
    job = face.do(face.client(gone).resume, segue.Ticket(provider="toy", id="j1"))
    face.do(job.wait)
    (path,) = face.do(job.download, tmp_path / "song.wav")
    assert path.read_bytes() == WAV


def test_the_next_backend_takes_the_task(face, gone, tmp_path):
    from segue.testing import Silence

    client = face.client([gone, Silence()])
    delivery = face.do(client.generate_and_wait, "a rest", to=tmp_path)
    assert delivery.ticket.provider == "silence"
