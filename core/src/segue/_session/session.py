"""The desk behind both clients: it knows the configuration, the backends and the journal, and
turns what a user asks for into the flow that does it. The clients only choose a driver.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from segue._data.backend_key import BackendKey
from segue._effects.held_response import Handover
from segue._engine import delivered as home
from segue._engine import download as delivering
from segue._engine import failover
from segue._engine import resume as returning
from segue._engine import submit as lifecycle
from segue._engine import wait as waiting
from segue._engine.agreement import Deal
from segue._engine.backend import Backend
from segue._engine.fence import Fence
from segue._engine.model_names import meant
from segue._engine.provider_calls import Purpose, Spending, begun, carried, listed, streaming
from segue._engine.spend_limits import Limits
from segue._engine.submit import Order
from segue._engine.validate import checked, refuse_retired
from segue._engine.wait import Watching
from segue._files.destination import Destination, destination
from segue._journal.lease import new_owner
from segue._journal.search import search
from segue._process.forks import renewed_in_child
from segue._session.backends import Backends, OwnBackends
from segue._session.jobs_filter import JobsFilter, checked_filter
from segue._session.options import Choices, asked, named, refuse_no_query
from segue.config import Config
from segue.errors import (
    ConfigError,
    SegueError,
    Unsupported,
)
from segue.events import Released
from segue.flow import Flow, Stream, now, record, work
from segue.hooks import Hooks
from segue.job import Delivery, Snapshot, Ticket
from segue.journal import Entry, Journal
from segue.money import Money, Quote
from segue.provider import Model
from segue.tasks import Query, Task

A = TypeVar("A")
T = TypeVar("T")


class Desk:
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
    ) -> None:
        self.config = config
        self.hooks = Hooks.installed(plugins)
        self.journal = journal
        self.owner = new_owner()
        self._closes_journal = closes_journal
        Choices(
            timeout=timeout, patience=patience, max_cost=max_cost
        )  # refused now, and not with the first job
        self._timeout = timeout
        self._patience = patience
        self._max_cost = max_cost
        self._held: dict[str, Fence] = {}  # the leases that this client has, by their jobs
        self._resumed: set[str] = set()  # jobs that may have been delivered long ago
        self._places: dict[str, str | Path] = {}  # where the files of a job are to go
        self._deals: dict[str, Deal] = {}  # what was agreed for the jobs of this client
        self._backends = OwnBackends(backend, config=config, hooks=self.hooks, journal=journal)
        renewed_in_child(self)

    def forked(self) -> None:
        """The leases that this client has are the parent's, and so is its name."""
        self.owner = new_owner()
        self._held = {}

    def first(self) -> Flow[Backend]:
        """The backend that comes first."""
        return self._backends.get(self._backends.keys[0])

    def _of(self, ticket: Ticket) -> Flow[Backend]:
        """The backend that a ticket belongs to."""
        return self._backends.get(self._backends.of(ticket))

    def submit(self, task: Task | str, choices: Choices) -> Flow[Ticket]:
        """Submit the task to the first backend that can."""
        return self._in_turn(self.order(task, choices), self._submit)

    def generate_and_wait(self, task: Task | str, choices: Choices) -> Flow[Delivery]:
        """Make sure of the place to save to, submit, wait, download."""
        order = self.order(task, choices)
        place = yield from work(partial(destination, order.to or ".", overwrite=order.overwrite))
        place = self._saving(place, choices)
        return (yield from self._in_turn(order, partial(self._whole, choices, place)))

    def poll(self, ticket: Ticket, handover: Handover | None = None) -> Flow[Snapshot]:
        """Look at a job once."""
        purpose = Purpose(fence=self._held.get(ticket.job), handover=handover)
        return (yield from waiting.poll((yield from self._of(ticket)), ticket, purpose))

    def wait(
        self, ticket: Ticket, choices: Choices, handover: Handover | None = None
    ) -> Flow[Snapshot]:
        """Wait until a job has succeeded."""
        watching = self._watching(choices, ticket, handover=handover)
        if (entry := (yield from self._home(ticket))) is not None:
            watching.on_update(home.seen(entry))
            return home.seen(entry)
        return (yield from waiting.wait((yield from self._of(ticket)), ticket, watching))

    def download(
        self,
        ticket: Ticket,
        snapshot: Snapshot | None,
        choices: Choices,
        handover: Handover | None = None,
    ) -> Flow[Delivery]:
        """Save what a job offers, and let the vendor's copy go if that is wanted."""
        entry = yield from self._home(ticket)
        if entry is not None and not choices.overwrite and home.there(entry, choices.to):
            yield from self._leave(ticket.job)
            return home.delivery(entry, ticket)
        if snapshot is not None and snapshot.word == home.DELIVERED:
            snapshot = None  # it was the journal's, and has no tracks
        place = yield from work(
            partial(
                destination,
                self._to(choices.to or self._places.get(ticket.job)),
                overwrite=choices.overwrite,
                resuming=True,
            )
        )
        place = self._saving(place, choices)
        backend = yield from self._of(ticket)
        deal = yield from self._deal(ticket)
        watching = self._watching(choices, ticket, deal, handover)
        delivery = yield from delivering.download(backend, ticket, snapshot, place, watching)
        yield from self._let_go(backend, delivery)
        return delivery

    def cancel(self, ticket: Ticket) -> Flow[Snapshot]:
        """Stop a job with its vendor, where the vendor can."""
        backend = yield from self._of(ticket)
        able = backend.provider.capabilities
        if not able.cancel:
            raise Unsupported(
                able.cannot_cancel
                or f"{backend.name} cannot stop a job; it goes on and stays billed",
                advice="you can stop waiting: nothing is lost, and its ticket finds it again",
            )
        return (yield from waiting.cancelled(backend, ticket))

    def release(self, ticket: Ticket) -> Flow[None]:
        """Delete the vendor's copy."""
        backend, fence = (yield from self._of(ticket)), self._held.get(ticket.job)
        flow = begun(object, backend.provider.release, ticket)
        yield from carried(backend, flow, ticket=ticket, purpose=Purpose(fence=fence))
        clock = yield from now()
        generation = fence.generation if fence else None
        yield from record(Released(job=ticket.job, at=clock.utc, generation=generation))

    def resume(self, job: Ticket | str, *, again: bool = False) -> Flow[Ticket]:
        """Take a job over, by its ticket or by its name in the journal; `again` submits anew
        what may have been charged."""
        if isinstance(job, Ticket):  # who hands a ticket over has let go of the job
            ticket = yield from returning.adopted(self.journal, job)
            self._resumed.add(ticket.job)
            return ticket
        journal = returning.needed(self.journal)
        entry = yield from self._claimed(journal, named(job))
        if entry.ticket is not None:
            self._resumed.add(entry.job)
            return entry.ticket
        backend = yield from self._backends.get(BackendKey.parse(entry.backend))
        limits = self._limits(Choices())
        try:
            ticket = yield from returning.settled(
                backend, journal, entry, self.owner, limits=limits, again=again
            )
        except SegueError:
            yield from self._leave(entry.job)
            raise
        if ticket.job not in self._held:  # it was submitted anew
            anew = yield from work(partial(journal.entry, ticket.job))
            self._held[ticket.job] = Fence(journal, anew.job, self.owner, anew.generation)
        if entry.to is not None:
            self._places[ticket.job] = entry.to
        return ticket

    def _home(self, ticket: Ticket) -> Flow[Entry | None]:
        """What the journal knows of a job that was resumed, if it is delivered already."""
        known = ticket.job in self._resumed
        return (yield from home.found(self.journal if known else None, ticket))

    def _claimed(self, journal: Journal, job: str) -> Flow[Entry]:
        """The job's entry once its lease is ours."""
        entry = yield from work(partial(journal.entry, job))
        entry = yield from returning.claimed(journal, entry, self.owner)
        self._held[entry.job] = Fence(journal, entry.job, self.owner, entry.generation)
        if entry.to is not None:
            self._places[entry.job] = entry.to
        return entry

    def entry(self, job: str) -> Flow[Entry]:
        """What the journal knows of a job."""
        journal = returning.needed(self.journal)
        return work(partial(journal.entry, named(job)))

    def entries(self, options: JobsFilter) -> Flow[list[Entry]]:
        """The jobs of the journal that are wanted, newest first."""
        journal, wanted = returning.needed(self.journal), checked_filter(options)
        return work(lambda: list(search(journal, wanted)))

    def forget(self, job: str) -> Flow[None]:
        """Do not list a job any more."""
        return returning.forgotten(returning.needed(self.journal), named(job))

    def quote(self, task: Task | str) -> Flow[Quote]:
        """What the task would cost."""
        backend = yield from self.first()
        refuse_retired(backend)
        ready, _ = checked(backend, asked(task), (yield from lifecycle.catalogue(backend)))
        with meant(backend):
            return (yield from carried(backend, begun(Quote, backend.provider.quote, ready)))

    def ask(self, query: Query[A]) -> Flow[A]:
        """Answer a query; some vendors charge for it."""
        refuse_no_query(query)
        backend = yield from self.first()
        flow: Flow[A] = begun(object, backend.provider.ask, query)
        return (yield from carried(backend, flow, spending=Spending(allowed=query.spends)))

    def stream(self, query: Query[Any]) -> Flow[Stream]:
        """What to read for a query whose answer comes as a stream; some vendors charge for it."""
        refuse_no_query(query)
        backend = yield from self.first()
        flow = begun(Stream, backend.provider.stream, query)
        return (yield from streaming(backend, flow, Spending(allowed=query.spends)))

    def models(self) -> Flow[list[Model]]:
        """The vendor's catalogue."""
        backend = yield from self.first()
        return (yield from carried(backend, listed(Model, backend.provider.models)))

    def balance(self) -> Flow[list[Money]]:
        """What the account can still spend."""
        backend = yield from self.first()
        return (yield from carried(backend, listed(Money, backend.provider.balance)))

    def order(self, task: Task | str, choices: Choices) -> Order:
        """The task with everything that was decided, under a name of its own."""
        return Order(
            task=asked(task),
            job=secrets.token_hex(5),
            key=secrets.token_hex(16),
            owner=self.owner,
            unsupported=choices.unsupported or self.config.settings.unsupported,
            limits=self._limits(choices),
            to=self._to(choices.to),
            remembered=str(Path(self._to(choices.to)).expanduser().absolute()),
            overwrite=choices.overwrite,
            label=choices.label,
            labels=choices.labels or {},
            patience=self._seconds(choices),
        )

    def close(self) -> None:
        """Give back the leases of this client's jobs, so that others may take them over, and
        close the journal if it was opened for this client."""
        self._backends.close()
        if self.journal is None:
            return
        while self._held:
            returning.given_back(self.journal, self._held.popitem()[0], self.owner)
        if self._closes_journal:
            self.journal.close()

    def _in_turn(self, order: Order, use: Callable[[Backend, Order], Flow[T]]) -> Flow[T]:
        return failover.first_that_can(self._backends.keys, self._backends.get, order, use)

    def _submit(self, backend: Backend, order: Order) -> Flow[Ticket]:
        if self.journal is not None:  # from its intent on
            self._held[order.job] = fence = Fence(self.journal, order.job, self.owner)
            order = msgspec.structs.replace(order, fence=fence)
        try:
            with meant(backend):
                ticket = yield from lifecycle.submit(backend, order)
        except SegueError:
            yield from self._leave(order.job)
            raise
        self._deals[ticket.job] = order.deal
        if order.to is not None:
            self._places[ticket.job] = order.to
        return ticket

    def _deal(self, ticket: Ticket) -> Flow[Deal]:
        """What was agreed when the job was submitted, by whatever process."""
        deal = self._deals.get(ticket.job)
        if deal is not None or self.journal is None or not ticket.job:
            return deal or Deal()
        try:
            return Deal.of((yield from work(partial(self.journal.entry, ticket.job))))
        except SegueError:  # it tells of the price, and no download fails for that
            return Deal()

    def _whole(
        self, choices: Choices, place: Destination, backend: Backend, order: Order
    ) -> Flow[Delivery]:
        ticket = yield from self._submit(backend, order)
        watching = self._watching(choices, ticket, (yield from self._deal(ticket)))
        try:
            delivery = yield from lifecycle.bring_home(backend, ticket, place, watching)
        except Exception as error:
            if isinstance(error, SegueError):  # such as one that the user's own `on_update` raised
                error.ticket = error.ticket or ticket
            yield from self._leave(ticket.job)  # nobody waits for it any more
            raise
        yield from self._let_go(backend, delivery)
        return delivery

    def _let_go(self, backend: Backend, delivery: Delivery) -> Flow[None]:
        """Let the vendor's copy go, if that is wanted and every file here is verified."""
        wanted = self.config.settings.release and backend.provider.capabilities.release
        if wanted and all(file.verified for file in delivery.files):
            yield from self.release(delivery.ticket)
        yield from self._leave(delivery.ticket.job)

    def _leave(self, job: str) -> Flow[None]:
        """Give the job's lease back."""
        if self.journal is not None and job in self._held:
            del self._held[job]
            yield from work(partial(returning.given_back, self.journal, job, self.owner))

    def _saving(self, place: Destination, choices: Choices) -> Destination:
        """The place, with how files are saved there."""
        tags = self.config.tags if choices.tags is None else choices.tags
        return msgspec.structs.replace(place, tags=tags, keep_original=choices.keep_original)

    def _to(self, to: str | Path | None) -> str | Path:
        return to if to is not None else self.config.settings.folder

    def _limits(self, choices: Choices) -> Limits:
        settings = self.config.settings
        most = choices.max_cost or self._max_cost or settings.max_cost
        per_day = settings.budget.per_day
        if per_day and self.journal is None:
            raise ConfigError(
                "a budget per day is counted in the journal, and this client keeps none",
                advice="leave out journal=None, or [budget] per_day",
            )
        return Limits(
            max_cost=_money(most) if isinstance(most, str) else most,
            per_day=_money(per_day) if per_day else None,
        )

    def _seconds(self, choices: Choices) -> float:
        """The seconds that a wait may take."""
        chosen = (choices.timeout, self._timeout, self.config.settings.timeout)
        return next(seconds for seconds in chosen if seconds is not None)

    def _watching(
        self,
        choices: Choices,
        ticket: Ticket,
        deal: Deal | None = None,
        handover: Handover | None = None,
    ) -> Watching:
        told: dict[str, Any] = {}
        if choices.on_update:
            told["on_update"] = choices.on_update
        if choices.on_progress:
            told["on_progress"] = choices.on_progress
        borne = (choices.patience, self._patience, self.config.settings.patience)
        told["patience"] = next(seconds for seconds in borne if seconds is not None)
        timeout = self._seconds(choices)
        fence = self._held.get(ticket.job)
        return Watching(timeout=timeout, deal=deal, fence=fence, handover=handover, **told)


def _money(text: str) -> Money:
    try:
        return Money.parse(text)
    except ValueError as error:
        raise ConfigError(f"max_cost: {error}") from error
