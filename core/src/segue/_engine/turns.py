"""How a flow waits for its turn: first among the jobs of its client, then among all who use the
account. Pure. One effect may take the place of this loop one day, answered by whoever runs the
flow; until then a permit of the shared pace is asked for in a `Work`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from segue._engine.backend import Backend
from segue._pace.store import Kind
from segue.flow import Flow, Now, sleep, work


def turn(
    backend: Backend,
    kind: Kind,
    job: str,
    clock: Now,
    *,
    due: float,
    patience: Callable[[float, Now], float],
) -> Flow[Now]:
    """Wait until `job` may go; its permit is taken then. Returns the clock's latest reading.

    `due` is when it would like to go, by the monotonic clock. `patience` is called with the
    seconds to wait before each sleep: it returns how long to sleep at most, or raises.
    """
    while (wait := (yield from _wait(backend, kind, job, due, clock))) > 0:
        clock = yield from sleep(patience(wait, clock))
    return clock


def _wait(backend: Backend, kind: Kind, job: str, due: float, clock: Now) -> Flow[float]:
    """0 when the permit is taken; else the seconds after which to ask again."""
    gate, sharing = backend.gate, backend.sharing
    wait = gate.turn(kind, job, due, clock.monotonic)
    if wait > 0 or sharing is None:
        return wait
    try:
        answer = yield from work(partial(sharing.permit, kind, job))
    except BaseException:  # it may be taken, and nobody will use it
        gate.unused(kind, job)
        raise
    if answer.wait > 0:
        gate.not_yet(kind, job, due, answer.wait, clock.monotonic)
        gate.paused_by_others(answer.pause, clock.monotonic)
    return answer.wait
