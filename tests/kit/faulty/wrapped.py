"""Providers that let their vendor's library speak for itself."""

from __future__ import annotations

from segue.flow import Flow, work
from segue.job import Snapshot, Ticket
from segue.money import Money
from segue.tasks import Task
from segue.testing import Result
from tests.kit.faulty.fault import Fault
from tests.kit.kinds import Library, Wrapped


class Plain(Wrapped):
    """Catches nothing."""

    def submit(self, task: Task) -> Flow[Ticket]:
        told = yield from work(lambda: Library().ring("ding"))
        return Ticket(provider=self.name, id=told["id"])

    def poll(self, ticket: Ticket) -> Flow[Snapshot]:
        told = yield from work(lambda: Library().look(ticket.id))
        return self.snapshot(told)

    def balance(self) -> Flow[list[Money]]:
        return [Money.parse((yield from work(lambda: Library().left())))]


BROUGHT = {
    "accepted": Result({"id": "j1"}),
    "running": Result({"state": "ticking"}),
    "succeeded": Result({"state": "done", "url": "/files/j1"}),
    "failed": Result({"state": "broken", "error": "cracked"}),
    "balance_reply": Result("3.50 USD"),
}
WRAPPED = [
    Fault("test_a_submission_by_a_library_that_fails_is_in_doubt", Plain, "raise Sub", BROUGHT),
    Fault("test_a_look_by_a_library_that_fails_is_no_verdict", Plain, "raise Conn", BROUGHT),
    Fault("test_no_exception_of_a_library_comes_out", Plain, "catch what the library", BROUGHT),
]
