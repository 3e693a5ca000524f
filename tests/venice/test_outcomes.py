"""What each answer of retrieve says of a job."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import (
    AuthenticationFailed,
    InsufficientFunds,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    SegueError,
    Unavailable,
)
from segue.flow import Reply
from segue.job import Snapshot, Status
from segue_venice.outcomes import outcome

from .known import as_json
from .test_refusals import GONE, POLICY, SUGGESTION, UNION


def audio(kind: str, **headers: str) -> Reply:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=200, headers={"content-type": kind, **told}, body=None)


def test_the_documents_sample_is_a_running_job():
    body = b'{"status":"PROCESSING","average_execution_time":20000,"execution_duration":5200}'
    seen = outcome(Reply(status=200, headers={"content-type": "application/json"}, body=body))
    assert seen == Snapshot(status=Status.RUNNING, word="PROCESSING", progress=0.26, expected=20.0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": "PROCESSING"}, Status.RUNNING),
        ({"execution_duration": 1}, Status.RUNNING),
        ({"status": "QUEUED"}, Status.QUEUED),
        ({"status": "WARMING_UP"}, Status.UNKNOWN),
        ({"status": "COMPLETED"}, Status.UNKNOWN),
        ({"status": "FAILED", "error": "no"}, Status.FAILED),
        ({"status": "COMPLETED", "url": "https://x.example/a.mp3"}, Status.SUCCEEDED),
    ],
)
def test_json_is_a_job_under_way_unless_it_says_otherwise(body, status):
    assert outcome(as_json(body)).status is status


def test_progress_never_reaches_the_end_before_the_job_does():
    body = {"status": "PROCESSING", "average_execution_time": 10, "execution_duration": 99}
    assert outcome(as_json(body)).progress == 0.99


@pytest.mark.parametrize(
    ("kind", "container"),
    [("audio/mpeg", "mp3"), ("audio/wav", "wav"), ("audio/flac", "flac")],
)
def test_audio_is_the_finished_track(kind, container):
    seen = outcome(audio(kind))
    assert seen.status is Status.SUCCEEDED
    assert seen.tracks[0].details["container"] == container


def test_the_headers_of_the_audio_are_kept():
    seen = outcome(
        audio(
            "application/octet-stream",
            x_venice_audio_format="flac",
            x_venice_audio_duration="61.5",
            x_venice_inference_time="12",
            x_venice_model_id="ace-step-15",
        )
    )
    track = seen.tracks[0]
    assert (track.duration, track.details["container"], track.details["model"]) == (
        61.5,
        "flac",
        "ace-step-15",
    )


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "Request ID is invalid."}, NotFound),
        (400, UNION, Rejected),
        (401, {"error": "Authentication failed"}, AuthenticationFailed),
        (402, {"error": "Insufficient USD"}, InsufficientFunds),
        (403, {"error": "no"}, AuthenticationFailed),
        (404, {"error": "Specified model not found: x"}, NotFound),
        (429, {"error": "Rate limit exceeded"}, RateLimited),
        (500, {"error": "Inference processing failed"}, Unavailable),
        (503, {"error": "The model is at capacity. Please try again later."}, Unavailable),
        (200, {}, ProtocolError),
        (200, [], ProtocolError),
        (302, {"error": "elsewhere"}, ProtocolError),
    ],
)
def test_these_are_no_verdict_on_the_job(status, body, kind):
    with pytest.raises(kind):
        outcome(as_json(body, status))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=200, headers={"content-type": "text/html"}, body=b"<html>log in</html>"),
        Reply(status=404, headers={"content-type": "text/html"}, body=b"<html>no</html>"),
        Reply(status=400, headers={"content-type": "text/html"}, body=b"<html>no</html>"),
        Reply(status=200, headers={"content-type": "audio/mpeg", "content-length": "0"}, body=None),
        Reply(status=200, headers={"content-type": "application/zip"}, body=None),
        Reply(status=200, body=b""),
    ],
)
def test_what_is_neither_json_nor_audio_judges_no_job(reply):
    with pytest.raises(ProtocolError):
        outcome(reply)


@pytest.mark.parametrize(
    ("status", "body", "suggested"),
    [
        (422, POLICY, SUGGESTION),
        (422, {"error": "no"}, None),
        (400, {"error": "the provider did not like it", "request_id": "r"}, None),
        (400, {"error": "no", "details": "the provider's reason"}, None),
    ],
)
def test_a_refusal_at_the_poll_is_a_failed_job(status, body, suggested):
    seen = outcome(as_json(body, status))
    assert seen.status is Status.FAILED
    assert seen.error is not None
    assert body["error"] in seen.error.message
    assert seen.error.suggested_prompt == suggested


def test_a_refund_is_expected_and_not_proven():
    error = outcome(as_json(POLICY, 422)).error
    assert error is not None
    assert error.charged is None
    assert "does not prove" in (error.refund or "")


def test_media_that_is_gone_is_an_expired_job():
    seen = outcome(as_json({"error": GONE}, 404))
    assert seen.status is Status.EXPIRED
    assert seen.error is not None
    assert seen.error.message == GONE


@given(
    status=st.integers(200, 599),
    kind=st.sampled_from(["application/json", "text/html", "audio/mpeg", "", "x"]),
    body=st.none()
    | st.binary(max_size=60)
    | st.dictionaries(
        st.sampled_from(["status", "average_execution_time", "execution_duration", "error", "url"]),
        st.none() | st.text(max_size=5) | st.floats() | st.lists(st.integers(), max_size=1),
    ).map(lambda told: json.dumps(told).encode()),
)
def test_garbage_is_a_snapshot_or_an_error_of_the_tree(status, kind, body):
    reply = Reply(status=status, headers={"content-type": kind}, body=body)
    try:
        seen = outcome(reply)
    except SegueError:
        return
    assert isinstance(seen, Snapshot)
    assert seen.progress is None or 0 <= seen.progress <= 1
