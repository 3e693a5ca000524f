"""Session state shared by `Client` and `AsyncClient`: the configuration, the backends and the
journal, and the flow of each method. The clients only choose a driver.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from segue._data.backend_key import BackendKey
from segue._effects.held_response import Handover
from segue._engine import delivered, failover, order_key
from segue._engine import download as delivering
from segue._engine import resume as returning
from segue._engine import submit as lifecycle
from segue._engine import wait as waiting
from segue._engine.agreement import Deal
from segue._engine.backend import Backend
from segue._engine.lease import Leases, look_up
from segue._engine.model_names import suggesting_model
from segue._engine.provider_calls import Purpose, bound_flow, typed_flow
from segue._engine.submit import Order
from segue._engine.wait import Watching
from segue._files.destination import Destination, destination
from segue._journal.answers import given_back
from segue._journal.released import Access
from segue._journal.search import search
from segue._process.forks import renewed_in_child
from segue._process.owner import new_owner
from segue._session.backends import Backends, OwnBackends
from segue._session.defaults import Defaults
from segue._session.jobs_filter import JobsFilter, checked_filter
from segue._session.options import CallOptions, named, task_of
from segue._session.orders import Orders
from segue._session.questions import Questions
from segue.config import Config
from segue.errors import (
    ConfigError,
    JobBusy,
    JobExists,
    SegueError,
    TargetError,
    Unsupported,
)
from segue.events import Released
from segue.flow import Flow, now, record, work
from segue.hooks import Hooks
from segue.job import Delivery, Snapshot, Ticket
from segue.journal import Entry, Journal, Owner, State
from segue.money import Money
from segue.tasks import Task

A = TypeVar("A")
T = TypeVar("T")


class Session:
    """One client's configuration, hooks, backends and journal."""

    def __init__(
        self,
        backend: Backends,
        *,
        config: Config,
        journal: Journal | None,
        closes_journal: bool,
        timeout: float | None,
        patience: float | None = None,
        max_cost: Money | str | None,
        plugins: Iterable[object],
        owner: Owner | None = None,
    ) -> None:
        self.config = config
        self.hooks = Hooks.installed(plugins)
        self.journal = journal
        self._leases = Leases(owner or Owner(name=new_owner()))
        self._closes_journal = closes_journal
        self._defaults = Defaults(
            config,
            timeout=timeout,
            patience=patience,
            max_cost=max_cost,
            journaled=journal is not None,
        )
        self._resumed: set[str] = set()  # jobs that may be delivered already
        self._places: dict[str, str | Path] = {}  # the destinations of jobs
        self._deals: dict[str, Deal] = {}  # the terms of this client's jobs
        self._orders = Orders(journal, owner=lambda: self._leases.owner, adopt=self._adopt)
        self._backends = OwnBackends(backend, config=config, hooks=self.hooks, journal=journal)
        self.questions = Questions(self._backends)
        renewed_in_child(self)

    def forked(self) -> None:
        """Drop the parent's leases and owner name."""
        self._leases = Leases(msgspec.structs.replace(self._leases.owner, name=new_owner()))
        self._orders.forked()

    @property
    def owner(self) -> str:
        """The name of the owner of this client's leases."""
        return self._leases.owner.name

    def _of(self, ticket: Ticket) -> Flow[Backend]:
        """The backend that a ticket belongs to."""
        return self._backends.get(self._backends.of(ticket))

    def submit(self, task: Task | str, options: CallOptions) -> Flow[Ticket]:
        """Submit the task to the first backend that accepts it, or return the job of its key."""
        order, backends = self.order(task, options), self._backends.chosen(options.backend)
        with self._orders.flight(order.job) as flight:
            yield from flight.turn()
            ticket = yield from self._orders.existing(order)
            return ticket or (yield from self._in_turn(order, self._submit, backends))

    def generate_and_wait(self, task: Task | str, options: CallOptions) -> Flow[Delivery]:
        """Check the destination, submit, wait, download."""
        order = self.order(task, options)
        backends: Sequence[BackendKey] = self._backends.chosen(options.backend)
        if (ticket := (yield from self._orders.existing(order))) is not None:
            try:
                return (yield from self.bring_home(ticket, options))
            except SegueError as error:
                backends = self._orders.backends_after(error, backends)
                if not backends:
                    raise
                order = failover.after(order, error)
        place = yield from work(partial(destination, order.to or ".", overwrite=order.overwrite))
        place = self._defaults.saving(place, options)
        use = partial(self._whole, options, place)
        return (yield from self._in_turn(order, use, backends))

    def bring_home(
        self, ticket: Ticket, options: CallOptions, handover: Handover | None = None
    ) -> Flow[Delivery]:
        """Wait for a job and save its files, unless they exist at the destination."""
        handover = handover or Handover()
        if (delivery := (yield from self._delivered(ticket, options))) is not None:
            return delivery
        snapshot = yield from self.wait(ticket, options, handover)
        try:
            return (yield from self.download(ticket, snapshot, options, handover))
        except TargetError:  # another process may have saved it meanwhile
            delivery = yield from self._delivered(ticket, options)
            if delivery is None:
                raise
            return delivery

    def _delivered(self, ticket: Ticket, options: CallOptions) -> Flow[Delivery | None]:
        """The delivery in the journal, if its files are at the destination."""
        ticket = self.ticket(ticket)
        entry = yield from delivered.delivered_entry(ticket)
        if entry is None or options.overwrite or not delivered.has_files_at(entry, options.to):
            return None
        if options.on_update:
            options.on_update(delivered.snapshot_of(entry))
        yield from self._leases.release(ticket.job)
        return delivered.delivery(entry, ticket)

    def ticket(self, ticket: Ticket) -> Ticket:
        """The ticket with its `id` if known by now: that of a submission in progress has none."""
        return self._orders.known.get(ticket.job, ticket) if not ticket.id else ticket

    def poll(self, ticket: Ticket, handover: Handover | None = None) -> Flow[Snapshot]:
        """Poll a job once."""
        if not (ticket := (yield from self._orders.located(ticket))).id:
            return order_key.UNDER_WAY
        purpose = Purpose(fence=self._leases.of(ticket.job), handover=handover)
        return (yield from waiting.poll((yield from self._of(ticket)), ticket, purpose))

    def wait(
        self, ticket: Ticket, options: CallOptions, handover: Handover | None = None
    ) -> Flow[Snapshot]:
        """Wait until a job has succeeded."""
        timeout = self._defaults.seconds(options)
        ticket, timeout = yield from self._orders.submitted(ticket, timeout, options.on_update)
        options = msgspec.structs.replace(options, timeout=timeout)
        watching = self._watching(options, ticket, handover=handover)
        if (entry := (yield from self._delivered_entry(ticket))) is not None:
            watching.on_update(delivered.snapshot_of(entry))
            return delivered.snapshot_of(entry)
        return (yield from waiting.wait((yield from self._of(ticket)), ticket, watching))

    def download(
        self,
        ticket: Ticket,
        snapshot: Snapshot | None,
        options: CallOptions,
        handover: Handover | None = None,
    ) -> Flow[Delivery]:
        """Save a job's files, and delete the vendor's copy if configured."""
        ticket = yield from self._orders.accepted(ticket)
        entry = yield from self._delivered_entry(ticket)
        if (
            entry is not None
            and not options.overwrite
            and delivered.has_files_at(entry, options.to)
        ):
            yield from self._leases.release(ticket.job)
            return delivered.delivery(entry, ticket)
        if snapshot is not None and snapshot.word == delivered.DELIVERED:
            snapshot = None  # it is the journal's, and has no tracks
        place = yield from work(
            partial(
                destination,
                self._defaults.to(options.to or self._places.get(ticket.job)),
                overwrite=options.overwrite,
                resuming=True,
            )
        )
        place = self._defaults.saving(place, options)
        backend = yield from self._of(ticket)
        deal = yield from self._deal(ticket)
        watching = self._watching(options, ticket, deal, handover)
        delivery = yield from delivering.download(backend, ticket, snapshot, place, watching)
        yield from self._release_copy(backend, delivery)
        return delivery

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        """Cancel a job with its vendor, where the vendor can."""
        ticket = yield from self._orders.accepted(ticket)
        backend = yield from self._of(ticket)
        able = backend.provider.capabilities
        if not able.cancel:
            raise Unsupported(
                able.cannot_cancel
                or f"{backend.name} cannot stop a job; it goes on and stays billed",
                advice="you can stop waiting: nothing is lost, and its ticket finds it again",
            )
        return (yield from waiting.cancel(backend, ticket))

    def release(self, ticket: Ticket) -> Flow[None]:
        """Delete the vendor's copy."""
        ticket = yield from self._orders.accepted(ticket)
        backend, fence = (yield from self._of(ticket)), self._leases.of(ticket.job)
        flow = typed_flow(object, backend.provider.release, ticket)
        yield from bound_flow(backend, flow, ticket=ticket, purpose=Purpose(fence=fence))
        clock = yield from now()
        generation = fence.generation if fence else None
        yield from record(Released(job=ticket.job, at=clock.utc, generation=generation))

    def resume(self, job: Ticket | str, *, again: bool = False) -> Flow[Ticket]:
        """Resume a job by its ticket or by its name in the journal; `again` submits one again that
        may have been charged."""
        if isinstance(job, Ticket) and not job.id:  # its submission was in progress
            job = job.job
        if isinstance(job, Ticket):  # a bare ticket carries no lease, so nothing is claimed
            ticket = (yield from returning.adopt(job)) if self.journal else job
            self._resumed.add(ticket.job)
            return ticket
        entry = yield from self._leases.acquire((yield from self.entry(job)))
        if entry.to is not None:
            self._places[entry.job] = entry.to
        if entry.ticket is not None:
            self._resumed.add(entry.job)
            return entry.ticket
        backend = yield from self._backends.get(BackendKey.parse(entry.backend))
        limits = self._defaults.limits(CallOptions())
        try:
            ticket = yield from returning.settle_unknown(
                backend, entry, self._leases, limits=limits, again=again
            )
        except SegueError:
            yield from self._leases.release(entry.job)
            raise
        if entry.to is not None:
            self._places[ticket.job] = entry.to
        return ticket

    def _delivered_entry(self, ticket: Ticket) -> Flow[Entry | None]:
        """The entry of a resumed job, if it is delivered."""
        known = ticket.job in self._resumed
        return (yield from delivered.delivered_entry(ticket)) if known else None

    def _adopt(self, entry: Entry) -> Flow[None]:
        """Adopt an existing job, and acquire its lease where that is free."""
        self._resumed.add(entry.job)
        if entry.to is not None:
            self._places.setdefault(entry.job, entry.to)
        if self.journal is None or entry.ticket is None:
            return
        if self._leases.of(entry.job) and entry.owner == self.owner:
            return  # otherwise the driver released it, with a cancelled run
        if entry.state in (State.SUBMITTED, State.ENDED):
            with suppress(JobBusy):  # its owner goes on; this client polls as well
                yield from self._leases.acquire(entry)

    def entry(self, job: str) -> Flow[Entry]:
        """The entry of a job, by its name or a unique prefix of it."""
        returning.require_journal(self.journal)
        entry = yield from look_up(named(job), prefix=True)
        return cast("Entry", entry)

    def entries(self, options: JobsFilter) -> Flow[list[Entry]]:
        """The jobs in the journal that match, newest first."""
        journal, wanted = returning.require_journal(self.journal), checked_filter(options)
        return work(lambda: list(search(journal, wanted)))

    def forget(self, job: str) -> Flow[None]:
        """Hide a job from lists."""
        returning.require_journal(self.journal)
        return returning.forget(named(job))

    def order(self, task: Task | str, options: CallOptions) -> Order:
        """Make the order of a task and its options, with a new name."""
        if options.key is not None and self.journal is None:
            raise ConfigError(
                "a key is held in the journal, and this client has none: it could be charged twice",
                advice="leave out journal=None, or key",
            )
        return Order(
            task=task_of(task),
            job=order_key.job_of(options.key) if options.key else secrets.token_hex(5),
            key=secrets.token_hex(16),
            owner=self.owner,
            unsupported=options.unsupported or self.config.settings.unsupported,
            limits=self._defaults.limits(options),
            to=self._defaults.to(options.to),
            remembered=str(Path(self._defaults.to(options.to)).expanduser().absolute()),
            overwrite=options.overwrite,
            label=options.label,
            labels=options.labels or {},
            order_key=options.key,
            task_sha256=order_key.fingerprint(task_of(task)) if options.key else None,
            patience=self._defaults.seconds(options),
        )

    def close(self) -> None:
        """Release the leases of this client's jobs, and close the journal if it was opened for this
        client."""
        self._backends.close()
        if self.journal is None:
            return
        for job in self._leases.drain():
            given_back(Access(self.journal), job, self.owner)
        if self._closes_journal:
            self.journal.close()

    def _in_turn(
        self,
        order: Order,
        use: Callable[[Backend, Order], Flow[T]],
        keys: Sequence[BackendKey],
    ) -> Flow[T]:
        return failover.first_that_can(keys, self._backends.get, order, use)

    def _submit(self, backend: Backend, order: Order) -> Flow[Ticket]:
        if self.journal is not None:  # from its intent on
            order = msgspec.structs.replace(order, fence=self._leases.starting(order.job))
        try:
            with suggesting_model(backend):
                ticket = yield from lifecycle.submit(backend, order)
        except JobExists:  # another process was quicker, and holds the lease
            self._leases.drop(order.job)
            if (found := (yield from self._orders.existing(order))) is None:
                raise
            return found
        except Exception:
            yield from self._leases.release(order.job)
            raise
        except BaseException:  # abandoned: the driver records the outcome, and releases the lease
            self._leases.drop(order.job)
            raise
        self._deals[ticket.job] = order.deal
        if order.to is not None:
            self._places[ticket.job] = order.to
        return ticket

    def _deal(self, ticket: Ticket) -> Flow[Deal]:
        """The terms of a submission, by any process."""
        deal = self._deals.get(ticket.job)
        if deal is not None or self.journal is None or not ticket.job:
            return deal or Deal()
        try:
            entry = yield from look_up(ticket.job)
        except SegueError:  # it only has the price, for which no download fails
            return Deal()
        return Deal.of(entry) if entry else Deal()

    def _whole(
        self, options: CallOptions, place: Destination, backend: Backend, order: Order
    ) -> Flow[Delivery]:
        with self._orders.flight(order.job) as flight:
            yield from flight.turn()
            ticket = yield from self._orders.taken(order)
            ticket = ticket or (yield from self._submit(backend, order))
        if ticket.job in self._resumed:  # it existed already
            return (yield from self.bring_home(ticket, options))
        watching = self._watching(options, ticket, (yield from self._deal(ticket)))
        try:
            delivery = yield from lifecycle.bring_home(backend, ticket, place, watching)
        except Exception as error:
            if isinstance(error, SegueError):  # such as one that the user's own `on_update` raised
                error.ticket = error.ticket or ticket
            yield from self._leases.release(ticket.job)  # it is no longer waited for
            raise
        yield from self._release_copy(backend, delivery)
        return delivery

    def _release_copy(self, backend: Backend, delivery: Delivery) -> Flow[None]:
        """Delete the vendor's copy, if configured and every file here is verified."""
        wanted = self.config.settings.release and backend.provider.capabilities.release
        if wanted and all(file.verified for file in delivery.files):
            yield from self.release(delivery.ticket)
        yield from self._leases.release(delivery.ticket.job)

    def _watching(
        self,
        options: CallOptions,
        ticket: Ticket,
        deal: Deal | None = None,
        handover: Handover | None = None,
    ) -> Watching:
        return self._defaults.watching(options, self._leases.of(ticket.job), deal, handover)
