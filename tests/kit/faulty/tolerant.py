"""Providers that take offence at odd answers."""

from __future__ import annotations

import msgspec

from segue.flow import Flow, Reply, call
from segue.job import Failure, Snapshot, Status, Ticket, Track
from segue.money import Quote
from segue.refusals import refusal
from segue.tasks import Task
from tests.kit.faulty.fault import Fault, with_
from tests.kit.metronome import Metronome, Seen, json


def otherwise(status: Status) -> type[Metronome]:
    """Takes every word that it does not know for `status`."""

    def snapshot(self: Metronome, reply: Reply) -> Snapshot:
        seen = self.good(reply).json(Seen)
        known = {"ticking": Status.RUNNING, "done": Status.SUCCEEDED, "broken": Status.FAILED}
        now = known.get(seen.state, status)
        return Snapshot(status=now, tracks=(Track(id="1", status=now, url="/files/j1"),))

    return with_(snapshot=snapshot)


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    token: str


class Narrow(Metronome):
    def ticket(self, reply: Reply) -> Ticket:
        wound = reply.json(Strict)
        return Ticket(provider=self.name, id=wound.id, secrets={"token": wound.token})


class Loved(msgspec.Struct):
    id: str
    mood: str = "fine"
    token: str = ""


class Touchy(Metronome):
    """Takes an odd word in a good answer for a refusal."""

    def ticket(self, reply: Reply) -> Ticket:
        if reply.json(Loved).mood != "fine":
            raise refusal(msgspec.structs.replace(reply, status=400))
        return super().ticket(reply)


class Despairing(Metronome):
    """Takes a job for failed when a look at it fails."""

    def snapshot(self, reply: Reply) -> Snapshot:
        if not reply.ok:
            return Snapshot(status=Status.FAILED, error=Failure(message=reply.text))
        return super().snapshot(reply)


class TrustingPrice(Metronome):
    def quote(self, task: Task) -> Flow[Quote]:
        return Quote(cost=self.money((yield from call("GET", "/price"))))


TOLERANT = [
    Fault("test_an_unknown_word_never_ends_a_running_job", otherwise(Status.FAILED), "is FAILED"),
    Fault("test_an_unknown_word_is_never_a_success", otherwise(Status.SUCCEEDED), "is SUCCEEDED"),
    Fault("test_unknown_fields_change_nothing", Narrow, "no forbid_unknown_fields"),
    Fault(
        "test_an_odd_acceptance_never_loses_the_ticket",
        Touchy,
        "in mood of `accepted`",
        {"accepted": json({"id": "j1", "mood": "fine", "token": "t"})},
    ),
    Fault("test_a_passing_fault_is_no_verdict", Despairing, "as 'FAILED'"),
    Fault("test_no_error_status_passes_for_an_answer", TrustingPrice, "quote() reads a 401"),
]
