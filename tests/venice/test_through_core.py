"""Venice through core, over HTTP, on both drivers: a whole job, its faults, and its silence."""

from __future__ import annotations

import json

import anyio
import pytest
from toy_vendor import WAV, Answer

import segue
from segue.errors import (
    AuthenticationFailed,
    InvalidTask,
    JobExpired,
    JobFailed,
    SpendingRefused,
    SubmissionUnknown,
    Unavailable,
    Unsupported,
)
from segue.provider import Cadence
from segue_venice import Venice

from .known import ROWS
from .test_refusals import GONE, POLICY, SUGGESTION

ID = "123e4567-e89b-12d3-a456-426614174000"
TASK = segue.Generate(prompt="a gentle piano melody", duration=60)


def says(body: object, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(body).encode())


RUNNING = says({"status": "PROCESSING", "average_execution_time": 10, "execution_duration": 2})
DONE = Answer(
    body=WAV, kind="audio/wav", headers={"x-venice-audio-format": "wav", "x-venice-model-id": "m"}
)


class Hasty(Venice):
    """Venice for those who cannot wait."""

    cadence = Cadence(first=0.001, growth=1.2, cap=0.01)


@pytest.fixture
def hasty(vendor):
    vendor.says("/models", says({"data": ROWS}))
    vendor.says("/audio/queue", says({"model": "ace-step-15", "queue_id": ID}))
    vendor.says("/audio/retrieve", RUNNING, DONE)
    vendor.says("/audio/quote", says({"quote": 0.03}))
    vendor.says("/audio/complete", says({"success": True}))
    return vendor


@pytest.fixture
def client(hasty, face, monkeypatch):
    """A client of `venice/ace-step-15`, made as a user makes it."""
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Hasty)
    return face.client("venice/ace-step-15")


def test_a_whole_job(client, face, vendor, tmp_path):
    delivery = face.do(client.generate_and_wait, TASK, to=tmp_path)
    assert delivery.tracks[0].path.read_bytes() == WAV
    assert delivery.snapshot.tracks[0].details["format"] == "wav"
    assert len(vendor.asked("/audio/queue")) == 1
    assert vendor.asked("/audio/complete") == []
    bodies = {request.body for request in vendor.asked("/audio/retrieve")}
    assert [json.loads(body) for body in bodies] == [
        {"model": "ace-step-15", "queue_id": ID, "delete_media_on_completion": False}
    ]


def test_the_key_goes_where_it_is_needed_and_nowhere_else(client, face, vendor, tmp_path):
    face.do(client.quote, TASK)
    face.do(client.generate_and_wait, TASK, to=tmp_path)
    keyed = {r.path.partition("?")[0] for r in vendor.requests if "authorization" in r.headers}
    assert keyed == {"/audio/queue", "/audio/retrieve"}


def test_what_is_wrong_is_told_before_anything_is_sent(client, face, vendor):
    with pytest.raises(InvalidTask, match="60, 90, 120"):
        face.do(client.submit, segue.Generate(prompt=TASK.prompt, duration=61))
    assert vendor.asked("/audio/queue") == []


def test_a_price_over_the_limit_sends_nothing(client, face, vendor):
    with pytest.raises(SpendingRefused):
        face.do(client.submit, TASK, max_cost="0.02 USD")
    assert vendor.asked("/audio/queue") == []


def test_a_lost_answer_is_never_sent_again(client, face, vendor):
    vendor.says("/audio/queue", Answer(silent=True))
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, TASK)
    assert len(vendor.asked("/audio/queue")) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_fault_at_the_queue_leaves_it_unknown(client, face, vendor, status):
    vendor.says("/audio/queue", says({"error": "Inference processing failed"}, status))
    with pytest.raises(SubmissionUnknown):
        face.do(client.submit, TASK)


def test_no_capacity_is_a_refusal_and_is_not_sent_again(client, face, vendor):
    vendor.says("/audio/queue", says({"error": "The model is at capacity."}, 503))
    with pytest.raises(Unavailable):
        face.do(client.submit, TASK)
    assert len(vendor.asked("/audio/queue")) == 1


def test_what_passes_does_not_end_the_wait(client, face, vendor, tmp_path):
    page = Answer(body=b"<html>log in</html>", kind="text/html")
    busy = says({"error": "The model is at capacity."}, 503)
    vendor.says("/audio/retrieve", busy, page, says({"status": "DREAMING"}), RUNNING, DONE)
    assert face.do(client.generate_and_wait, TASK, to=tmp_path).paths


def test_a_refusal_at_the_poll_fails_the_job(client, face, vendor):
    vendor.says("/audio/retrieve", RUNNING, says(POLICY, 422))
    job = face.do(client.submit, TASK)
    with pytest.raises(JobFailed, match="refunded") as caught:
        face.do(job.wait)
    assert caught.value.snapshot.error.suggested_prompt == SUGGESTION


def test_media_that_is_gone_expires_the_job(client, face, vendor):
    vendor.says("/audio/retrieve", says({"error": GONE}, 404))
    job = face.do(client.submit, TASK)
    with pytest.raises(JobExpired):
        face.do(job.wait)


def test_a_wrong_key_leaves_the_job_alone(client, face, vendor):
    vendor.says("/audio/retrieve", says({"error": "Authentication failed"}, 401))
    job = face.do(client.submit, TASK)
    with pytest.raises(AuthenticationFailed, match="VENICE_API_KEY") as caught:
        face.do(job.wait)
    assert caught.value.ticket == job.ticket


def test_venices_copy_is_deleted_only_when_that_is_asked_for(client, face, vendor, tmp_path):
    job = face.do(client.submit, TASK)
    face.do(job.wait)
    face.do(job.download, tmp_path)
    assert vendor.asked("/audio/complete") == []
    face.do(job.release)
    assert len(vendor.asked("/audio/complete")) == 1


def test_a_job_cannot_be_cancelled(client, face, vendor):
    job = face.do(client.submit, TASK)
    with pytest.raises(Unsupported, match="stays billed"):
        face.do(job.cancel)
    assert vendor.asked("/audio/complete") == []


def test_a_text_is_streamed_to_disk(client, face, vendor, tmp_path):
    vendor.says("/audio/speech", Answer(body=WAV, kind="audio/wav"))
    saved = face.do(client.ask, segue.Speak(text="Hello", to=tmp_path / "hello.wav"))
    assert saved.path.read_bytes() == WAV


def test_a_refusal_to_speak_is_told_and_leaves_no_file(client, face, vendor, tmp_path):
    vendor.says("/audio/speech", says({"error": "Authentication failed"}, 401))
    with pytest.raises(AuthenticationFailed):
        face.do(client.ask, segue.Speak(text="Hello", to=tmp_path / "hello.wav"))
    assert not (tmp_path / "hello.wav").exists()


def test_a_recording_is_uploaded(client, face, vendor, tmp_path):
    (tmp_path / "said.wav").write_bytes(WAV)
    vendor.says("/audio/transcriptions", says({"text": "Hi"}))
    assert face.do(client.ask, segue.Transcribe(file=tmp_path / "said.wav")).text == "Hi"
    (request,) = vendor.asked("/audio/transcriptions")
    assert request.headers["content-type"].startswith("multipart/form-data")
    assert WAV in request.body


def test_of_many_jobs_that_begin_at_once_one_asks_for_the_catalogue(vendor, monkeypatch, tmp_path):
    """Each of them used to."""
    monkeypatch.setattr("segue._plugins.catalog.Catalogue.load", lambda *_: Hasty)
    vendor.says("/models", Answer(body=says({"data": ROWS}).body, delay=0.1))
    vendor.says("/audio/queue", says({"model": "ace-step-15", "queue_id": ID}))
    vendor.says("/audio/quote", says({"quote": 0.03}))

    async def main():
        async with (
            segue.AsyncClient("venice/ace-step-15", journal=None) as client,
            anyio.create_task_group() as tasks,
        ):
            for _ in range(10):
                tasks.start_soon(client.submit, TASK)

    anyio.run(main)
    assert len(vendor.asked("/audio/queue")) == 10
    assert len(vendor.asked("/models")) == 1
