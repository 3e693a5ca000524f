"""Providers that are careless with money."""

from __future__ import annotations

import msgspec
from tests.kit.faulty.fault import ABLE, Fault, able, takes, with_
from tests.kit.faulty.flowing import Costly, Paying, careless
from tests.kit.faulty.garbled import Hasty
from tests.kit.metronome import Metronome, json

from segue import Generate
from segue.errors import ConnectionLost, SegueError
from segue.flow import Flow, Reply, call
from segue.job import Ticket
from segue.provider import Model
from segue.tasks import Task


class Growing(Metronome):
    """Finds out with its catalogue that it can do everything."""

    def models(self) -> Flow[list[Model]]:
        fields = frozenset(Generate.__struct_fields__)
        self.capabilities = msgspec.structs.replace(ABLE, tasks={Generate: fields})
        yield from ()
        return []


class Stubborn(Metronome):
    """Sends again what went wrong, and does not say that it may cost money."""

    def submit(self, task: Task) -> Flow[Ticket]:
        try:
            return (yield from super().submit(task))
        except ConnectionLost:
            reply = yield from call("POST", "/jobs", json=self.wanted(task))
            return self.ticket(self.good(reply))


class Inventive(Metronome):
    """Has a ticket for every answer, read or unread."""

    def ticket(self, reply: Reply) -> Ticket:
        try:
            return super().ticket(reply)
        except SegueError:
            return Ticket(provider=self.name, id="latest", secrets={"token": ""})


class Blithe(Paying):
    """Has a ticket whatever happens."""

    capabilities = msgspec.structs.replace(ABLE, settles=False)

    def submit(self, task: Task) -> Flow[Ticket]:
        try:
            return (yield from super().submit(task))
        except ConnectionLost:
            return Ticket(provider=self.name, id="latest", secrets={"token": ""})


class Thorough(Metronome):
    """Asks for more once the job is paid for, and lets that take the ticket away."""

    def submit(self, task: Task) -> Flow[Ticket]:
        ticket = yield from super().submit(task)
        self.good((yield from call("GET", f"/jobs/{ticket.id}")))
        return ticket


class Unkeyed(Paying):
    """Says that it settles, and sends no idempotency key."""


MINDED = [
    Fault("test_nothing_is_sent_before_check_is_clean", with_(check=careless), "was not refused"),
    Fault("test_a_field_that_it_does_not_list_is_refused_first", Growing, "was not refused"),
    Fault("test_a_field_that_it_lists_is_not_dropped", takes("style"), "capabilities list style"),
    Fault("test_a_failed_submission_is_never_sent_again", Stubborn, "POST /jobs again"),
    Fault("test_a_failed_submission_is_told_as_it_is", Hasty, "says REFUSED, not UNKNOWN"),
    Fault("test_a_failed_submission_is_told_as_it_is", Inventive, "says SUBMITTED, not UNKNOWN"),
    Fault(
        "test_a_ticket_that_came_is_never_lost",
        Thorough,
        "loses its ticket",
        {"accepted": (json({"id": "j1"}), json({}))},
    ),
    Fault("test_an_idempotency_key_goes_where_it_is_honoured", Unkeyed, "carries no key"),
    Fault("test_an_idempotency_key_goes_where_it_is_honoured", able(settles=False), "settles=True"),
    Fault("test_a_whole_submission_pays_once", Costly, "could not submit"),
]
