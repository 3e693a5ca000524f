"""A client's orders with keys of the user's: look up the existing job, also while another process
still submits it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from segue._data.backend_key import BackendKey
from segue._engine import failover, order_key
from segue._engine.lease import look_up
from segue._engine.resume import undecided_error
from segue._engine.submit import Order
from segue._journal.lease import available
from segue._journal.lookup import unknown
from segue._pace.single_flight import SingleFlight
from segue._session.options import OnUpdate
from segue.errors import JobFailed, JournalError, NotReady, SegueError, WaitTimeout
from segue.flow import Flow, now, sleep
from segue.job import Ticket
from segue.journal import Entry, Journal, Owner, State

_LOOK = 0.5
"""Seconds between two reads of the journal while another process submits the job."""


class Flight(NamedTuple):
    """A submission of this client; one at a time for each name."""

    job: str
    flying: dict[str, SingleFlight]
    own: SingleFlight

    def turn(self) -> Flow[None]:
        """Wait until this client has no other submission of that name in progress; for one whose
        event loop has stopped, no longer than a single flight waits."""
        while (other := self.flying.setdefault(self.job, self.own)) is not self.own:
            yield from other.ended()
            if self.flying.get(self.job) is other:  # the journal lets one of the two send
                return


class Orders:
    """The orders of one client. `adopt` is called with an existing job, and acquires its lease if
    free; `owner` is the owner of the client's leases."""

    def __init__(
        self,
        journal: Journal | None,
        *,
        owner: Callable[[], Owner],
        adopt: Callable[[Entry], Flow[None]],
    ) -> None:
        self.known: dict[str, Ticket] = {}  # of jobs that were being submitted when looked up
        self._journal = journal
        self._owner = owner
        self._adopt = adopt
        self._flying: dict[str, SingleFlight] = {}

    def forked(self) -> None:
        """The parent's submissions are not awaited in a child."""
        self._flying = {}

    @contextmanager
    def flight(self, job: str) -> Iterator[Flight]:
        """A submission with that name, which waits in `turn`."""
        flight = Flight(job, self._flying, SingleFlight())
        try:
            yield flight
        finally:
            if flight.flying.get(job) is flight.own:
                del flight.flying[job]
            flight.own.end()

    def existing(self, order: Order) -> Flow[Ticket | None]:
        """The job of the order's key, if there is one."""
        if order.order_key is None or self._journal is None:
            return None
        entry = yield from order_key.existing(self._journal, order.order_key, order.task_sha256)
        if entry is None:
            return None
        yield from self._adopt(entry)
        return order_key.ticket_of(entry)

    def taken(self, order: Order) -> Flow[Ticket | None]:
        """The job of the order's key, if there is one of the very name that the order has now."""
        if order.order_key is None or self._journal is None:
            return None
        entry = yield from look_up(order.job)
        if entry is None or entry.state is State.REFUSED:
            return None
        return (yield from self.existing(order))

    def backends_after(
        self, error: SegueError, backends: Sequence[BackendKey]
    ) -> Sequence[BackendKey]:
        """The backends whose turn comes after a job of the order that was there already; none
        unless it failed, and cost nothing."""
        if not isinstance(error, JobFailed) or not failover.uncharged(error):
            return ()
        ticket = error.ticket
        for number, key in enumerate(backends):
            if key.provider == ticket.provider and key.model in (ticket.model, None):
                return backends[number + 1 :]
        return ()

    def located(self, ticket: Ticket) -> Flow[Ticket]:
        """The ticket with its vendor's id; the same without one while it is being submitted.

        Raises `SubmissionUnknown` where that has ended in doubt, and `JournalError` where the job
        was refused.
        """
        if ticket.id or self._journal is None or not ticket.job:
            return ticket
        if ticket.job in self.known:
            return self.known[ticket.job]
        entry = yield from order_key.latest_of(self._journal, ticket.job)
        if entry is None:
            raise unknown(ticket.job)
        if entry.ticket is not None:
            yield from self._adopt(entry)
            self.known[ticket.job] = entry.ticket
            return entry.ticket
        if entry.state is State.REFUSED:
            raise JournalError(
                f"job {entry.job} was refused, and nothing was spent: {entry.reason}",
                advice="submit it again; its key may be the same",
            )
        if not (yield from self._under_way(entry)):
            raise undecided_error(entry)
        return ticket

    def accepted(self, ticket: Ticket) -> Flow[Ticket]:
        """The ticket with its vendor's id; raise `NotReady` while there is none."""
        if (found := (yield from self.located(ticket))).id or not ticket.job:
            return found
        raise NotReady(
            f"job {ticket} is still being submitted", ticket=ticket, advice="wait for it first"
        )

    def submitted(
        self, ticket: Ticket, timeout: float, on_update: OnUpdate | None
    ) -> Flow[tuple[Ticket, float]]:
        """Wait until the job is submitted; returns the seconds that are left, too."""
        if ticket.id or self._journal is None:
            return ticket, timeout
        clock, reported = (yield from now()), False
        end = clock.monotonic + timeout
        while not (found := (yield from self._located_in_time(ticket))).id:
            if on_update is not None and not reported:
                on_update(order_key.UNDER_WAY)
                reported = True
            if (left := end - clock.monotonic) <= 0:
                raise WaitTimeout(
                    f"job {ticket} was still being submitted after {timeout:.0f} s",
                    ticket=ticket,
                    snapshot=order_key.UNDER_WAY,
                    advice="wait for it again",
                )
            clock = yield from sleep(min(_LOOK, left))
        return found, max(end - clock.monotonic, 0.0)

    def _located_in_time(self, ticket: Ticket) -> Flow[Ticket]:
        """The same; one that was refused a moment ago may be on its way to the next backend."""
        try:
            return (yield from self.located(ticket))
        except JournalError:
            yield from sleep(_LOOK)
        return (yield from self.located(ticket))

    def _under_way(self, entry: Entry) -> Flow[bool]:
        """Whether a live process is submitting the job."""
        if entry.state is not State.INTENT or entry.owner is None:
            return False
        clock, owner = (yield from now()), self._owner()
        return entry.owner == owner.name or not available(
            entry.owner, entry.leased_until, owner.name, clock.utc, alive=owner.alive
        )
