"""The events of a job, as they are recorded in the journal, in their order.

    Intent → (the paid request) → Submitted → Terminal → Delivered → Released
                              ↘ Refused, or Unknown

`Intent` and `Submitted` are durable before the next effect. So a process that dies at any moment
leaves a job that can be resumed, or one that is recorded as unknown.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from segue.job import Status, Ticket
from segue.money import Money


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="what"):
    """An event of `job` (Segue's own name for it) `at` a time.

    `generation` is that of the lease under which it happened, if there was one: the journal refuses
    events of a lost lease, except a ticket.
    """

    job: str
    at: datetime
    generation: int | None = None


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """At most `limit` may be spent from `since` on, by all processes together; with `labels` only
    the jobs count that have all of them."""

    limit: Money
    since: datetime
    labels: dict[str, str] = {}


class Intent(_Event, frozen=True, kw_only=True, tag="intent"):
    """A paid request is about to be sent.

    `task` is the task as plain JSON, `key` the idempotency key of this submission. `reserved` is
    what it may cost, if known: it counts as spent until the bill is known, and it must fit within
    every one of `budgets`, or the intent is not written. `owner` holds the job's lease from then
    on. `parent` is shared by the attempts of one failover; `to` is the destination of the files,
    `overwrite` whether they may replace others. `label` is the user's own name for the job,
    `dropped` the omitted fields that the backend could not honour. `labels` are the user's own
    names and values for it, `order_key` is the user's key of the order, and `task_sha256` a
    fingerprint of the task as it was requested.
    """

    backend: str
    task: dict[str, Any]  # as in `Entry`
    key: str
    owner: str
    quoted: Money | None = None
    reserved: Money | None = None
    budgets: tuple[Budget, ...] = ()
    parent: str | None = None
    to: str | None = None
    overwrite: bool = False
    label: str | None = None
    dropped: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    order_key: str | None = None
    task_sha256: str | None = None


class Refused(_Event, frozen=True, kw_only=True, tag="refused"):
    """The vendor refused the job, or it was never sent: nothing was spent."""

    reason: str


class Unknown(_Event, frozen=True, kw_only=True, tag="unknown"):
    """The paid request was sent, and its outcome is not known."""

    reason: str


class Submitted(_Event, frozen=True, kw_only=True, tag="submitted"):
    """The vendor has accepted the job."""

    ticket: Ticket


class Troubled(_Event, frozen=True, kw_only=True, tag="troubled"):
    """The polls of a wait fail, for this `reason`; an empty one says that they succeed again. It
    changes nothing else about the job."""

    reason: str


class Terminal(_Event, frozen=True, kw_only=True, tag="terminal"):
    """The job has ended. `cost` is the vendor's bill, where it reports one; `refunded` says that
    the vendor announced a refund. `reason` is that of a failure."""

    status: Status
    cost: Money | None = None
    refunded: bool = False
    reason: str = ""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was downloaded."""

    path: Path
    bytes: int
    sha256: str


class Delivered(_Event, frozen=True, kw_only=True, tag="delivered"):
    """Every file of the job is on disk, verified."""

    files: tuple[File, ...]


class Released(_Event, frozen=True, kw_only=True, tag="released"):
    """The vendor's copy was deleted."""


class Forgotten(_Event, frozen=True, kw_only=True, tag="forgotten"):
    """The user has removed this job from lists."""


Event: TypeAlias = (
    Intent | Refused | Unknown | Submitted | Troubled | Terminal | Delivered | Released | Forgotten
)
