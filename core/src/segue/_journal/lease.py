"""Leases of jobs, so that no two processes work on the same one.

A lease lasts `LEASE` and is renewed every `BEAT` by a daemon thread of the process that holds it.
It ends early when that process is known to be dead.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from segue._journal.entry import Entry, Lease, Owner, utc
from segue._process.owner import described, process_alive
from segue.errors import JobBusy, JournalError, LeaseLost
from segue.events import Event, Submitted

LEASE = timedelta(seconds=60)
_SKEW = timedelta(minutes=10)
BEAT = 15.0
"""Seconds between two renewals."""

_log = logging.getLogger("segue")


def granted(entry: Entry, owner: Owner, *, now: datetime) -> Lease:
    """Return the lease of a job for `owner`, acquired or renewed at `now`, the clock of the store.
    Its generation grows with a new owner.

    Raises `JobBusy` while another owner holds the lease. A store calls this in the transaction in
    which it writes the lease into the entry: `owner`, `leased_until` and `generation`.
    """
    if not available(entry.owner, entry.leased_until, owner.name, utc(now), alive=owner.alive):
        raise busy(entry.job, entry.owner or "")
    return Lease(
        job=entry.job,
        owner=owner.name,
        generation=entry.generation + (entry.owner != owner.name),
        expires=utc(now) + LEASE,
    )


def available(
    held_by: str | None,
    until: datetime | None,
    owner: str,
    now: datetime,
    *,
    alive: Callable[[str], bool | None] = process_alive,
) -> bool:
    """Whether `owner` may acquire a lease that another may hold until then.

    One that lasts longer than `LEASE` was acquired with a wall clock that has jumped since.
    """
    if held_by is None or held_by == owner or until is None:
        return True
    return not now < until <= now + LEASE + _SKEW or _ended_owner(held_by, alive)


def check_generation(entry: Entry, event: Event) -> None:
    """Raise `LeaseLost` for an event of a lost lease, except a ticket, which is always recorded."""
    if isinstance(event, Submitted) or event.generation is None:
        return
    if entry.generation > event.generation:
        raise lost(event.job, entry.owner)


def busy(job: str, owner: str) -> JobBusy:
    """The error for a job whose lease another owner holds."""
    error = JobBusy(
        f"another process is waiting for job {job}: {described(owner)}",
        advice="let it finish, or end it first",
    )
    error.owner = owner
    return error


def lost(job: str, owner: str | None) -> LeaseLost:
    """The error for a job that another process has claimed."""
    who = f": {described(owner)}" if owner else ", and has released it since"
    error = LeaseLost(
        f"another process works on job {job} now{who}; this one could not renew its lease in time,"
        " and has stopped",
        advice=f"wait for it there, or resume it here: client.resume({job!r})",
    )
    error.owner = owner
    return error


def _ended_owner(owner: str, alive: Callable[[str], bool | None]) -> bool:
    """Whether that owner is known to have ended; False when the liveness check fails."""
    try:
        return alive(owner) is False
    except Exception as error:  # the program's own function, which may raise anything
        _log.warning("whether %s is alive could not be determined: %r", described(owner), error)
        return False


class Heartbeat:
    """Renews the leases of one journal every `BEAT`, until none is left: a series of jobs uses one
    thread.

    `renew(owners)` is a bound method, referenced weakly. The thread keeps neither it nor the
    process alive. A forked child has no leases: they stay its parent's.
    """

    def __init__(self, renew: Callable[[Collection[str]], None]) -> None:
        self._renew = weakref.WeakMethod(renew)
        self._pid = os.getpid()
        self._lock = threading.RLock()  # a finalizer may stop it in the middle of a beat
        self._held: dict[str, str] = {}  # owners by job
        self._stop = _ended()  # the thread's; set when there is no thread

    def hold(self, job: str, owner: str) -> None:
        """Renew that lease from now on."""
        self._notice_fork()
        with self._lock:
            self._held[job] = owner
            if self._stop.is_set():
                self._start()

    def _start(self) -> None:
        stop = threading.Event()
        thread = threading.Thread(target=self._beat, args=(stop,), name="segue leases", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # too many threads, or the interpreter is ending
            _log.warning("the leases of running jobs are not renewed: %s", error)
        else:
            self._stop = stop

    def drop(self, job: str, owner: str) -> None:
        """Stop renewing that lease."""
        self._notice_fork()
        with self._lock:
            if self._held.get(job) == owner:
                del self._held[job]

    def stop(self) -> None:
        """Stop renewing; the leases expire."""
        self._notice_fork()
        with self._lock:
            self._held.clear()
            self._stop.set()

    def _notice_fork(self) -> None:
        if self._pid != os.getpid():
            self._pid, self._lock = os.getpid(), threading.RLock()
            self._held, self._stop = {}, _ended()

    def _beat(self, stop: threading.Event) -> None:
        while not stop.wait(BEAT):
            owners, renew = self._due(stop), self._renew()
            if not owners or renew is None:
                return
            try:
                renew(owners)
            except JournalError as error:
                _log.warning("cannot renew the leases of running jobs: %s", error)
            del renew  # else waiting for the next beat would keep the journal alive

    def _due(self, stop: threading.Event) -> frozenset[str]:
        """The owners to renew for; empty ends the thread."""
        with self._lock:
            if not self._held:
                stop.set()
            return frozenset(self._held.values())


def _ended() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
