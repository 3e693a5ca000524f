"""Work in a thread, beside an event loop, that is seen to its end whatever happens to the task.

A thread cannot be stopped. So who is cancelled waits until it has ended, and only then goes: what
it was writing is written or not, and never half.
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
    """Run `function` in a thread; one that was started has ended when this returns or raises.

    A task that is cancelled before it begins does not run it, unless `anyhow`. `hurry` is called
    when what was started is no longer wanted.
    """
    errand = _Errand(function)
    try:
        with anyio.CancelScope(shield=anyhow):
            await anyio.to_thread.run_sync(errand.run, abandon_on_cancel=hurry is not None)
    except BaseException:
        # asyncio's own `Task.cancel` knows of no shield, and does not wait for the thread
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
        self._begun = self._unwanted = False
        self._came: list[T] = []
        self._error: BaseException | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        """Do it, unless it is no longer wanted."""
        with self._lock:
            if self._unwanted or self._begun:
                return
            self._begun = True
        try:
            self._came.append(self._function())
        except BaseException as error:
            self._error = error
        finally:
            self.ended.set()

    def abandoned(self, *, anyhow: bool) -> bool:
        """Whether there is something to wait for; if not, it will never begin."""
        with self._lock:
            begun = self._begun
            self._unwanted = not begun and not anyhow
        if anyhow and not begun:
            self._run_elsewhere()
        return begun or anyhow

    def _run_elsewhere(self) -> None:
        try:
            threading.Thread(target=self.run, name="segue").start()
        except RuntimeError:  # too many threads, or the interpreter is ending
            self.run()

    def result(self) -> T:
        """What came of it."""
        error, self._error = self._error, None
        if error is not None:
            raise error
        return self._came[0]


async def _ended(errand: _Errand[T]) -> None:
    while not errand.ended.is_set():
        try:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(_NAP)
        except anyio.get_cancelled_exc_class():  # once more: the first time counts
            continue
