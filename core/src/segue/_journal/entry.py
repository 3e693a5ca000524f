"""A job's entry in a journal, and its lease."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from segue._data.cursor import encode_cursor
from segue._process.owner import process_alive
from segue.events import File
from segue.job import Status, Ticket
from segue.money import Money


class State(enum.Enum):
    """The state of a job in the journal."""

    INTENT = "intent"  # about to be sent, or its process died just then
    REFUSED = "refused"  # nothing was spent
    UNKNOWN = "unknown"  # it may have been charged
    SUBMITTED = "submitted"  # the vendor has it
    ENDED = "ended"  # terminal, and not downloaded: `status` says whether it succeeded
    DELIVERED = "delivered"
    RELEASED = "released"
    FORGOTTEN = "forgotten"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One job: the result of all its events.

    `trouble` is why the last polls failed, empty when they did not. `owner` holds the job's lease
    until `leased_until`; None without a lease. `label` is the user's own name for the job, `labels`
    the user's own names and values for it, `order_key` the user's key of the order and
    `task_sha256` a fingerprint of the task that was requested under it. `dropped` are the fields
    that its backend could not honour. `generation` counts the owners of the lease: 1 for the first,
    0 where a journal of an earlier version has none.
    """

    job: str
    state: State
    backend: str
    task: dict[str, Any]  # not `object`: its decoder calls a hook for each value of one
    key: str
    created: datetime
    updated: datetime
    ticket: Ticket | None = None
    status: Status | None = None
    quoted: Money | None = None
    reserved: Money | None = None
    cost: Money | None = None
    refunded: bool = False
    reason: str = ""
    trouble: str = ""
    files: tuple[File, ...] = ()
    parent: str | None = None
    to: str | None = None
    overwrite: bool = False
    label: str | None = None
    dropped: tuple[str, ...] = ()
    owner: str | None = None
    leased_until: datetime | None = None
    generation: int = 0
    labels: dict[str, str] = {}
    order_key: str | None = None
    task_sha256: str | None = None

    @property
    def cursor(self) -> str:
        """Its place in the list of jobs, for `client.jobs(after=…)`: opaque text."""
        return encode_cursor(self.created, self.job)

    @property
    def lease(self) -> Lease | None:
        """The lease of the job; None without one."""
        if self.owner is None or self.leased_until is None:
            return None
        return Lease(
            job=self.job,
            owner=self.owner,
            generation=self.generation,
            expires=self.leased_until,
        )


class LeaseState(NamedTuple):
    """Who has a job, until when, and how often that changed: of its `Entry` only these."""

    owner: str | None
    leased_until: datetime | None
    generation: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter of a journal's jobs; fields that are None or empty match every job.

    Without `states` all but the forgotten ones match. `labels` must exist with these values.
    `backend` is a provider, or a provider with its model. `since` and `until` limit when the job
    was created: from the first on, and before the second. `text` occurs in a text of the task or in
    the label, case-insensitively. `limit` is the most jobs, and `after` the `cursor` of the job
    after which the list continues.
    """

    states: tuple[State, ...] | None = None
    labels: dict[str, str] = {}
    backend: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    limit: int | None = None
    after: str | None = None


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """An owner of leases, and its check whether another owner is alive.

    `name` is that of one process or worker, and of no other that uses the same journal. `alive` is
    called with the name of another owner that holds the lease of a job to claim. False says that it
    has ended: its job is claimed at once. For True and None (unknown) its lease is valid until it
    expires. A store may call it while it holds a lock, so it must be fast; an exception counts as
    None. The default checks whether a process that Segue has named still runs on this machine.
    """

    name: str
    alive: Callable[[str], bool | None] = process_alive


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right of `owner` to work on `job`, until it `expires` by the clock of the store.

    `generation` is a fencing token: it grows with every new owner. Events carry it, and a store
    refuses those of an earlier one, except a ticket.
    """

    job: str
    owner: str
    generation: int
    expires: datetime


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a time zone is taken as UTC."""
    if moment.tzinfo is UTC:
        return moment
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
