"""Run an asset's maker in a thread, and stop it when the file is no longer wanted."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio
import anyio.from_thread
import anyio.to_thread
import msgspec

from segue._files.atomic import Landing
from segue._process.threads import to_its_end
from segue.flow import Save
from segue.job import Saved


async def made_in_thread(effect: Save, limit: int) -> Saved:
    """Let a maker work in a thread; when the wait for it is cancelled, stop it and see it end."""
    stop, ended = threading.Event(), threading.Event()

    def report(fraction: float) -> None:
        if stop.is_set():
            raise _Abandoned
        if effect.report is not None:
            anyio.from_thread.run_sync(effect.report, fraction)

    def make() -> Saved:
        try:
            with Landing(
                msgspec.structs.replace(effect, report=report), limit=limit, stop=stop
            ) as landing:
                return landing.make()
        finally:
            ended.set()

    try:
        return await anyio.to_thread.run_sync(make, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        stop.set()
        with anyio.CancelScope(shield=True):
            while not ended.is_set():
                await anyio.sleep(0.01)
        raise


@asynccontextmanager
async def landing_beside(effect: Save, limit: int) -> AsyncIterator[Landing]:
    """A landing that is opened and closed in a thread, and written to in threads: its reports come
    back into the loop."""
    if effect.report is not None:
        effect = msgspec.structs.replace(effect, report=_in_loop(effect.report))
    opened: list[Landing] = []
    try:
        await to_its_end(lambda: opened.append(Landing(effect, limit=limit)))
        yield opened[0]
    finally:
        for landing in opened:
            if not landing.closed:
                await to_its_end(partial(landing.__exit__, None, None, None), anyhow=True)


async def finished_beside(landing: Landing) -> Saved:
    """Finish a landing and close it, in one thread."""
    return await to_its_end(partial(_finished, landing), hurry=landing.stop)


def _finished(landing: Landing) -> Saved:
    with landing:
        return landing.finish()


def _in_loop(report: Callable[[float], None]) -> Callable[[float], None]:
    return lambda fraction: anyio.from_thread.run_sync(report, fraction)


class _Abandoned(Exception):
    """The file is no longer wanted."""
