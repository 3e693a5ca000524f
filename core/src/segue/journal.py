"""The journal: a record of every job, written before money is spent.

`Journal` is the interface, so that another store can replace the SQLite file. Such a store
implements its `write` with `apply`, its `claim` with `granted`, its `spent` with `counted`, and its
`entry` with `resolve`. `segue.testing.memory_journal` is one in a hundred lines.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from typing import Protocol

from segue._journal.apply import apply
from segue._journal.budget import counted
from segue._journal.entry import Entry, Filter, Lease, Owner, State
from segue._journal.lease import LEASE, granted
from segue._journal.lookup import resolve
from segue._pace.store import Notice, Pace, PermitRequest, Turn
from segue._process.owner import process_alive
from segue.events import Budget, Event
from segue.job import Status
from segue.money import Money

__all__ = [
    "LEASE", "Action", "Entry", "Filter", "Journal", "Lease", "Notice", "Owner", "Pace", "Permit",
    "PermitRequest", "Searchable", "State", "Turn", "apply", "counted", "granted", "next_actions",
    "process_alive", "resolve",
]  # fmt: skip

Permit = PermitRequest
"""The earlier name; `segue.flow.Permit` is the effect."""


class Action(enum.Enum):
    """What can be done next with a job; each interface shows it in its own words."""

    RESUME = "resume"  # wait for it, or download what is missing: `client.resume`
    CANCEL = "cancel"  # stop it with its vendor
    SUBMIT_AGAIN = "submit_again"  # it may have been charged: `client.resume(submit_again=True)`
    REPEAT = "repeat"  # submit the same task as a new job
    FORGET = "forget"  # hide it from lists: `client.forget`


def next_actions(entry: Entry, *, held: bool = False, cancels: bool = False) -> tuple[Action, ...]:
    """The actions that apply to a job, the most useful first; none while its lease is `held` by a
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
    """A store of events and the resulting entries. Its methods are called from any thread, and by
    several processes at once.

    A journal written for the protocol of 0.1.0 still works. It has no `find`, and its `claim(job,
    owner, now)` takes the name of an owner and the caller's clock, and returns the name of the live
    owner that holds the lease, or None.
    """

    def write(self, event: Event) -> None:
        """Record `event`; return once it would survive a crash.

        `apply` returns the resulting entry, or raises, and then nothing is written. An `Intent`
        acquires the job's lease for its `owner`.
        """
        ...

    def find(self, job: str) -> Entry | None:
        """The job of exactly that name; None when there is none."""
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
        """One job by its name or a unique prefix of it; raises `UnknownJob`. For people: core's own
        flows use `find`."""
        ...

    def claim(self, job: str, owner: Owner) -> Lease:
        """Acquire the job's lease for `owner`, or renew it, by the clock of the store.

        Raises `JobBusy` while another owner holds it, and `UnknownJob`; `granted` has the rules.
        """
        ...

    def unclaim(self, job: str, owner: str) -> None:
        """Release the lease, if the owner of that name holds it."""
        ...

    def spent(self, budget: Budget) -> Money:
        """The sum that counts against a budget: bills, and reservations of jobs without one."""
        ...

    def close(self) -> None:
        """Close the store."""
        ...


class Searchable(Protocol):
    """An optional method of a `Journal`; without it, core filters the result of `entries`."""

    def search(self, wanted: Filter) -> Sequence[Entry]:
        """The jobs that match, newest first."""
        ...
