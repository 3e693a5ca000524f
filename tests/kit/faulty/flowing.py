"""Providers whose methods ask for the wrong things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from segue._pace.rate_limit import Gate
from segue.flow import (
    Approve,
    Call,
    Effect,
    Flow,
    Lookup,
    Permit,
    Reply,
    Unclaim,
    call,
    permit,
    sleep,
)
from segue.job import Asset, Snapshot, Ticket
from segue.journal import Owner
from segue.money import Quote
from segue.provider import Limits
from segue.tasks import Generate, Problem, Task
from tests.kit.faulty.fault import Fault, with_
from tests.kit.metronome import Metronome, Wound, json


def refusing(self: Metronome, task: Task, models: object) -> list[Problem]:
    return [Problem(field="prompt", value=1, allowed="nothing")]


def yielding(self: Metronome, task: Task, models: object) -> Flow[list[Problem]]:
    yield from ()
    return []


def careless(self: Metronome, task: Task, models: object) -> list[Problem]:
    return []


def vague(self: Metronome, task: Task, models: object) -> list[Problem]:
    fast = (getattr(task, "bpm", 0) or 0) > 200
    return [Problem(field="tempo", value=1, allowed="less")] if fast else []


class Paying(Metronome):
    """What `paying` says of the paid request is done, in all else it is as the good one."""

    spends = True
    after: tuple[str, ...] = ()

    def submit(self, task: Task) -> Flow[Ticket]:
        reply = yield from call("POST", "/jobs", json=self.wanted(task), spends=self.spends)
        for url in self.after:
            self.good((yield from call("POST", url, spends=True)))
        return self.ticket(self.good(reply))


class Free(Paying):
    spends = False


class Twice(Paying):
    after = ("/fees",)


class Costly(Metronome):
    """Pays for the price, and for the file."""

    def quote(self, task: Task) -> Flow[Quote]:
        return Quote(cost=self.money((yield from call("GET", "/price", spends=True))))


class CostlyFile(Metronome):
    def download(self, ticket: Ticket, snapshot: Snapshot) -> Flow[list[Asset]]:
        assets = yield from super().download(ticket, snapshot)
        source = Call(method="GET", url="/files/j1", spends=True)
        return [msgspec.structs.replace(asset, source=source) for asset in assets]


class Sleepy(Metronome):
    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        yield from sleep(5)
        return (yield from super().poll(ticket))


class Impatient(Metronome):
    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        yield from permit(Permit(turns=Gate(Limits()), kind="poll", job=ticket.job))
        return (yield from super().poll(ticket))


class Greedy(Metronome):
    """Takes what is core's: leases, entries of the journal, approvals."""

    effect: Effect = Lookup(job="a1")

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        yield self.effect
        return (yield from super().poll(ticket))


class GreedyForLeases(Greedy):
    effect = Unclaim(job="a1", owner=Owner(name="clock"))


class GreedyForMoney(Greedy):
    effect = Approve(task=Generate(prompt="tick"), quote=None)


class Forgetful(Metronome):
    """Has a `call` without its `yield from`."""

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        reply = yield call("GET", "/jobs")
        return self.snapshot(reply)


def ticketed(change: Callable[[Ticket], Ticket]) -> type[Metronome]:
    def ticket(self: Metronome, reply: Reply) -> Ticket:
        return change(Metronome.ticket(self, reply))

    return with_(ticket=ticket)


def changed(**fields: Any) -> type[Metronome]:
    return ticketed(lambda ticket: msgspec.structs.replace(ticket, **fields))


class Remembering(Metronome):
    """Keeps the token in the object, and not in the ticket."""

    token = ""

    def ticket(self, reply: Reply) -> Ticket:
        self.token = reply.json(Wound).token
        return Ticket(provider=self.name, id=reply.json(Wound).id)

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        return self.snapshot(
            (yield from call("GET", f"/jobs/{ticket.id}", headers={"x-job-token": self.token}))
        )


FLOWING = [
    Fault("test_check_is_pure_and_accepts_the_task", with_(check=refusing), "refuses `task`"),
    Fault("test_check_is_pure_and_accepts_the_task", with_(check=yielding), "it is no flow"),
    Fault(
        "test_a_task_that_it_cannot_do_is_refused_by_its_field",
        with_(check=careless),
        "finds nothing wrong",
    ),
    Fault(
        "test_a_task_that_it_cannot_do_is_refused_by_its_field", with_(check=vague), "not for 'bpm'"
    ),
    Fault("test_a_submission_spends_exactly_once", Free, "makes 0 of its 1 requests"),
    Fault(
        "test_a_submission_spends_exactly_once",
        Twice,
        "makes 2 of its 2 requests",
        {"accepted": (json({"id": "j1"}), json({}))},
    ),
    Fault("test_nothing_but_a_submission_spends", Costly, "quote() makes GET /price"),
    Fault("test_nothing_but_a_submission_spends", CostlyFile, "download() makes GET /files"),
    Fault("test_flows_ask_for_calls_and_work_only", Sleepy, "yields Sleep"),
    Fault("test_flows_ask_for_calls_and_work_only", Impatient, "yields Permit"),
    Fault("test_flows_ask_for_calls_and_work_only", Greedy, "yields Lookup"),
    Fault("test_flows_ask_for_calls_and_work_only", GreedyForLeases, "yields Unclaim"),
    Fault("test_flows_ask_for_calls_and_work_only", GreedyForMoney, "yields Approve"),
    Fault("test_flows_ask_for_calls_and_work_only", Forgetful, "it yielded"),
    Fault("test_a_ticket_is_plain_json_of_its_own", changed(provider="clock"), "self.name"),
    Fault("test_a_ticket_is_plain_json_of_its_own", changed(id=""), "has no id"),
    Fault("test_a_ticket_is_plain_json_of_its_own", changed(state={"a": (1,)}), "back from JSON"),
    Fault("test_a_ticket_is_plain_json_of_its_own", changed(state={"a": {1j}}), "not plain JSON"),
    Fault("test_a_ticket_is_all_that_another_process_needs", Remembering, "into Ticket.state"),
]
