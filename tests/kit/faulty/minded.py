"""Providers that are careless with money."""

from __future__ import annotations

import msgspec

from segue import Generate
from segue.errors import ConnectionLost, SegueError
from segue.flow import Flow, Reply, call
from segue.job import Snapshot, Ticket
from segue.money import Money
from segue.provider import Model, Provider
from segue.tasks import Task
from tests.kit.faulty.fault import ABLE, Fault, able, takes, with_
from tests.kit.faulty.flowing import Costly, Paying, careless
from tests.kit.faulty.garbled import Hasty
from tests.kit.metronome import Metronome, json


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


class Partial(Metronome):
    """Sends all that is wanted but the model."""

    def wanted(self, task: Task) -> dict[str, object]:
        return super().wanted(msgspec.structs.replace(task, model=None))


class Flat(Metronome):
    """Has the same price for whatever model."""

    def price(self, task: Task) -> Flow[Reply]:
        return call("GET", "/price")


class Hundredfold(Metronome):
    """Takes the vendor's dollars for cents."""

    def money(self, reply: Reply) -> Money:
        told = super().money(reply)
        return Money(amount=told.amount / 100, unit=told.unit)


def unbilled(self: Metronome, reply: Reply) -> Snapshot:
    return msgspec.structs.replace(Metronome.snapshot(self, reply), cost=None)


MINDED = [
    Fault("test_nothing_is_sent_before_check_is_clean", with_(check=careless), "was not refused"),
    Fault("test_a_field_that_it_does_not_list_is_refused_first", Growing, "was not refused"),
    Fault("test_a_field_that_it_lists_is_not_dropped", takes("style"), "capabilities list style"),
    Fault("test_a_failed_submission_is_never_sent_again", Stubborn, "POST /jobs again"),
    Fault("test_a_failed_submission_is_told_as_it_is", Hasty, "has REFUSED, not UNKNOWN"),
    Fault("test_a_failed_submission_is_told_as_it_is", Inventive, "has SUBMITTED, not UNKNOWN"),
    Fault(
        "test_a_ticket_that_came_is_never_lost",
        Thorough,
        "loses its ticket",
        {"accepted": (json({"id": "j1"}), json({}))},
    ),
    Fault("test_an_idempotency_key_goes_where_it_is_honoured", Unkeyed, "carries no key"),
    Fault("test_an_idempotency_key_goes_where_it_is_honoured", able(settles=False), "settles=True"),
    Fault("test_a_whole_submission_pays_once", Costly, "could not submit"),
    Fault("test_the_model_goes_to_the_vendor", Partial, "the same for slow and quick"),
    Fault("test_the_price_goes_by_the_model", Flat, "the same for slow and quick"),
    Fault("test_a_quote_is_what_was_stated", Hundredfold, "0.001 USD, and `quoted` is 0.10 USD"),
    Fault(
        "test_a_quote_is_what_was_stated",
        Metronome,
        "it is an amount",
        {"quoted": json({"usd": "0.10"})},
    ),
    Fault(
        "test_a_quote_is_what_was_stated",
        with_(quote=Provider.quote, capabilities=msgspec.structs.replace(ABLE, quote=False)),
        "do not say quote",
    ),
    Fault("test_a_bill_is_what_was_stated", with_(snapshot=unbilled), "nothing, and `billed`"),
]
