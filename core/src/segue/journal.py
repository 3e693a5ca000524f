"""The journal: every job ever submitted, written down before money is spent.

`Journal` is the interface, so that another store can take the place of the SQLite file in
`_journal/sqlite.py`. It is called from any thread, and by several processes at once.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from segue._data.cursor import encode_cursor
from segue._pace.store import Notice, Pace, PermitRequest, Turn
from segue.events import Budget, Event, File
from segue.job import Status, Ticket
from segue.money import Money

__all__ = [
    "Action", "Entry", "Filter", "Journal", "Notice", "Pace", "Permit", "PermitRequest",
    "Searchable", "State", "Turn", "next_actions",
]  # fmt: skip

Permit = PermitRequest
"""The earlier name; `segue.flow.Permit` is the effect."""


class State(enum.Enum):
    """Where a job stands in the journal."""

    INTENT = "intent"  # about to be sent, or its process died just then
    REFUSED = "refused"  # nothing was spent
    UNKNOWN = "unknown"  # it may have been charged
    SUBMITTED = "submitted"  # the vendor has it
    ENDED = "ended"  # terminal; not brought home: `status` says whether there is something
    DELIVERED = "delivered"
    RELEASED = "released"
    FORGOTTEN = "forgotten"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One job, as all its events together tell it.

    `trouble` is why the last looks at it failed, empty when they did not. `owner` holds the job's
    lease until `leased_until`; None when nobody works on it. `label` is the user's own name for the
    job, `labels` the user's own names and values for it, `order_key` the user's key of the order
    and `task_sha256` a fingerprint of the task that was requested under it. `dropped` are the
    fields that its backend could not honour. `generation` counts how often the
    lease has changed hands: 1 for who began the job, 0 where a journal of an earlier version does
    not know.
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


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs of a journal are wanted; what is None or empty allows every job.

    `states` without any means all but the forgotten ones. `labels` have to be there with these
    values. `backend` is a provider, or a provider with its model. `since` and `until` limit when
    the job was created: from the first on, and before the second. `text` occurs in a text of the
    task or in the label, whatever its case. `limit` is the most jobs, and `after` the `cursor` of
    the job that the list goes on behind.
    """

    states: tuple[State, ...] | None = None
    labels: dict[str, str] = {}
    backend: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    limit: int | None = None
    after: str | None = None


class Action(enum.Enum):
    """What can be done next with a job; each face says it in its own words."""

    RESUME = "resume"  # wait for it, or download what is missing: `client.resume`
    CANCEL = "cancel"  # stop it with its vendor
    SUBMIT_AGAIN = "submit_again"  # it may have been charged: `client.resume(submit_again=True)`
    REPEAT = "repeat"  # submit the same task as a new job
    FORGET = "forget"  # list it no more: `client.forget`


def next_actions(entry: Entry, *, held: bool = False, cancels: bool = False) -> tuple[Action, ...]:
    """What makes sense next for a job, the most useful first; nothing while it is `held` by a
    process that works on it. `cancels` says whether its backend can stop a job."""
    repeat = (Action.REPEAT,) if entry.task else ()
    match entry.state:
        case _ if held or entry.state is State.FORGOTTEN:
            return ()
        case State.INTENT | State.UNKNOWN:
            return (Action.FORGET, Action.SUBMIT_AGAIN)
        case State.SUBMITTED:
            return (Action.RESUME, Action.CANCEL) if cancels else (Action.RESUME,)
        case State.ENDED if entry.status is Status.SUCCEEDED:
            return (Action.RESUME, Action.FORGET)
        case State.DELIVERED if not (entry.files and all(f.path.exists() for f in entry.files)):
            return (Action.RESUME, *repeat, Action.FORGET)
        case _:
            return (*repeat, Action.FORGET)


class Journal(Protocol):
    """A store for events, and what they amount to."""

    def write(self, event: Event) -> None:
        """Keep `event`; return once it would survive a crash.

        An `Intent` takes the job's lease for its `owner`, and raises `SpendingRefused`, with
        nothing written, when it does not fit within one of its budgets; `JobExists` when another
        has submitted a job of that name. An event from a lease that was lost raises `LeaseLost`.
        """
        ...

    def entries(
        self,
        *,
        states: Collection[State] | None = None,
        parent: str | None = None,
        limit: int | None = None,
    ) -> Sequence[Entry]:
        """Jobs, newest first; without `states` all but the forgotten ones."""
        ...

    def entry(self, job: str) -> Entry:
        """One job, by its name or an unambiguous beginning of it; else `UnknownJob`."""
        ...

    def claim(self, job: str, owner: str, now: datetime) -> str | None:
        """Take the job's lease for `owner`, or renew it: None, or the live owner who has it.

        Whenever it changes hands, its generation grows by one. `now` is the caller's clock: the
        machine's own, which a file shares with its users. A store of several machines goes by its
        own clock instead.
        """
        ...

    def unclaim(self, job: str, owner: str) -> None:
        """Give the lease back, if `owner` has it."""
        ...

    def spent(self, budget: Budget) -> Money:
        """What counts against a budget: bills, and what is reserved for jobs without one."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...


class Searchable(Protocol):
    """What a `Journal` may have besides; without it, core filters all that `entries` returns."""

    def search(self, wanted: Filter) -> Sequence[Entry]:
        """The jobs that are wanted, newest first."""
        ...
