"""Generate several pieces concurrently; the failure of one does not stop the others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import msgspec

from segue._session.options import OnUpdate
from segue.cli import lookup
from segue.cli.describe import holder, outcome_unknown, relative, unknown_summary
from segue.cli.exits import Code
from segue.cli.outcomes import failed
from segue.cli.progress import trouble_text
from segue.client import AsyncClient
from segue.errors import JobBusy
from segue.hooks import hookimpl
from segue.job import Delivery, Snapshot, Status, Ticket
from segue.journal import Entry, Journal, State
from segue.money import Money, Quote
from segue.tasks import Generate

if TYPE_CHECKING:
    from segue.cli.produce import GenerateOptions
    from segue.config import Config

_AT: ContextVar[int] = ContextVar("segue_piece")
"""The index of the piece that the current task works on."""

_SAVED = (State.DELIVERED, State.RELEASED)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One piece to generate; `label` is its label in the journal, if it has one."""

    number: int
    of: int
    task: Generate
    backend: tuple[str, ...]
    to: str | Path
    label: str | None = None
    fresh: bool = False


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one: `result` is `saved`, `there already`, `submitted`, `busy`, `unknown`,
    `timed out`, `failed`, or `not finished`; `code` is its exit code, 0 without an error."""

    number: int
    prompt: str
    job: str = ""
    backend: str = ""
    result: str = "not finished"
    paths: tuple[str, ...] = ()
    cost: Money | None = None
    cost_is: str | None = None
    notes: tuple[str, ...] = ()
    message: str = ""
    code: int = 0


class Batch:
    """All the pieces of one command. `pieces` are their results so far, in order; `troubles` says
    why polls fail, by index. It is a plugin of its clients."""

    def __init__(
        self, items: list[Item], options: GenerateOptions, config: Config, *, at_once: int
    ) -> None:
        self.items = items
        self.options = options
        self.pieces = [
            Piece(number=item.number, prompt=item.task.prompt, backend=item.backend[0])
            for item in items
        ]
        self.deliveries: list[Delivery] = []
        self.running = 0
        self.troubles: dict[int, str] = {}
        self._config = config
        self._at_once = at_once
        self._known: dict[str, Entry] = {}
        self._on_end: Callable[[Piece], object] = lambda _piece: None
        self._on_trouble: Callable[[Piece, str], object] = lambda _piece, _trouble: None

    def run(
        self, on_end: Callable[[Piece], object], on_trouble: Callable[[Piece, str], object]
    ) -> None:
        """Run all; `on_end` is called with each piece that has ended, `on_trouble` with each whose
        polls start to fail, and why."""
        self._on_end, self._on_trouble = on_end, on_trouble
        if any(item.label and not item.fresh for item in self.items):
            with lookup.open_journal(self._config) as journal:
                self._known = jobs_by_label(journal)
        anyio.run(self._all)

    @hookimpl
    def segue_quoted(self, quote: Quote | None) -> None:
        """Store the quoted price of a piece; nothing is submitted yet."""
        if quote is not None:
            self._update_current(cost=quote.cost, cost_is="quote")

    @hookimpl
    def segue_submitted(self, ticket: Ticket) -> None:
        """Store the job of a piece, by which it can be resumed."""
        self._update_current(job=ticket.job)

    def _update_current(self, **what: object) -> None:
        if (at := _AT.get(None)) is not None:
            self.pieces[at] = msgspec.structs.replace(self.pieces[at], **what)

    def _updater(self, at: int) -> Callable[[Snapshot], None]:
        def on_update(snapshot: Snapshot) -> None:
            before = self.troubles.pop(at, "")
            if snapshot.trouble is None:
                return
            self.troubles[at] = why = trouble_text(snapshot.trouble)
            if why != before:
                self._on_trouble(self.pieces[at], why)

        return on_update

    async def _all(self) -> None:
        turns = anyio.CapacityLimiter(self._at_once)
        async with AsyncExitStack() as stack:
            clients = {}
            for backend in dict.fromkeys(item.backend for item in self.items):
                client = AsyncClient(
                    list(backend),
                    config=self._config,
                    timeout=self.options.timeout,
                    patience=self.options.patience,
                    plugins=[self],
                )
                clients[backend] = await stack.enter_async_context(client)
            async with anyio.create_task_group() as group:
                for at, item in enumerate(self.items):
                    group.start_soon(self._in_turn, turns, at, item, clients[item.backend])

    async def _in_turn(
        self, turns: anyio.CapacityLimiter, at: int, item: Item, client: AsyncClient
    ) -> None:
        async with turns:
            self.running += 1
            _AT.set(at)
            try:
                self.pieces[at] = piece = await self._piece(at, item, client)
            finally:
                self.running -= 1
                self.troubles.pop(at, None)
        self._on_end(piece)

    async def _piece(self, at: int, item: Item, client: AsyncClient) -> Piece:
        piece = self.pieces[at]
        entry = None if item.fresh else self._known.get(item.label or "")
        if entry is not None:
            self.pieces[at] = piece = _from_entry(piece, entry)
        try:
            if entry is None:
                return await self._new(piece, item, client, self._updater(at))
            return await self._existing(piece, entry, client, self._updater(at))
        except JobBusy as error:
            return msgspec.structs.replace(piece, result="busy", message=error.message)
        except Exception as error:  # the other pieces go on
            ticket = getattr(error, "ticket", None)
            job = ticket.job if ticket is not None else piece.job
            return failed(msgspec.structs.replace(piece, job=job), error)

    async def _new(self, piece: Piece, item: Item, client: AsyncClient, updated: OnUpdate) -> Piece:
        options = self.options
        how: dict[str, object] = {
            "overwrite": options.overwrite,
            "label": item.label,
            "labels": options.labels,
            "unsupported": options.unsupported,
            "max_cost": options.max_cost,
        }
        if options.no_wait:
            job = await client.submit(item.task, to=item.to, **how)  # type: ignore[arg-type] # as `GenerateOptions` has them
            return msgspec.structs.replace(piece, job=job.ticket.job, result="submitted")
        how |= {"keep_original": options.keep_original, "tags": options.tags, "on_update": updated}
        delivery = await client.generate_and_wait(item.task, to=item.to, **how)  # type: ignore[arg-type] # as `GenerateOptions` has them
        return self._saved(piece, delivery)

    async def _existing(
        self, piece: Piece, entry: Entry, client: AsyncClient, updated: OnUpdate
    ) -> Piece:
        """A line that has a job already: files that exist stay, missing ones are downloaded."""
        if entry.state in _SAVED and all(file.path.exists() for file in entry.files):
            paths = tuple(str(relative(file.path)) for file in entry.files)
            return msgspec.structs.replace(piece, result="there already", paths=paths)
        if outcome_unknown(entry):
            message = f"{unknown_summary(entry)}; `segue jobs show {entry.job}` lists the choices"
            return msgspec.structs.replace(
                piece, result="unknown", message=message, code=int(Code.UNKNOWN)
            )
        if entry.state is State.RELEASED:
            message = "files missing, and the vendor's copy is deleted: --fresh generates it again"
            return msgspec.structs.replace(
                piece, result="failed", message=message, code=int(Code.FAILED)
            )
        job = await client.resume(entry.job)
        if self.options.no_wait:
            return msgspec.structs.replace(piece, result="submitted")
        await job.wait(timeout=self.options.timeout, on_update=updated)
        await job.download(
            entry.to,
            overwrite=self.options.overwrite or entry.overwrite,
            keep_original=self.options.keep_original,
            tags=self.options.tags,
        )
        if job.delivery is None:
            raise AssertionError("download sets the delivery")
        return self._saved(piece, job.delivery)

    def _saved(self, piece: Piece, delivery: Delivery) -> Piece:
        self.deliveries.append(delivery)
        model = f"/{delivery.ticket.model}" if delivery.ticket.model else ""
        return msgspec.structs.replace(
            piece,
            job=delivery.ticket.job,
            backend=f"{delivery.ticket.provider}{model}",
            result="saved",
            paths=tuple(str(relative(path.absolute())) for path in delivery.paths),
            cost=delivery.cost,
            cost_is=_cost_is(delivery.bill, delivery.quoted),
            notes=delivery.notes,
        )


def jobs_by_label(journal: Journal) -> dict[str, Entry]:
    """The job to use for each label: one that is saved, else one that is running, else one whose
    outcome is unknown. Those that were refused or failed are left out: they are submitted again."""
    found: dict[str, Entry] = {}
    for entry in journal.entries():  # the newest first
        if entry.label is None or (rank := _rank(entry)) == 0:
            continue
        if entry.label not in found or rank > _rank(found[entry.label]):
            found[entry.label] = entry
    return found


def _rank(entry: Entry) -> int:
    if entry.state in _SAVED:
        return 3
    if entry.state is State.SUBMITTED or entry.status is Status.SUCCEEDED:
        return 2
    return 1 if outcome_unknown(entry) or holder(entry) is not None else 0


def _from_entry(piece: Piece, entry: Entry) -> Piece:
    cost = entry.cost if entry.cost is not None else entry.quoted
    return msgspec.structs.replace(
        piece,
        job=entry.job,
        backend=entry.backend,
        cost=cost,
        cost_is=_cost_is(entry.cost, entry.quoted),
    )


def _cost_is(bill: Money | None, quoted: Money | None) -> str | None:
    if bill is not None:
        return "bill"
    return None if quoted is None else "quote"
