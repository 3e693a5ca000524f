"""Providers that tell secrets."""

from __future__ import annotations

import logging
import os

import msgspec

from segue.errors import Unavailable
from segue.flow import Flow, Reply, call
from segue.job import Snapshot, Ticket
from tests.kit.faulty.fault import Fault
from tests.kit.faulty.flowing import changed, ticketed
from tests.kit.metronome import Metronome


def key() -> str:
    return os.environ.get("METRONOME_KEY", "")


class Helpful(Metronome):
    """Signs its requests itself."""

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        signed = {"authorization": f"Bearer {key()}"}
        return self.snapshot((yield from call("GET", f"/jobs/{ticket.id}", headers=signed)))


class Chatty(Metronome):
    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        logging.getLogger("metronome").debug("looking with %s", key())
        return (yield from super().poll(ticket))


class Telling(Metronome):
    def good(self, reply: Reply) -> Reply:
        if reply.status == 401:
            raise Unavailable(f"{key()} is not allowed to do this")
        return super().good(reply)


class Open(Metronome):
    """Has the job's token in its address."""

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        return self.snapshot((yield from call("GET", f"/jobs/{ticket.secrets['token']}")))


SECRET = [
    Fault("test_it_leaves_the_key_to_core", Helpful, "puts the key into GET"),
    Fault(
        "test_no_ticket_or_result_holds_the_key",
        ticketed(lambda ticket: msgspec.structs.replace(ticket, state={"key": key()})),
        "returns the key",
    ),
    Fault("test_no_log_or_error_holds_the_key", Chatty, "in a log or an error"),
    Fault("test_no_log_or_error_holds_the_key", Telling, "in a log or an error"),
    Fault("test_job_tokens_are_kept_and_not_shown", Open, "a job token is shown"),
    Fault("test_job_tokens_are_kept_and_not_shown", changed(secrets={"token": ""}), "not in the"),
    Fault(
        "test_job_tokens_are_kept_and_not_shown",
        ticketed(lambda t: msgspec.structs.replace(t, state=dict(t.secrets))),
        "in Ticket.state",
    ),
    Fault(
        "test_job_tokens_are_kept_and_not_shown",
        Metronome,
        "has no data.token",
        {"secret_fields": ("data.token",)},
    ),
]
