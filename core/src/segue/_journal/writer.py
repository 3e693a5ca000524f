"""One thread for each open journal, which accesses its file for the tasks of event loops.

Tasks queue errands. The thread takes the whole queue, writes its changes in one transaction, and
then wakes each event loop once. Every waiting task is resumed, even when an errand, the thread or
its start fails. Threads of a program write directly (`group_commit.py`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from segue._journal.group_commit import Change, Commits, Freed, Pending
from segue._journal.lease import Heartbeat
from segue._process.forks import renewed_in_child
from segue.errors import JournalError
from segue.events import Intent

logger = logging.getLogger("segue")

IDLE = 10.0
"""Seconds without an errand after which the thread ends; the next errand starts another."""


class Loop(Protocol):
    """An event loop with waiting tasks."""

    def call_soon(self, function: Callable[[], object]) -> bool:
        """Call `function` in the loop, from any thread; False when the loop has ended."""
        ...


class Errand:
    """A journal operation of a task of `loop`: a change to write, or a function to call. `wake` is
    called in the loop when it is done."""

    __slots__ = ("error", "function", "loop", "over", "pending", "result", "wake")

    def __init__(
        self,
        loop: Loop,
        wake: Callable[[], object],
        *,
        change: Change | None = None,
        function: Callable[[], object] | None = None,
    ) -> None:
        self.loop, self.wake = loop, wake
        self.pending = None if change is None else Pending(change)
        self.function = function
        self.over = False
        self.error: BaseException | None = None
        self.result: object = None

    def run(self, function: Callable[[], object]) -> None:
        """Call its function."""
        try:
            self.result = function()
        except Exception as error:
            self.error = error
        self.over = True

    def ended(self) -> None:
        """Take over the outcome of its change; one that was not done has failed."""
        if self.pending is not None and self.pending.over:
            self.error = self.pending.error
        else:
            self.error = JournalError(
                "the journal's thread ended before it had finished",
                advice="look up the job, and try again",
            )
        self.over = True


class Writer:
    """The queue of errands, and the thread that runs while there are some."""

    def __init__(self, commits: Commits, heartbeat: Heartbeat) -> None:
        self._commits = commits
        self._heartbeat = heartbeat
        self.forked()
        renewed_in_child(self)

    def forked(self) -> None:
        """Start with an empty queue and no thread: both are the parent's."""
        self._more = threading.Condition()  # reentrant: a finalizer may end the thread
        self._queue: list[Errand] = []
        self._under_way: list[Errand] = []
        self._thread: threading.Thread | None = None
        self._closing = False

    def put(self, errand: Errand) -> None:
        """Queue an errand; return at once. Where no thread can be started, it is done here."""
        with self._more:
            self._closing = False
            self._queue.append(errand)
            if self._thread is not None:
                self._more.notify()
                return
            if self._started():
                return
            batch = self._taken()
        self._do(batch)

    def withdraw(self, errand: Errand) -> bool:
        """Remove an errand from the queue; False when it has started."""
        with self._more:
            try:
                self._queue.remove(errand)
            except ValueError:
                return False
            return True

    def close(self) -> None:
        """End the thread when it has nothing left to do; at the end of the interpreter, wait for
        that."""
        with self._more:
            self._closing = True
            self._more.notify()
            thread = self._thread
        if thread is not None and _exiting():
            thread.join()

    def _started(self) -> bool:
        thread = threading.Thread(target=self._work, name="segue journal", daemon=True)
        if _exiting():
            return False
        self._thread = thread
        try:
            thread.start()
        except BaseException as error:
            self._thread = None
            if not isinstance(error, RuntimeError):
                raise
            logger.warning("the journal is written without a thread of its own: %s", error)
            return False
        return True

    def _work(self) -> None:
        try:
            while batch := self._next():
                self._do(batch)
                batch = []  # hold no references while waiting
        finally:
            self._gone(threading.current_thread())

    def _next(self) -> list[Errand]:
        """The queued errands; empty ends the thread."""
        with self._more:
            if not self._queue and not self._closing:
                self._more.wait(IDLE)
            if not self._queue:
                self._thread = None
            return self._taken()

    def _taken(self) -> list[Errand]:
        """What waits by now; the lock is held."""
        self._under_way = taken = self._queue
        self._queue = []
        return taken

    def _do(self, batch: Sequence[Errand]) -> None:
        try:
            self._carry_out(batch)
        finally:
            self._answer(batch)

    def _carry_out(self, batch: Sequence[Errand]) -> None:
        changes = [errand.pending for errand in batch if errand.pending is not None]
        if changes:
            self._write(changes)
        for errand in batch:
            if errand.function is not None:
                errand.run(errand.function)

    def _write(self, batch: Sequence[Pending]) -> None:
        for pending in batch:
            if isinstance(pending.change, Freed):
                self._heartbeat.drop(pending.change.job, pending.change.owner)
        self._commits.write_all(batch)
        for pending in batch:
            if pending.error is None and isinstance(pending.change, Intent):
                self._heartbeat.hold(pending.change.job, pending.change.owner)

    def _answer(self, batch: Sequence[Errand]) -> None:
        """Wake each loop once for all of its waiting tasks."""
        loops: dict[Loop, list[Errand]] = {}
        for errand in batch:
            if not errand.over:
                errand.ended()
            loops.setdefault(errand.loop, []).append(errand)
        for loop, errands in loops.items():
            try:
                loop.call_soon(partial(_wake, errands))
            except Exception:
                logger.exception("an event loop could not be woken")
        self._under_way = []

    def _gone(self, thread: threading.Thread) -> None:
        """Resume the tasks that wait for a dead thread, and start another for the rest."""
        with self._more:
            if self._thread is not thread:
                return  # it ended with nothing left to do
            self._thread = None
            left = self._under_way
            again = self._taken() if self._queue and not self._started() else []
        self._answer(left)
        if again:
            self._do(again)


def _wake(errands: Sequence[Errand]) -> None:
    for errand in errands:
        errand.wake()


def _exiting() -> bool:
    """Whether the interpreter ends: threads are no longer waited for, and none should begin."""
    return not threading.main_thread().is_alive()
