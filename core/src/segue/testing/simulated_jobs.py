"""The flows of the processes that a simulation runs: each submits a job or resumes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from segue._engine import download as delivering
from segue._engine import resume as returning
from segue._engine import submit as lifecycle
from segue._engine.backend import Backend
from segue._engine.lease import Fence, Leases
from segue._engine.submit import Order
from segue._engine.wait import Watching
from segue._files.destination import Destination
from segue.errors import SegueError
from segue.flow import Flow
from segue.job import Snapshot, Ticket
from segue.journal import Entry, State
from segue.tasks import Generate
from segue.testing.memory_journal import MemoryJournal
from segue.testing.simulated_store import Store


class Jobs:
    """Core's own flows for the jobs of a simulation, numbered from 0."""

    def __init__(
        self,
        backend: Callable[[], Backend],
        *,
        journal: MemoryJournal,
        store: Store,
        timeout: float,
        wait: Callable[[Backend, Ticket, Watching], Flow[Snapshot]],
    ) -> None:
        self._backend = backend
        self._journal = journal
        self._store = store
        self._timeout, self._wait = timeout, wait

    def flow(self, order: Order, entry: Entry | None, ticket: Ticket | None) -> Flow[None]:
        """The flow of a process: it adopts a ticket that is not in the journal, else submits or
        resumes."""
        if ticket is not None and (entry is None or entry.ticket is None):
            return self._adopted(ticket)
        return self._new(order) if entry is None else self._again(entry, order)

    def order(self, number: int, life: int) -> Order:
        """The order of a job, as its `life`th process gives it."""
        return Order(
            task=Generate(prompt=f"silence {number}"),
            job=f"{number:08x}",
            key=f"key {number}",
            owner=f"process {number}/{life}",
        )

    def _new(self, order: Order) -> Flow[None]:
        leases = Leases(self._store.owner(order.owner))
        order = msgspec.structs.replace(order, fence=leases.starting(order.job))
        yield from self._delivering(order, leases, lifecycle.submit(self._backend(), order))

    def _adopted(self, ticket: Ticket) -> Flow[None]:
        ticket = yield from returning.adopt(ticket)
        yield from self._deliver(ticket, None)

    def _delivering(self, order: Order, leases: Leases, submitted: Flow[Ticket]) -> Flow[None]:
        """Deliver the job, and release its lease in the end, as a client does."""
        try:
            ticket = yield from submitted
            yield from self._deliver(ticket, leases.of(order.job))
        except SegueError:
            yield from leases.release(order.job)
            raise
        yield from leases.release(order.job)

    def _deliver(self, ticket: Ticket, fence: Fence | None) -> Flow[None]:
        watching = Watching(timeout=self._timeout, fence=fence)
        snapshot = yield from self._wait(self._backend(), ticket, watching)
        place = Destination(folder=Path("files"))
        yield from delivering.download(self._backend(), ticket, snapshot, place, watching)

    def known(self, job: str) -> Entry | None:
        """The journal's entry of a job; None for a refused one, which is submitted again."""
        entry = self._journal.find(job)
        return None if entry is None or entry.state is State.REFUSED else entry

    def _again(self, entry: Entry, order: Order) -> Flow[None]:
        leases = Leases(self._store.owner(order.owner))
        yield from self._delivering(order, leases, self._resumed(entry, leases))

    def _resumed(self, entry: Entry, leases: Leases) -> Flow[Ticket]:
        entry = yield from leases.acquire(entry)
        if entry.ticket is not None:
            return entry.ticket
        return (yield from returning.settle_unknown(self._backend(), entry, leases))
