"""Run a function in a thread from an event loop, and always wait for its end.

A thread cannot be stopped. So a cancelled task waits until it has ended: its file is written
completely or not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

_NAP = 0.005
"""Seconds between two checks of a thread that is no longer awaited."""


async def to_its_end(
    function: Callable[[], T],
    *,
    anyhow: bool = False,
    hurry: Callable[[], object] | None = None,
) -> T:
    """Run `function` in a thread, which has ended when this returns or raises.

    A task that is cancelled before it starts does not run it, unless `anyhow`. `hurry` is called
    when a started function is no longer wanted.
    """
    errand = _Errand(function)
    try:
        with anyio.CancelScope(shield=anyhow):
            await anyio.to_thread.run_sync(errand.run, abandon_on_cancel=hurry is not None)
    except BaseException:
        # asyncio's own `Task.cancel` ignores shields, and does not wait for the thread
        if errand.abandoned(anyhow=anyhow):
            if hurry is not None:
                hurry()
            await _ended(errand)
        raise
    return errand.result()


class _Errand(Generic[T]):
    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._started = self._unwanted = False
        self._came: list[T] = []
        self._error: BaseException | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        """Run the function, unless it is no longer wanted."""
        with self._lock:
            if self._unwanted or self._started:
                return
            self._started = True
        try:
            self._came.append(self._function())
        except BaseException as error:
            self._error = error
        finally:
            self.ended.set()

    def abandoned(self, *, anyhow: bool) -> bool:
        """Whether the function has started or will; if not, it never will."""
        with self._lock:
            started = self._started
            self._unwanted = not started and not anyhow
        if anyhow and not started:
            self._run_elsewhere()
        return started or anyhow

    def _run_elsewhere(self) -> None:
        try:
            threading.Thread(target=self.run, name="segue").start()
        except RuntimeError:  # too many threads, or the interpreter is ending
            self.run()

    def result(self) -> T:
        """Its return value, or raise its exception."""
        error, self._error = self._error, None
        if error is not None:
            raise error
        return self._came[0]


async def _ended(errand: _Errand[T]) -> None:
    while not errand.ended.is_set():
        try:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(_NAP)
        except anyio.get_cancelled_exc_class():  # repeated: the first one counts
            continue
