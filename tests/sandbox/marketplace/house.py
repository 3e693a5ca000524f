"""The sandbox over real HTTP, as Segue's own provider meets it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from decimal import Decimal

import httpx
import pytest
from sandboxes import on_loopback

from segue_sandbox.accounts import fingerprint
from segue_sandbox.audio import tones
from segue_sandbox.clock import Clock
from segue_sandbox.vendors import Setting, served

PROMPT = "Warm cinematic strings, hopeful and spacious"
MODEL = "marketplace/venice-ace-step-15"
MUSIC = "/v1/music/generations"
SPEED = 60
one_form = pytest.mark.parametrize("form", ["live"], indirect=True)
"""For what the forms of the answers make no difference to."""
signed = pytest.mark.parametrize("form", ["documented"], indirect=True)
"""For signed addresses, which only the documents have."""


def sound(prompt, _seconds, container):
    """A tone for each word, quickly made: another one for another prompt."""
    return tones(prompt, container)


class Skipping(Clock):
    """A clock that can be put forward, and stopped."""

    stopped = None

    def skip(self, seconds):
        self._zero -= seconds / self.dial.speed

    def now(self):
        return super().now() if self.stopped is None else self.stopped

    @contextmanager
    def standing(self):
        """The clock does not go on."""
        self.stopped = super().now()
        yield
        self._zero = time.monotonic() - self.stopped / self.dial.speed
        self.stopped = None


class House:
    """The sandbox as one test sees it: with a key of its own, and a log that begins with it."""

    def __init__(self, http, clock, log, key):
        self.http, self.clock, self.key = http, clock, key
        self._log, self._begun = log, len(log)

    def plan(self, *rules):
        self.http.post("/sandbox/faults", json=list(rules)).raise_for_status()

    def charged(self, vendor="marketplace"):
        ledger = self.http.get("/sandbox/ledger").json()[vendor]
        lines = ledger.get(fingerprint(self.key), {"jobs": []})["jobs"]
        return [Decimal(line["charged"]) for line in lines if Decimal(line["charged"])]

    def asked(self, method, part):
        """The statuses of the answers to requests whose path has `part` in it."""
        return [
            line["status"]
            for line in self._log[self._begun :]
            if line["endpoint"].startswith(method) and part in line["endpoint"]
        ]


@contextmanager
def serving(form):
    """The sandbox in one of its forms: a client of it, its clock, its log."""
    clock, log = Skipping(SPEED), []
    setting = Setting(sound=sound, job_seconds=(4, 7), forms=form)
    app = served(setting, clock, log=log.append)
    with on_loopback(app) as origin, httpx.Client(base_url=origin) as http:
        yield http, clock, log
