"""The journal for the tasks of an event loop, without blocking the loop.

A `SqliteJournal` has one thread for all tasks (`_journal/writer.py`). The methods of any other
journal are called in a worker thread.
"""

from __future__ import annotations

from collections.abc import Callable

import anyio
import anyio.lowlevel
import anyio.to_thread

from segue._http.announced import Undertaking
from segue._journal.group_commit import Change, Freed
from segue._journal.writer import Errand, Writer
from segue._process.event_loops import running_loop
from segue._process.threads import to_its_end
from segue.events import Event, Intent
from segue.flow import Unclaim


async def write(writer: Writer, event: Event, undertaking: Undertaking) -> None:
    """Write an event, and return once it is durable. It is written even when the task is cancelled,
    except an intent whose write has not started."""
    change = _Waiting(change=event)
    undertaking.announced(event)
    try:
        await change.done(writer, anyhow=not isinstance(event, Intent))
    finally:
        (undertaking.recorded if change.succeeded else undertaking.dropped)(event)


async def free(writer: Writer, effect: Unclaim, undertaking: Undertaking) -> None:
    """Release a lease, even when the task is cancelled."""
    undertaking.claiming(effect)
    await _Waiting(change=Freed(effect.job, effect.owner.name)).done(writer, anyhow=True)


async def call(writer: Writer | None, function: Callable[[], object], *, reads: bool) -> object:
    """Call a function that uses the journal. One that only `reads` may outlive its task."""
    if writer is not None:
        return await _Waiting(function=function).done(writer, anyhow=False)
    if reads:
        return await anyio.to_thread.run_sync(function)
    return await to_its_end(function)


class _Waiting:
    """An errand of the running task."""

    def __init__(
        self, *, change: Change | None = None, function: Callable[[], object] | None = None
    ) -> None:
        self._over = anyio.Event()
        self._errand = Errand(running_loop(), self._over.set, change=change, function=function)

    @property
    def succeeded(self) -> bool:
        """Whether it is done without an error."""
        return self._errand.over and self._errand.error is None

    async def done(self, writer: Writer, *, anyhow: bool) -> object:
        """Its result. A cancelled task withdraws an errand that has not started, unless `anyhow`,
        and waits for a started one."""
        if not anyhow:
            await anyio.lowlevel.checkpoint_if_cancelled()
        writer.put(self._errand)
        try:
            await self._over.wait()
        except GeneratorExit:  # the loop has ended: nothing can be awaited
            if not anyhow:
                writer.withdraw(self._errand)
            raise
        except BaseException:
            if anyhow or not writer.withdraw(self._errand):
                await self._ended()
            raise
        if self._errand.error is not None:
            raise self._errand.error
        return self._errand.result

    async def _ended(self) -> None:
        while not self._over.is_set():
            try:
                with anyio.CancelScope(shield=True):
                    await self._over.wait()
            except anyio.get_cancelled_exc_class():  # repeated: the first one counts
                continue
