"""Leases: who works on a job right now, so that no two processes bring the same one home.

A lease lasts `LEASE` and is renewed every `BEAT` by a daemon thread of the process that holds
it. It ends early when that process is known to be dead.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from segue.errors import JournalError, LeaseLost

LEASE = timedelta(seconds=60)
_SKEW = timedelta(minutes=10)
BEAT = 15.0
"""Seconds between two renewals."""

_log = logging.getLogger("segue")


def new_owner() -> str:
    """A name for who works on jobs here: `host:pid:process start time:random`."""
    pid = os.getpid()
    return f"{_host()}:{pid}:{_started(pid) or ''}:{secrets.token_hex(4)}"


def available(held_by: str | None, until: datetime | None, owner: str, now: datetime) -> bool:
    """Whether `owner` may take a lease that somebody may hold until then.

    One that lasts longer than a lease can was taken by a wall clock that has jumped since.
    """
    if held_by is None or held_by == owner or until is None:
        return True
    return not now < until <= now + LEASE + _SKEW or gone(held_by)


def gone(owner: str) -> bool:
    """Whether the owner's process is known to be dead; False where that cannot be told."""
    host, _, rest = owner.rpartition(":")[0].partition(":")
    pid, _, started = rest.partition(":")
    if host != _host() or not pid.isdecimal() or not int(pid):
        return False
    now_started = _started(int(pid))
    if now_started and started:
        return now_started != started
    return not _running(int(pid))


def described(owner: str) -> str:
    """The owner for people: `process 4711 on studio`."""
    host, _, rest = owner.partition(":")
    return f"process {rest.partition(':')[0]} on {host.partition('/')[0]}" if rest else owner


def lost(job: str, owner: str | None) -> LeaseLost:
    """The error for a job that another process has taken over."""
    who = f": {described(owner)}" if owner else ", and has let go of it since"
    return LeaseLost(
        f"another process works on job {job} now{who}; this one could not renew its lease in time,"
        " and has stopped",
        advice=f"wait for it there, or take it over once more: client.resume({job!r})",
    )


class Heartbeat:
    """Renews what one journal holds, every `BEAT`, until it finds that nothing is held: who has
    one job after the other needs no thread for each.

    `renew(owners)` is a bound method, kept weakly. The thread keeps neither it nor the process
    alive. A forked child holds nothing: the leases stay its parent's.
    """

    def __init__(self, renew: Callable[[Collection[str]], None]) -> None:
        self._renew = weakref.WeakMethod(renew)
        self._pid = os.getpid()
        self._lock = threading.RLock()  # a finalizer may stop it in the middle of a beat
        self._held: dict[str, str] = {}  # owners by job
        self._stop = _ended()  # the thread's; when it is set, there is no thread

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
        """Renew that lease no more."""
        self._notice_fork()
        with self._lock:
            if self._held.get(job) == owner:
                del self._held[job]

    def stop(self) -> None:
        """Renew nothing any more; the leases end when their time has come."""
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
            del renew  # or the wait for the next beat would keep the journal alive

    def _due(self, stop: threading.Event) -> frozenset[str]:
        """For whom to renew; for nobody, and the thread has ended from here on."""
        with self._lock:
            if not self._held:
                stop.set()
            return frozenset(self._held.values())


def _ended() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@cache
def _host() -> str:
    """This computer; on Linux also the space of process ids that a container may have."""
    space = ""
    with contextlib.suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    return f"{socket.gethostname()}/{space}".rstrip("/").replace(":", "_")


def _started(pid: int) -> str | None:
    """When a process started, in ticks since boot (proc_pid_stat(5)); None if that is unknown.

    A dead process that its parent has not waited for yet is given no time that any owner has.
    """
    try:
        told = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return "dead" if told[0] in (b"Z", b"X") else told[19].decode()
    except (OSError, IndexError):
        return None


def _running(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill would end it; the lease's own end must do
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it runs as another user
    except OverflowError:
        return False
    return True
