"""The sandbox over real HTTP, on a free port of this machine, for as long as a `with` lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import httpx
from sandboxes import on_loopback

from segue_sandbox.accounts import fingerprint
from segue_sandbox.app import application
from segue_sandbox.audio import blip
from segue_sandbox.clock import Clock
from segue_sandbox.venice import Venice


class Served:
    """Where it is, what it was asked (its JSON log), and what it charged for."""

    def __init__(self, origin: str, log: list[dict]) -> None:
        self.origin = origin
        self.base = f"{origin}/venice/api/v1"
        self.log = log

    def breaks(self, *rules: dict) -> None:
        """The faults that are in force from here on; without any, none."""
        httpx.post(f"{self.origin}/sandbox/faults", json=list(rules)).raise_for_status()

    def jobs(self, key: str) -> list[dict]:
        """The ledger's lines for a key."""
        accounts = httpx.get(f"{self.origin}/sandbox/ledger").json()["venice"]
        return accounts.get(fingerprint(key), {"jobs": []})["jobs"]

    def charged(self, key: str) -> list[Decimal]:
        """What a key was charged, and did not get back, job by job."""
        sums = [Decimal(line["charged"]) - Decimal(line["refunded"]) for line in self.jobs(key)]
        return [amount for amount in sums if amount]

    def asked(self, key: str, endpoint: str = "") -> list[dict]:
        """The requests that came with a key."""
        name = fingerprint(key)
        lines = [line for line in self.log if line["account"] == name]
        return [line for line in lines if endpoint in line["endpoint"]]


@contextmanager
def serving(speed: float = 600, **how: object) -> Iterator[Served]:
    """Serve Venice at that speed; `how` are further options of the model."""
    clock, log = Clock(speed), []
    venice = Venice(dial=clock.dial, **{"sound": blip, **how})
    with on_loopback(application([venice], clock, log=log.append)) as origin:
        yield Served(origin, log)
