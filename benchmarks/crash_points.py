"""Every crash point of many seeds: run k effects of a job's life, die, resume from the journal."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from typing import Any

from benchmarks.quiet import quiet
from segue.flow import Call, Claim, Effect, Record, Unclaim
from segue.testing.hush import Hush
from segue.testing.hush_vendor import HushVendor
from segue.testing.simulation import Died, Life, Simulation


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--seeds", type=int, default=50)


@quiet()
def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Kill the process before and after each effect, for each kind of vendor and seed."""
    tally: Counter[str] = Counter()
    for seed in range(chosen.seeds):
        for settles in (False, True):
            for k in range(1, _length(seed, settles) + 1):
                for after in (False, True):
                    _die_at(seed, k, tally, settles=settles, after=after)
    return dict(tally)


def _length(seed: int, settles: bool) -> int:
    simulation = _Mortal(seed, 10**9, settles=settles, after=False)
    simulation.run(1)
    return simulation.effects


def _die_at(seed: int, k: int, tally: Counter[str], *, settles: bool, after: bool) -> None:
    simulation = _Mortal(seed, k, settles=settles, after=after)
    report = simulation.run(1)
    tally["crash points tried"] += 1
    tally["delivered"] += report.delivered
    tally["outcome unknown"] += report.doubtful
    tally["lost"] += report.lost
    tally["charged twice"] += report.double_charged


class _Mortal(Simulation):
    """Its first process dies at its kth effect."""

    def __init__(self, seed: int, k: int, *, settles: bool, after: bool) -> None:
        super().__init__(HushVendor(seed=seed, settles=settles), Hush(settles=settles), seed=seed)
        self.effects = 0
        self._k, self._after = k, after

    def _perform(self, life: Life, effect: Effect) -> Callable[[], Effect] | None:
        self.effects += 1
        if self.effects != self._k:
            return super()._perform(life, effect)
        if self._after and isinstance(effect, Call):
            self._vendor_reply(effect)
        if self._after and isinstance(effect, Record | Claim | Unclaim):
            self._store.done(effect)
        raise Died
