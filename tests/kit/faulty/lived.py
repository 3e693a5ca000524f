"""Providers that are found out only when a job is lived through."""

from __future__ import annotations

import itertools
import secrets

import msgspec
from sounds import wave

from segue.flow import Call, Flow, Reply, call
from segue.job import Asset, Snapshot, Target, Ticket
from segue.money import Quote
from segue.tasks import Task
from tests.kit.faulty.fault import ABLE, Fault
from tests.kit.faulty.minded import Blithe
from tests.kit.metronome import Clockmaker, Metronome

LOOKS = itertools.count()


class Counting(Metronome):
    """Counts all its looks, whoever's they are."""

    def snapshot(self, reply: Reply) -> Snapshot:
        seen = super().snapshot(reply)
        return msgspec.structs.replace(seen, notes=(f"look {next(LOOKS)}",))


class Noisy(Metronome):
    """Makes another file each time."""

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        assets = yield from super().download(ticket, snapshot)
        return [msgspec.structs.replace(asset, source=hiss) for asset in assets]


def hiss(target: Target) -> None:
    target.file.write(wave(secrets.token_bytes(40)))


class Restless(Metronome):
    """Asks for another address each time."""

    def quote(self, task: Task) -> Flow[Quote]:
        nonce = {"nonce": secrets.token_hex(4)}
        reply = self.good((yield from call("GET", "/price", params=nonce)))
        return Quote(cost=self.money(reply))


class Lost(Metronome):
    """Looks for its files where there are none."""

    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        assets = yield from super().download(ticket, snapshot)
        source = Call(method="GET", url="/elsewhere")
        return [msgspec.structs.replace(asset, source=source) for asset in assets]


class Monotonous(Metronome):
    """Sends an idempotency key of its own, the same for every job."""

    capabilities = msgspec.structs.replace(ABLE, settles=False)

    def submit(self, task: Task) -> Flow[Ticket]:
        reply = yield from call(
            "POST",
            "/jobs",
            json=self.wanted(task),
            headers={"idempotency-key": "mine"},
            spends=True,
        )
        return self.ticket(self.good(reply))


def dishonouring(_: object) -> Clockmaker:
    return Clockmaker(settles=False)


LIVED = [
    Fault("test_both_drivers_see_the_same_job", Counting, "hold no state between calls"),
    Fault("test_both_drivers_save_the_same_files", Noisy, "the same ticket"),
    Fault("test_no_request_is_made_that_was_not_expected", Restless, "requested GET /own/price"),
    Fault("test_every_job_comes_home_when_nothing_goes_wrong", Lost, "not audio", {"jobs": 5}),
    Fault(
        "test_every_job_comes_home_when_nothing_goes_wrong",
        Monotonous,
        "5 orders were answered with one and the same job (j0)",
        {"jobs": 5},
    ),
    Fault("test_no_job_is_paid_for_twice", Metronome, "more than once", {"vendor": dishonouring}),
    Fault("test_no_job_is_lost", Blithe, "taken by the vendor and lost", {"jobs": 60}),
    Fault("test_no_job_is_lost", Lost, "5 of 5 jobs were given up: not lost", {"jobs": 5}),
]
