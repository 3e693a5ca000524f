"""A job as its clients see it: the marketplace's envelope, from the journal's entry. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

import msgspec

from segue.events import File
from segue.job import Snapshot, Status
from segue.journal import Action, Entry, State, next_actions
from segue.money import Money
from segue_server.errors import ErrorBody

LIFETIME = 86_400
"""Seconds after its creation at which a job's `expires_at` is: how long a client should poll. The
job itself does not end then."""

WORDS = {
    Status.FAILED: "failed",
    Status.CANCELLED: "canceled",
    Status.EXPIRED: "expired",
}
TERMINAL = frozenset({"succeeded", "failed", "canceled", "expired", "unknown"})
"""The states of a job that do not change by themselves."""

KEY, REQUEST, BODY = "server.key", "server.request", "server.body"
"""Labels of a job: whose key it was made with, the name of its request, the SHA-256 of its body."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """An amount of money: an exact decimal number, and its unit."""

    amount: str
    unit: str

    @classmethod
    def of(cls, money: Money) -> Cost:
        """The amount, without an exponent."""
        return cls(amount=f"{money.amount:f}", unit=money.unit)


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a job. `url` is signed and needs no key until it expires; `download_url` is the
    same file for who has a key or the job's token."""

    artifact_index: int
    url: str
    download_url: str
    content_type: str
    duration_seconds: float | None
    bytes: int
    sha256: str
    name: str


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the backend has billed, in millionths of a dollar; None for a bill in another unit,
    which is in the job's `cost`. `settlement_status` is `confirmed`, `refunded`, or `unreported`
    where there is no bill."""

    seller_cost_usdc: str | None
    buyer_cost_usdc: str | None
    settlement_status: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job. `status` is `queued`, `running`, `succeeded`, `failed`, `canceled`, `expired`, or
    `unknown`: it may have been charged, and is not submitted again. `state` is the journal's word.
    `actions` are what can be done next."""

    id: str
    object: str = "media.job"
    kind: str = "music"
    status: str
    state: str
    model: str
    created: int
    expires_at: int
    estimated_cost_usdc: str | None
    max_cost_usdc: str | None
    estimate: Cost | None
    cost: Cost | None
    poll_url: str
    cancel_url: str
    events_url: str
    job_token: str | None = None
    prompt: str | None = None
    progress: float | None = None
    eta_seconds: float | None = None
    results: tuple[Artifact, ...] = ()
    usage: Usage | None = None
    error: ErrorBody | None = None
    notes: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    metadata: dict[str, Any] | None = None
    request_id: str | None = None


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of jobs, newest first. `next_cursor` is for `after`, None on the last page."""

    object: str = "list"
    data: tuple[Job, ...]
    has_more: bool
    next_cursor: str | None


def word_of(entry: Entry, seen: Snapshot | None, *, held: bool) -> str:
    """The job's status. `held` says whether a living process works on it. A job has succeeded
    only when its files are here, so one whose backend is done is still `running`."""
    if entry.state is State.SUBMITTED:
        return "queued" if seen is None or seen.status is Status.QUEUED else "running"
    if entry.state is State.INTENT:
        return "queued" if held else "unknown"
    if entry.state is State.ENDED:
        return WORDS.get(entry.status or Status.UNKNOWN, "running")
    return _STATES.get(entry.state, "unknown")


_STATES = {
    State.DELIVERED: "succeeded",
    State.RELEASED: "succeeded",
    State.REFUSED: "failed",
    State.UNKNOWN: "unknown",
}


def job(
    entry: Entry,
    *,
    seen: Snapshot | None = None,
    trouble: str = "",
    held: bool = False,
    cancels: bool = False,
    results: tuple[Artifact, ...] = (),
    metadata: dict[str, Any] | None = None,
    token: str | None = None,
) -> Job:
    """The envelope. `seen` is the last snapshot, `trouble` why its files are not here yet, and
    `cancels` whether the job's backend can stop it."""
    word = word_of(entry, seen, held=held)
    path = f"/v1/music/generations/{entry.job}"
    made, done = int(entry.created.timestamp()), word == "succeeded"
    notes = (*entry.dropped, *(seen.notes if seen else ()), *filter(None, (trouble, entry.trouble)))
    return Job(
        id=entry.job,
        status=word,
        state=entry.state.value,
        model=entry.backend,
        created=made,
        expires_at=made + LIFETIME,
        estimated_cost_usdc=micro(entry.quoted),
        max_cost_usdc=micro(entry.reserved),
        estimate=_cost(entry.quoted),
        cost=_cost(entry.cost),
        poll_url=path,
        cancel_url=path,
        events_url=f"{path}/events",
        job_token=token,
        prompt=_prompt(entry.task),
        progress=1.0 if done else seen.progress if seen else None,
        eta_seconds=seen.eta if seen and word not in TERMINAL else None,
        results=results if done else (),
        usage=_usage(entry) if word in TERMINAL else None,
        error=_error(entry, word, seen),
        notes=tuple(dict.fromkeys(notes)),
        actions=_actions(entry, held=held, cancels=cancels),
        metadata=metadata,
        request_id=entry.labels.get(REQUEST),
    )


def micro(money: Money | None) -> str | None:
    """An amount of USD in whole millionths, rounded up, as text; None for another unit."""
    if money is None or money.unit != "USD":
        return None
    whole = (money.amount * 1_000_000).to_integral_value(rounding=ROUND_CEILING)
    return f"{Decimal(whole):f}"


def is_audio(name: str) -> bool:
    """Whether a file of that name is music."""
    return content_type(name).startswith("audio/")


def content_type(name: str) -> str:
    """The media type of a file, by its extension."""
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def artifact(file: File, index: int, job_id: str, *, url: str, seconds: float | None) -> Artifact:
    """One file of a job; `url` is its signed address."""
    return Artifact(
        artifact_index=index,
        url=url,
        download_url=f"/v1/media/artifacts/{job_id}/{index}",
        content_type=content_type(file.path.name),
        duration_seconds=seconds,
        bytes=file.bytes,
        sha256=file.sha256,
        name=file.path.name,
    )


def now() -> int:
    """Unix seconds."""
    return int(time.time())


_TYPES: Mapping[str, str] = {
    "wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "ogg": "audio/ogg",
    "opus": "audio/ogg", "m4a": "audio/mp4", "mp4": "audio/mp4", "aac": "audio/aac",
    "webm": "audio/webm", "aiff": "audio/aiff", "mid": "audio/midi", "png": "image/png",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8", "lrc": "text/plain; charset=utf-8",
    "srt": "text/plain; charset=utf-8", "json": "application/json", "zip": "application/zip",
}  # fmt: skip


def _actions(entry: Entry, *, held: bool, cancels: bool) -> tuple[str, ...]:
    """What a client can do; what the server does by itself is left out."""
    found = next_actions(entry, cancels=cancels)
    return tuple(each.value for each in found if not (held and each is not Action.CANCEL))


def _cost(money: Money | None) -> Cost | None:
    return None if money is None else Cost.of(money)


def _usage(entry: Entry) -> Usage:
    bill = micro(entry.cost)
    settled = "unreported" if entry.cost is None else "confirmed"
    if entry.refunded:
        settled = "refunded"
    return Usage(seller_cost_usdc=bill, buyer_cost_usdc=bill, settlement_status=settled)


def _prompt(task: Mapping[str, Any]) -> str | None:
    prompt = task.get("prompt")
    return prompt if isinstance(prompt, str) else None


def _error(entry: Entry, word: str, seen: Snapshot | None) -> ErrorBody | None:
    if word == "unknown":
        return ErrorBody(
            type="provider_error",
            code="submission_unknown",
            message=entry.reason or "the outcome of the submission is not known",
            advice="it may have been charged, and is not submitted again; look at the vendor's own"
            " list of jobs before you submit it once more",
        )
    if word not in {"failed", "canceled", "expired"}:
        return None
    code = "refused" if entry.state is State.REFUSED else f"job_{_CODES[word]}"
    failure = seen.error if seen else None
    return ErrorBody(
        type="provider_error",
        code=code,
        message=entry.reason or (failure.message if failure else f"the job has ended: {word}"),
        suggested_prompt=failure.suggested_prompt if failure else None,
    )


_CODES = {"failed": "failed", "canceled": "cancelled", "expired": "expired"}
