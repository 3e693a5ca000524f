"""The running event loop, and objects that must be closed before it ends.

Connections, events and locks of a loop can be used in no other loop, and cannot be closed after the
loop has ended.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable

import anyio
from anyio.lowlevel import RunVar


class Loop:
    """Stands for a running event loop of asyncio or trio, and lives as long as that does."""

    __slots__ = ("__weakref__", "_soon", "under_asyncio")

    def __init__(self) -> None:
        self.under_asyncio = _under_asyncio()
        self._soon = _asyncio_soon() if self.under_asyncio else _trio_soon()

    def call_soon(self, function: Callable[[], object]) -> bool:
        """Call `function` in the loop, from any thread; False when the loop has ended. A stopped
        loop may never call it."""
        return self._soon(function)


_RUNNING: RunVar[Loop] = RunVar("segue_loop")


def running_loop() -> Loop:
    """The loop that runs now: always the same object for the same loop."""
    try:
        return _RUNNING.get()
    except LookupError:
        loop = Loop()
        _RUNNING.set(loop)
        return loop


class EndsWithLoop:
    """Awaits `close` when the running loop shuts down, or when this is dropped.

    It uses an asynchronous generator, which loops close. `asyncio.run`, `trio.run`,
    `anyio.run` and every server do so; a loop that is stopped in any other way closes nothing.
    """

    def __init__(self, close: Callable[[], Awaitable[object]]) -> None:
        self._generator = _until_closed(close)
        step = self._generator.__anext__()
        try:
            step.send(None)
        except StopIteration:
            pass  # it is started, and waits at its `yield`
        finally:
            step.close()

    async def closed(self) -> None:
        """Close now."""
        await self._generator.aclose()


async def _until_closed(close: Callable[[], Awaitable[object]]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            await close()


def _asyncio_soon() -> Callable[[Callable[[], object]], bool]:
    found = weakref.ref(asyncio.get_running_loop())  # which holds this object

    def soon(function: Callable[[], object]) -> bool:
        loop = found()
        try:
            if loop is not None:
                loop.call_soon_threadsafe(function)
        except RuntimeError:  # it is closed
            return False
        return loop is not None

    return soon


def _trio_soon() -> Callable[[Callable[[], object]], bool]:
    import trio  # noqa: PLC0415 - it runs: anyio knows no other loop

    token = trio.lowlevel.current_trio_token()

    def soon(function: Callable[[], object]) -> bool:
        try:
            token.run_sync_soon(function)
        except trio.RunFinishedError:
            return False
        return True

    return soon


def _under_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
