"""The sandbox that cassettes are recorded from: its time goes on by request, not by the clock,
so that the same story gives the same recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version

import msgspec
from sandboxes import on_loopback

from segue.testing.cassettes import Sandbox
from segue_sandbox.audio import blip
from segue_sandbox.clock import Clock, Dial
from segue_sandbox.faults import Plan
from segue_sandbox.vendors import STANDS, Setting, Stand, served

from .recordings import Recording, Shelf

SEED = 1


class Steps(Clock):
    """A clock that each look at it puts forward by `step` seconds."""

    def __init__(self, step: float) -> None:
        self.dial = Dial()
        self._now, self._step = 0.0, step

    def now(self) -> float:
        self._now += self._step
        return self._now


@contextmanager
def opened(stand: Stand, told: Recording) -> Iterator[str]:
    """The vendors on loopback; yields the address of one of them."""
    setting = Setting(seed=SEED, job_seconds=(told.seconds, told.seconds), sound=blip)
    plan = Plan.read(msgspec.json.encode([*told.cut, *told.faults]), SEED)
    with on_loopback(served(setting, Steps(told.step), plan=plan)) as origin:
        yield f"{origin}{stand.prefix}{stand.base}"


def sandbox(shelf: Shelf, told: Recording) -> Sandbox:
    """The vendor as one story needs it."""
    stand = next(one for one in STANDS if one.prefix.split("/")[1] == shelf.name)
    return Sandbox(
        title=f"Segue's sandbox {version('segue-sandbox')}",
        opened=partial(opened, stand, told),
        key=told.key or shelf.key,
        hosts=shelf.hosts,
    )
