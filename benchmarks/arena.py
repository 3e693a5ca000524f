"""A round: the vendor starts, one contender plays in a process of its own, both end.

Contenders take turns (A B C A B C …), so that a machine that grows slower does so for all.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any
from urllib.request import urlopen

import msgspec

from benchmarks.entrants import Entrant
from benchmarks.environments import ROOT, Environments, alone
from benchmarks.vendor import Setting


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What a round showed: the worker's figures, and the vendor's ledger."""

    cpu: float
    wall: float
    memory: float
    rss: float
    landed: dict[str, float]
    began: dict[str, float]
    errors: dict[str, int]
    example: dict[str, str]
    charges: dict[str, int] = {}
    done: dict[str, float] = {}
    requests: dict[str, int] = {}
    refused: int = 0

    @property
    def delays(self) -> list[float]:
        """Seconds from done at the vendor to on disk here, of each piece, in order."""
        return sorted(when - self.done[prompt] for prompt, when in self.landed.items())

    @property
    def asked(self) -> int:
        """Requests that the vendor answered, without the one piece to warm up."""
        return sum(self.requests.values())


@contextmanager
def vendor(setting: Setting) -> Iterator[str]:
    """The vendor's address, while it runs."""
    command = [sys.executable, "-m", "benchmarks.vendor", msgspec.json.encode(setting).decode()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("the vendor has no standard streams")
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def ledger(origin: str) -> dict[str, Any]:
    """What the vendor charged, when each piece was done, and how often it was asked what."""
    with urlopen(f"{origin}/ledger") as reply:
        told: dict[str, Any] = json.load(reply)
    return told


def play(
    entrant: Entrant,
    setting: Setting,
    environments: Environments,
    **choices: Any,  # noqa: ANN401 - of Round
) -> Played:
    """One round against a vendor of its own, in the entrant's own environment."""
    python = environments.python(entrant.entry.requires, entrant.checkout)
    with vendor(setting) as origin, tempfile.TemporaryDirectory() as name:
        turn = {"contender": entrant.contender, "origin": origin, "folder": f"{name}/files"}
        words = json.dumps({**turn, **choices, **entrant.choices})
        worker = subprocess.run(
            [python, "-m", "benchmarks.worker", words],
            cwd=ROOT, env=alone(XDG_STATE_HOME=name, XDG_CONFIG_HOME=name),
            stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        figures = json.loads(worker.stdout.splitlines()[-1])
        return msgspec.convert({**figures, **ledger(origin)}, Played)


def tournament(
    entrants: Sequence[Entrant],
    setting: Setting,
    rounds: int,
    environments: Environments,
    **choices: Any,  # noqa: ANN401 - of Round
) -> dict[str, list[Played]]:
    """All of them, in turn, `rounds` times: by their labels."""
    played: dict[str, list[Played]] = {entrant.label: [] for entrant in entrants}
    for _ in range(rounds):
        for entrant in entrants:
            played[entrant.label].append(play(entrant, setting, environments, **choices))
    return played


def middle(values: Sequence[float]) -> float:
    """The median; 0 of nothing."""
    return median(values) if values else 0.0
