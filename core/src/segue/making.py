"""An asset's maker, at work in a thread: told of nothing but its target, stopped when unwanted."""

from __future__ import annotations

import threading

import anyio
import anyio.from_thread
import anyio.to_thread
import msgspec

from segue.flow import Save
from segue.job import Saved
from segue.landing import Landing


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
            with Landing(msgspec.structs.replace(effect, report=report), limit=limit) as landing:
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


class _Abandoned(Exception):
    """Nobody waits for this file any more."""
