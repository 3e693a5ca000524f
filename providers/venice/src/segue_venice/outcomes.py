"""The state of a job, from an answer of `POST /audio/retrieve`. Pure.

    200, JSON                                     still running, or what its word usually means
    200, audio                                    done: the body is the track
    2xx, anything else                            no verdict: ProtocolError
    400 "Request ID is invalid."                  no verdict: NotFound
    400 of Venice's own schema                    no verdict: Rejected
    other 400; 422                                failed; a refund is expected, not proven
    404                                           the media has expired or was deleted
    401, 402, 403, 429, 5xx                       no verdict: the errors of `refusals.py`

Venice reports a failure by an HTTP error of the poll, as the job's final state (its audio skill,
2026-10). An HTML page with such a status is a proxy's, and no verdict either.
"""

from __future__ import annotations

from collections.abc import Mapping

from segue.containers import AUDIO, MEDIA_TYPES
from segue.errors import RequestError
from segue.flow import Reply
from segue.job import Failure, Snapshot, Status, Track
from segue.numbers import figure
from segue.words import status_of
from segue_venice import wire
from segue_venice.refusals import (
    code_of,
    complaint,
    message_of,
    own_fault,
    refused,
    text_of,
    unknown_id,
)

REFUND = (
    "Venice's documentation says that a failed job is refunded, except what was paid in DIEM"
    " of an earlier day; its answer does not prove it"
)
WORDS = {"PROCESSING": Status.RUNNING, "QUEUED": Status.QUEUED}
"""`PROCESSING` is the one documented word of a poll, `QUEUED` the one of a submission; any other
is read as the field usually means it."""

_DETAILS = {
    "x-venice-audio-format": "format",
    "x-venice-inference-time": "inference_time",
    "x-venice-model-id": "model",
    "x-venice-model-name": "model_name",
    "x-venice-audio-subtitle": "subtitle",
}


def outcome(reply: Reply) -> Snapshot:
    """The state of the job; raises if the answer is no verdict on it."""
    if reply.ok:
        return _audio(reply) if _is_audio(reply) else _state(reply)
    body = complaint(reply)
    if body is None or reply.status not in (400, 404, 422):
        raise refused(reply)
    if reply.status == 404:
        return _gone(refused(reply))
    if reply.status == 400 and (unknown_id(body) or own_fault(body)):
        raise refused(reply)
    return _failed(
        Failure(
            message=message_of(body),
            code=code_of(body),
            refund=REFUND,
            suggested_prompt=text_of(body.suggested_prompt),
            suggestion=text_of(body.suggestion),
        ),
        word=str(reply.status),
    )


def container_of(reply: Reply) -> str:
    """The container that the headers announce; the bytes decide when it is saved."""
    announced = reply.headers.get("x-venice-audio-format", "").strip().lower()
    known = announced if announced in AUDIO else None
    return MEDIA_TYPES.get(reply.content_type) or known or "mp3"


def _is_audio(reply: Reply) -> bool:
    kind = reply.content_type
    audio = kind.startswith("audio/") or kind == "application/octet-stream"
    if audio and reply.headers.get("content-length") == "0":
        raise reply.unlike("the track is empty")
    return audio


def _audio(reply: Reply) -> Snapshot:
    details: dict[str, object] = {
        ours: reply.headers[theirs] for theirs, ours in _DETAILS.items() if theirs in reply.headers
    }
    track = Track(
        id="1",
        status=Status.SUCCEEDED,
        duration=figure(reply.headers.get("x-venice-audio-duration")),
        details={**details, "container": container_of(reply)},
    )
    return Snapshot(status=Status.SUCCEEDED, word=reply.content_type, progress=1.0, tracks=(track,))


def _state(reply: Reply) -> Snapshot:
    if reply.body is None:
        raise reply.unlike(f"neither JSON nor audio, but {reply.content_type or 'no type'}")
    seen = reply.json(wire.Seen)
    word = text_of(seen.status)
    if word is None and figure(seen.execution_duration) is None:
        raise reply.unlike("no status")
    word = word or "PROCESSING"
    status = status_of(word, WORDS)
    if status is Status.SUCCEEDED:
        return _succeeded(seen, word)
    return _ended(seen, word, status) if status.terminal else _running(seen, word, status)


def _succeeded(seen: wire.Seen, word: str) -> Snapshot:
    """Not documented for music: an address in place of the track itself."""
    url = text_of(seen.url)
    if url is None or not url.startswith(("https://", "http://")):
        missing = f"Venice calls it {word}, and names no URL of a track ({seen.url!r:.80})"
        return Snapshot(status=Status.UNKNOWN, word=word, missing=missing)
    track = Track(id="1", status=Status.SUCCEEDED, url=url)
    return Snapshot(status=Status.SUCCEEDED, word=word, progress=1.0, tracks=(track,))


def _ended(seen: wire.Seen, word: str, status: Status) -> Snapshot:
    failure = Failure(
        message=_reason(seen) or text_of(seen.message) or "Venice gives no reason",
        code=text_of(seen.error_code),
        refund=REFUND,
        suggested_prompt=text_of(seen.suggested_prompt),
        suggestion=text_of(seen.suggestion),
    )
    return Snapshot(status=status, word=word, error=failure)


def _reason(seen: wire.Seen) -> str | None:
    body = wire.Complaint(error=seen.error)
    message = message_of(body) if isinstance(seen.error, Mapping) else text_of(seen.error)
    return message or text_of(seen.error_message) or text_of(seen.reason)


def _running(seen: wire.Seen, word: str, status: Status) -> Snapshot:
    """Any word not in the table is UNKNOWN, and polled on; a reason beside it is shown.

    Venice reports no remaining time. Its average is the 80th percentile of the model's jobs,
    so the fraction of it that has passed is an estimate, and never 1.
    """
    typical, passed = figure(seen.average_execution_time), figure(seen.execution_duration)
    typical = typical if typical and typical > 0 else None
    progress = None
    if typical and passed is not None and passed >= 0:
        progress = min(passed / typical, 0.99)
    reason = _reason(seen) or (text_of(seen.message) if status is Status.UNKNOWN else None)
    return Snapshot(
        status=status,
        word=word,
        progress=progress,
        expected=typical / 1000 if typical else None,
        notes=(f"Venice says: {reason}",) if reason else (),
    )


def _failed(failure: Failure, *, word: str) -> Snapshot:
    return Snapshot(status=Status.FAILED, word=word, error=failure)


def _gone(error: RequestError) -> Snapshot:
    if "specified model" in error.message.lower():
        raise error  # the model is not visible to this key (any more): no verdict on the job
    return Snapshot(
        status=Status.EXPIRED, word="404", error=Failure(message=error.message.partition(": ")[2])
    )
