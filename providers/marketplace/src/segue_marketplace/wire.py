"""The marketplace's wire format: requests and answers. No other module knows it.

Answers are read tolerantly: only some of them are documented, and the live ones differ from the
documented ones. So every field may be missing or invalid, without effect on the others; the
functions below read a field as the expected type, or as None.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from segue.flow import Reply
from segue.numbers import figure
from segue.tasks import Generate, Task

FIELDS = {
    "prompt": "prompt",
    "lyrics": "lyrics_prompt",
    "instrumental": "force_instrumental",
    "duration": "duration_seconds",
    "voice": "voice",
    "language": "language_code",
}
"""Segue's field of `Generate`, and the marketplace's name for it (its music page)."""

EXTRA = "marketplace"
"""Whose part of `extra` is ours."""

JOB = "media.job"
"""What the marketplace calls every job of this kind, in the field `object`."""

_NOT_SENT = frozenset({"min_discount"})


class Job(msgspec.Struct, frozen=True, rename={"what": "object"}):
    """A job in the answer to a submission, a poll or a cancellation.

    The last four fields, on its placement, are not documented; they were seen
    on live jobs (2026-09-14).
    """

    what: object = None
    id: object = None
    kind: object = None
    status: object = None
    created: object = None
    expires_at: object = None
    estimated_cost_usdc: object = None
    max_cost_usdc: object = None
    poll_url: object = None
    cancel_url: object = None
    job_token: object = None
    results: object = None
    usage: object = None
    error: object = None
    error_message: object = None
    served_by: object = None
    provider_family: object = None
    marketplace_status: object = None
    marketplace_attempts: object = None


class Result(msgspec.Struct, frozen=True, rename={"size": "bytes"}):
    """One artifact of a finished job."""

    artifact_index: object = None
    url: object = None
    download_url: object = None
    content_type: object = None
    duration_seconds: object = None
    size: object = None


class Usage(msgspec.Struct, frozen=True):
    """What was settled, in millionths of a USDC."""

    seller_cost_usdc: object = None
    buyer_cost_usdc: object = None
    settlement_status: object = None


class ErrorBody(msgspec.Struct, frozen=True):
    """An error without its envelope: its codes and its message, if any."""

    code: str | None = None
    type: str | None = None
    message: str | None = None
    suggested_prompt: str | None = None
    suggestion: str | None = None

    @property
    def words(self) -> list[str]:
        """The error codes, the most specific one first."""
        return [word for word in (self.code, self.type) if word is not None]


class Complaint(msgspec.Struct, frozen=True):
    """An error: `{"error": {"type", "code", "message"}}` with any of the three, or
    `{"error": "…"}`, or `{"code", "message"}` alone. All three forms were seen (2026-09)."""

    error: object = None
    type: object = None
    code: object = None
    message: object = None
    suggested_prompt: object = None
    suggestion: object = None


def order(task: Task, model: str, webhook: str | None = None) -> dict[str, object]:
    """The body of `POST /music/generations`: what the user set, and what `extra` adds to it.

    A switch that is off is what every model does anyway, so it is left out: sellers pass the
    fields on to vendors that refuse the mere presence of one that a model lacks.
    """
    body: dict[str, object] = {"webhook_url": webhook} if webhook else {}
    body |= {word: value for word, value in extra(task).items() if word not in _NOT_SENT}
    body["model"] = model
    if isinstance(task, Generate):
        for field, word in FIELDS.items():
            value = getattr(task, field)
            if value is not None and not (field == "instrumental" and value is False):
                body[word] = _whole(value) if field == "duration" else value
    return body


def extra(task: Task) -> Mapping[str, object]:
    """The part of the task's `extra` that is meant for the marketplace."""
    return task.extra.get(EXTRA, {})


def results(job: Job) -> list[Result]:
    """The job's artifacts; what is none is left out."""
    body = job.results if isinstance(job.results, list) else []
    return [msgspec.convert(one, Result) for one in body if isinstance(one, Mapping)]


def usage(job: Job) -> Usage:
    """What the job cost, as far as reported."""
    return msgspec.convert(job.usage if isinstance(job.usage, Mapping) else {}, Usage)


def complaint(reply: Reply) -> ErrorBody | None:
    """The error in a body, or None without one (an HTML page of a proxy)."""
    body = reply.maybe_json(Complaint)
    return None if body is None or body == Complaint() else reason(body.error, body)


def reason(error: object, around: Complaint | None = None) -> ErrorBody:
    """An error taken out of its envelope, or out of a job that failed."""
    inner = error if isinstance(error, Mapping) else {}
    outer = around or Complaint()
    return ErrorBody(
        code=text(inner.get("code")) or text(outer.code),
        type=text(inner.get("type")) or text(outer.type),
        message=text(inner.get("message")) or text(error) or text(outer.message),
        # Of Venice, whose models are sold here; not documented for the marketplace.
        suggested_prompt=text(inner.get("suggested_prompt")) or text(outer.suggested_prompt),
        suggestion=text(inner.get("suggestion")) or text(outer.suggestion),
    )


def text(value: object) -> str | None:
    """The value, if it is a text that is not blank."""
    return value.strip() if isinstance(value, str) and value.strip() else None


def known(value: object) -> str | None:
    """A word of the marketplace's; it writes `unknown` for what it does not know (yet)."""
    word = text(value)
    return None if word is None or word.lower() == "unknown" else word[:80]


def number(value: object) -> float | None:
    """A finite number that is not negative, or None."""
    read = figure(value)
    return read if read is not None and read >= 0 else None


def count(value: object) -> int | None:
    """A whole number that is not negative, or None."""
    read = number(value)
    return int(read) if read is not None and read.is_integer() else None


def _whole(seconds: float) -> int | float:
    return int(seconds) if float(seconds).is_integer() else seconds
