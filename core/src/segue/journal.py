"""The journal: every job ever submitted, written down before money is spent.

`Journal` is the interface, so that another store can take the place of the SQLite file. What such
a store needs besides is here: `apply` for its `write`, `granted` for its `claim`, `counted` for its
`spent`, and `resolve` for its `entry`. `segue.testing.memory_journal` is one in a hundred lines.
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
    """A store for events, and what they amount to. It is called from any thread, and by several
    processes at once.

    A journal written for the protocol of 0.1.0 goes on working. It has no `find`, and its
    `claim(job, owner, now)` takes the name of an owner and the caller's clock, and returns the
    name of the live owner who has the lease, or None.
    """

    def write(self, event: Event) -> None:
        """Keep `event`; return once it would survive a crash.

        What becomes of the job, and what is raised with nothing written, is for `apply` to say.
        An `Intent` takes the job's lease for its `owner`.
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
        """One job, by its name or an unambiguous beginning of it; else `UnknownJob`. For people:
        core's own flows use `find`."""
        ...

    def claim(self, job: str, owner: Owner) -> Lease:
        """Take the job's lease for `owner`, or renew it, by the clock of the store.

        Raises `JobBusy` while another owner has it, and `UnknownJob`; `granted` has the rules.
        """
        ...

    def unclaim(self, job: str, owner: str) -> None:
        """Give the lease back, if the owner of that name has it."""
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
