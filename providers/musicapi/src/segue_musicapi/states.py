"""The state of a job, from the answer to a poll: what all families answer alike. Pure.

    202; without songs: not_ready, a code of 102 or 202   it runs
    504 that speaks of the task                           failed: final, and refunded
    any other `type`, an error's `code`, without songs    failed, with the vendor's reason
    moderation                                            failed: a poll has no words to moderate
    "task not found" (400, 404)                           no verdict: NotFound
    400, 401, 402, 403, 429, 5xx, a page                  no verdict: the errors of `refusals.py`

A list of songs is judged by the songs' own states, never by `code`: an answer with code 200 may
hold songs that still run (seen live, 2026-07), though MusicAPI's own examples stop there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from segue.errors import ContentPolicy, NotFound
from segue.flow import Reply
from segue.job import Failure, Snapshot, Status, Track
from segue.words import status_of
from segue_musicapi.refusals import code_of, judged, message_of, refused, unknown_id
from segue_musicapi.wire import (
    Clip,
    Envelope,
    envelope,
    first_text,
    maybe_envelope,
    text_of,
    whole,
)

REFUND = (
    "MusicAPI's documentation says that the credits of a failed task are refunded"
    " automatically; its answer does not prove it"
)
WORDS = {
    "pending": Status.QUEUED,
    "queued": Status.QUEUED,
    "running": Status.RUNNING,
    "processing": Status.RUNNING,
    "streaming": Status.RUNNING,
    "succeeded": Status.SUCCEEDED,
    "success": Status.SUCCEEDED,
    "failed": Status.FAILED,
}
"""A song's or a job's word in lower case. `pending`, `running`, `succeeded` and `failed` are the
documented states of a song; `streaming` comes in webhooks; `SUCCESS` and the like are a job's.
Any other word is read as the field usually means it."""

BAD = (Status.FAILED, Status.CANCELLED, Status.EXPIRED)

LACKS = "lacks_file"
"""In a track's details: it is said to be ready, and there is no address of its file."""

NO_REASON = "MusicAPI gives no reason"

VERDICTS = frozenset({504})
"""Statuses of a poll that are final where MusicAPI wrote them."""

_OF_THE_TASK = re.compile(r"task|fail|refund", re.IGNORECASE)
_FAILURES = frozenset({"failed", "timeout", "forbidden", "api_error", "bad_request"})
_WAITING = frozenset({102, 202})
_NO_VERDICT = frozenset({401, 402, 403, 404, 429})


def read(reply: Reply) -> Envelope | Snapshot:
    """Read the answer to a poll: a Snapshot if it is the same for all families, else the
    envelope for the family to read. Raises if it is no verdict on the job."""
    if not reply.ok:
        return _refusal(reply)
    if reply.status == 202:
        return running(maybe_envelope(reply))
    seen = envelope(reply)
    if seen.data:
        return seen
    if seen.says_nothing:
        raise reply.unlike("no status")
    return running(seen) if _waits(seen) else _without_songs(reply, seen)


def running(seen: Envelope | None, *, progress: float | None = None) -> Snapshot:
    """A job that runs, without further details."""
    word = (text_of(seen.type) or text_of(seen.status) or "") if seen else ""
    return Snapshot(status=Status.RUNNING, word=word or "not_ready", progress=progress)


def failed(
    seen: Envelope,
    *,
    word: str = "",
    reason: str | None = None,
    status: Status = Status.FAILED,
) -> Snapshot:
    """A job that ended badly as a whole, with MusicAPI's reason and what it suggests, if it does
    (which is documented nowhere)."""
    message = reason or message_of(seen)
    failure = Failure(
        message=message,
        code=code_of(seen),
        refund=refund(message),
        suggested_prompt=text_of(seen.suggested_prompt),
        suggestion=text_of(seen.suggestion),
    )
    return Snapshot(status=status, word=word or text_of(seen.type) or "failed", error=failure)


def says(reason: str | None) -> tuple[str, ...]:
    """What MusicAPI says beside a word that no table knows, for the user to judge."""
    return (f"MusicAPI says: {reason}",) if reason else ()


def refund(message: str) -> str:
    """What MusicAPI says about the money of a failed job: its own message if there is one."""
    return f"MusicAPI says: {message}" if "refund" in message.lower() else REFUND


def of_word(word: object) -> Status:
    """The status for a state of MusicAPI's; UNKNOWN for one that no table knows, or none."""
    return status_of(word, WORDS)


def track(clip: Clip, number: int, *, status: Status | None = None, file: bool = True) -> Track:
    """A song as a track; the `number`th (from 1) of its job.

    `status` overrides its own state. A song that is said to be ready and has no `file` yet, or
    an interim stream for one, still runs.
    """
    stands = of_word(clip.state) if status is None else status
    ready = stands is Status.SUCCEEDED
    details = clip.details
    if ready and file and clip.audio_url is None:
        stands, ready = Status.RUNNING, False
        details = details if clip.streams else {**details, LACKS: True}
    if clip.reason and not stands.terminal:
        details = {**details, "reason": clip.reason}
    return Track(
        id=clip.id or str(number),
        status=stands,
        title=clip.title,
        duration=clip.duration,
        url=clip.audio_url if ready else None,
        lyrics=clip.lyrics,
        error=_reason(clip) if stands in BAD else None,
        details=details,
    )


def together(
    tracks: Sequence[Track], *, word: str = "", songs: int = 1, done: bool = False
) -> Snapshot:
    """The job of these tracks: it has ended when all have, and succeeded if one has.

    `songs` is how many a finished job has at least: with fewer, it still runs. `done` is whether
    the job itself is said to have succeeded.
    """
    stands = [one.status for one in tracks]
    good = stands.count(Status.SUCCEEDED)
    word = word or _words(tracks)
    if good == len(stands) >= songs:
        return Snapshot(status=Status.SUCCEEDED, word=word, progress=1.0, tracks=tuple(tracks))
    status = _of_songs(stands, songs)
    return Snapshot(
        status=status,
        word=word,
        progress=good / max(len(tracks), songs) if status is not Status.SUCCEEDED else 1.0,
        tracks=tuple(tracks),
        error=_all_failed(tracks) if status is Status.FAILED else None,
        notes=_some_failed(tracks) if status is Status.SUCCEEDED else _said(tracks),
        missing="" if status.terminal else _missing(tracks, word, done=done),
    )


def _said(tracks: Sequence[Track]) -> tuple[str, ...]:
    reasons = dict.fromkeys(one.details.get("reason") for one in tracks)
    return tuple(said for reason in reasons if reason for said in says(str(reason)))


def _missing(tracks: Sequence[Track], word: str, *, done: bool) -> str:
    """What a job lacks that is said to be done: its songs, or the files of some."""
    if not tracks:
        return f"MusicAPI calls it {word!r}, and names no song" if done else ""
    lacking = [one for one in tracks if one.details.get(LACKS)]
    if not lacking or any(not one.status.terminal for one in tracks if one not in lacking):
        return ""
    return f"MusicAPI calls it done, and {len(lacking)} of {len(tracks)} songs have no file"


def _words(tracks: Sequence[Track]) -> str:
    """The songs' own states, each once."""
    words = [str(one.details.get("state") or one.status.value) for one in tracks]
    return ", ".join(dict.fromkeys(words)) or "not_ready"


def _all_failed(tracks: Sequence[Track]) -> Failure:
    message = next((one.error.message for one in tracks if one.error), NO_REASON)
    return Failure(message=message, refund=refund(message))


def _some_failed(tracks: Sequence[Track]) -> tuple[str, ...]:
    bad = [one for one in tracks if one.status in BAD]
    why = next((one.error.message for one in bad if one.error), NO_REASON)
    return (f"{len(bad)} of {len(tracks)} songs failed: {why}",) if bad else ()


def _of_songs(stands: Sequence[Status], songs: int) -> Status:
    # no set: to hash a Status takes longer than to compare
    if Status.UNKNOWN in stands:
        return Status.UNKNOWN
    if any(not one.terminal for one in stands) or len(stands) < songs:
        queued = stands and all(one is Status.QUEUED for one in stands)
        return Status.QUEUED if queued else Status.RUNNING
    return Status.SUCCEEDED if Status.SUCCEEDED in stands else Status.FAILED


def _reason(clip: Clip) -> Failure:
    """Why one song failed. That the credits of one song are given back is documented nowhere."""
    message = clip.reason or NO_REASON
    says = f"MusicAPI says: {message}" if "refund" in message.lower() else None
    return Failure(message=message, refund=says)


def _waits(seen: Envelope) -> bool:
    word = (text_of(seen.type) or "").lower()
    return word == "not_ready" or bool({whole(seen.code), whole(seen.status)} & _WAITING)


def _refusal(reply: Reply) -> Snapshot:
    """A poll that was refused: MusicAPI's verdict on the job, or none at all."""
    seen = maybe_envelope(reply)
    if seen is None:
        raise refused(reply)
    error = judged(reply, seen, reply.status)
    final = reply.status == 504 and _OF_THE_TASK.search(message_of(seen))
    bad = reply.status in (400, 422) and text_of(seen.type) in _FAILURES
    if isinstance(error, NotFound) or not (isinstance(error, ContentPolicy) or final or bad):
        raise error
    return failed(seen, word=text_of(seen.type) or str(reply.status))


def _without_songs(reply: Reply, seen: Envelope) -> Envelope | Snapshot:
    """An answer without songs: a failure by its type or its code, or the family's to read."""
    code = seen.number
    status = 404 if unknown_id(seen) else code
    if status in _NO_VERDICT:
        error = judged(reply, seen, status)
        if not isinstance(error, ContentPolicy):
            raise error
        return failed(seen, word=str(status))
    kind = text_of(seen.type)
    if kind is not None:
        return _of_type(seen, kind)
    return failed(seen, word=str(code)) if code is not None and code >= 400 else seen


def _of_type(seen: Envelope, kind: str) -> Envelope | Snapshot:
    """A failure by its type: whatever it is called, if a reason comes with it."""
    stands = of_word(kind)
    if stands is Status.SUCCEEDED:
        return seen
    reason = first_text(seen.error, seen.message, seen.detail)
    if kind.lower() in _FAILURES or (stands is Status.UNKNOWN and reason):
        return failed(seen)
    if stands in BAD:
        return failed(seen, status=stands)
    return Snapshot(status=stands, word=kind)
