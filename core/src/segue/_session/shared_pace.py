"""A client's part in the shared rate limits of an account: it acquires permits, and reports events.

`_pace/turns.py` acquires permits in a thread. Events are reported soon after, in a thread of their
own or together with the next permit, so that no flow waits for that.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from functools import partial
from typing import TypeAlias

from segue._config.settings import expanded
from segue._effects.account import Account
from segue._pace.store import Kind, Notice, Pace, PermitRequest, Turn, What
from segue._process.forks import renewed_in_child
from segue._process.owner import new_owner
from segue.errors import JournalError, SegueError
from segue.journal import Journal
from segue.provider import Limits

logger = logging.getLogger("segue")

_SOON, _ALONE, _LATER = 0.05, 1.0, 5.0
"""Seconds within which an event is reported: one that releases a permit, the same while no other
process uses the account, and any other."""
_URGENT: tuple[What, ...] = ("paused", "failed")
_AGAIN = 60.0
"""Seconds after which an unusable store is tried again."""


Opened: TypeAlias = Callable[[], AbstractContextManager[Pace]]


def shared(
    journal: Journal | None, account: Account, limits: Limits, environ: Mapping[str, str]
) -> Sharing | None:
    """The account's part in the journal's store of permits, else in the file that `SEGUE_PACE`
    names, else in the usual one; None where that is `off`, and for an account without limits."""
    place = environ.get("SEGUE_PACE", "").strip()
    if limits == Limits():
        return None
    if isinstance(journal, Pace):
        return Sharing(partial(nullcontext, journal), account, limits)
    return None if place == "off" else Sharing(partial(_file, place), account, limits)


def _file(place: str) -> AbstractContextManager[Pace]:
    from segue._journal.permits import SqlitePace, usual_place  # noqa: PLC0415 - imported on use

    return closing(SqlitePace(expanded(place) if place else usual_place()))


class Sharing:
    """One account of a client in a store of permits, which `opened` returns on the first request.

    An unusable store is logged once, and the client applies its rate limits alone.
    """

    def __init__(self, opened: Opened, account: Account, limits: Limits) -> None:
        self._opened = opened
        self._open = ExitStack()
        self._pace: Pace | None = None
        self._account = account
        self._limits = limits
        self._complained = False
        self._begin()
        renewed_in_child(self)

    def _begin(self) -> None:
        self._owner = new_owner()
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, What, str, Kind, float]] = []
        self._due: float | None = None
        self._wakes: float | None = None  # when the running timer sends the pending events
        self._alone = False
        self._blind_until = 0.0

    def forked(self) -> None:
        """Drop the parent's pending events, which it reports itself."""
        self._begin()

    def permit(self, kind: Kind, job: str) -> Turn:
        """Acquire a permit, or return how long to wait for one. Blocks while others write: call it
        in a thread."""
        if time.monotonic() < self._blind_until:
            return Turn()
        notices, name = self._taken(), self._name()
        if name is None:
            return Turn()
        request = PermitRequest(
            account=name,
            kind=kind,
            job=job,
            owner=self._owner,
            limits=self._limits,
        )
        try:
            turn = self._store().permit(request, notices)
        except JournalError as error:
            self._complain(error)
            return Turn()
        self._alone = turn.alone
        return turn

    def heard(self, what: What, job: str, kind: Kind, seconds: float) -> None:
        """Report an event to other processes. Never blocks."""
        at = time.monotonic()
        with self._lock:
            self._waiting.append((at, what, job, kind, seconds))
            due = at + self._delay(what, kind)
            self._due = due if self._due is None else min(self._due, due)
            if self._wakes is None or self._wakes > self._due:
                self._wake(self._due)

    def _delay(self, what: What, kind: Kind) -> float:
        """The seconds within which an event is reported."""
        if what == "answered" and kind != "submit":
            return _LATER
        return _ALONE if self._alone and what not in _URGENT else _SOON

    def _wake(self, at: float) -> None:
        """Send pending events at that time, with the lock held. One thread sends many."""
        timer = threading.Timer(max(at - time.monotonic(), 0.0), self._woken, args=(at,))
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:  # too many threads, or the interpreter ends: with the next permit
            return
        self._wakes = at

    def close(self) -> None:
        """Send the pending events, and close the store."""
        self._report(self._taken())
        with self._lock:
            self._pace = None
            self._open.close()

    def _name(self) -> str | None:
        """The account's fingerprint; None without a key: then no process shares it, and requests
        that need it fail."""
        try:
            return self._account.fingerprint
        except SegueError:
            return None

    def _store(self) -> Pace:
        with self._lock:
            if self._pace is None:
                self._pace = self._open.enter_context(self._opened())
            return self._pace

    def _woken(self, at: float) -> None:
        with self._lock:
            if self._wakes != at:  # another timer was quicker
                return
            self._wakes = None
            if self._due is None:
                return
            if self._due > time.monotonic() + _SOON / 2:
                self._wake(self._due)
                return
        self._report(self._taken())

    def _taken(self) -> Sequence[Notice]:
        """The pending events, with the age of each in seconds."""
        with self._lock:
            waiting, self._waiting, self._due = self._waiting, [], None
        account = self._name() if waiting else None
        if account is None:
            return ()
        now = time.monotonic()
        return [
            Notice(
                what=what,
                account=account,
                owner=self._owner,
                job=job,
                kind=kind,
                ago=now - at,
                seconds=seconds,
            )
            for at, what, job, kind, seconds in waiting
        ]

    def _report(self, notices: Sequence[Notice]) -> None:
        if not notices or time.monotonic() < self._blind_until:
            return
        try:
            self._store().note(notices)
        except JournalError as error:
            self._complain(error)

    def _complain(self, error: JournalError) -> None:
        self._blind_until = time.monotonic() + _AGAIN
        if not self._complained:
            message = "the rate limits of %s are applied by this client alone, not shared: %s"
            logger.warning(message, self._account.provider, error)
        self._complained = True

    def __repr__(self) -> str:
        return f"Sharing({self._account!r})"
