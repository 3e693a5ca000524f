"""Making several pieces side by side, each to its end, whatever becomes of the others."""

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
from segue.cli.describe import doubtful, holder, known, near
from segue.cli.exits import Code
from segue.cli.outcomes import failed
from segue.cli.progress import troubled
from segue.client import AsyncClient
from segue.errors import JobBusy
from segue.hooks import hookimpl
from segue.job import Delivery, Snapshot, Status, Ticket
from segue.journal import Entry, Journal, State
from segue.money import Money, Quote
from segue.tasks import Generate

if TYPE_CHECKING:
    from segue.cli.produce import Asked
    from segue.config import Config

_AT: ContextVar[int] = ContextVar("segue_piece")
"""Which piece the task that runs now is about."""

_HOME = (State.DELIVERED, State.RELEASED)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One piece that is wanted; `label` is its name in the journal, if it has one."""

    number: int
    of: int
    task: Generate
    backend: tuple[str, ...]
    to: str | Path
    label: str | None = None
    fresh: bool = False


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one: `result` is `saved`, `there already`, `submitted`, `busy`, `unknown`,
    `timed out`, `failed`, or `not finished`; `code` is 0 unless it went wrong."""

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
    """All the pieces of one command. `pieces` is what became of them so far, in their order,
    `troubles` why looks at some of them fail, by their place. It is a plugin of its clients."""

    def __init__(self, items: list[Item], asked: Asked, config: Config, *, at_once: int) -> None:
        self.items = items
        self.asked = asked
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
        self._told: Callable[[Piece], object] = lambda _piece: None
        self._warned: Callable[[Piece, str], object] = lambda _piece, _trouble: None

    def run(self, told: Callable[[Piece], object], warned: Callable[[Piece, str], object]) -> None:
        """Make them all; `told` is called with each that has ended, `warned` with each whose looks
        begin to fail, and why."""
        self._told, self._warned = told, warned
        if any(item.label and not item.fresh for item in self.items):
            with lookup.opened(self._config) as journal:
                self._known = labelled(journal)
        anyio.run(self._all)

    @hookimpl
    def segue_quoted(self, quote: Quote | None) -> None:
        """The price of a piece is known, and nothing is sent yet."""
        if quote is not None:
            self._know(cost=quote.cost, cost_is="quote")

    @hookimpl
    def segue_submitted(self, ticket: Ticket) -> None:
        """A piece has a job: that is what it is resumed by, whatever comes."""
        self._know(job=ticket.job)

    def _know(self, **what: object) -> None:
        if (at := _AT.get(None)) is not None:
            self.pieces[at] = msgspec.structs.replace(self.pieces[at], **what)

    def _updated(self, at: int) -> Callable[[Snapshot], None]:
        def heard(snapshot: Snapshot) -> None:
            before = self.troubles.pop(at, "")
            if snapshot.trouble is None:
                return
            self.troubles[at] = why = troubled(snapshot.trouble)
            if why != before:
                self._warned(self.pieces[at], why)

        return heard

    async def _all(self) -> None:
        turns = anyio.CapacityLimiter(self._at_once)
        async with AsyncExitStack() as stack:
            clients = {}
            for backend in dict.fromkeys(item.backend for item in self.items):
                client = AsyncClient(
                    list(backend),
                    config=self._config,
                    timeout=self.asked.timeout,
                    patience=self.asked.patience,
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
        self._told(piece)

    async def _piece(self, at: int, item: Item, client: AsyncClient) -> Piece:
        piece = self.pieces[at]
        entry = None if item.fresh else self._known.get(item.label or "")
        if entry is not None:
            self.pieces[at] = piece = _of(piece, entry)
        try:
            if entry is None:
                return await self._new(piece, item, client, self._updated(at))
            return await self._old(piece, entry, client, self._updated(at))
        except JobBusy as error:
            return msgspec.structs.replace(piece, result="busy", message=error.message)
        except Exception as error:  # the other pieces are not to suffer from it
            ticket = getattr(error, "ticket", None)
            job = ticket.job if ticket is not None else piece.job
            return failed(msgspec.structs.replace(piece, job=job), error)

    async def _new(self, piece: Piece, item: Item, client: AsyncClient, updated: OnUpdate) -> Piece:
        asked = self.asked
        how: dict[str, object] = {"overwrite": asked.overwrite, "label": item.label}
        terms = {"unsupported": asked.unsupported, "max_cost": asked.max_cost}
        if asked.no_wait:
            job = await client.submit(item.task, to=item.to, **how, **terms)  # type: ignore[arg-type] # as `Asked` has them
            return msgspec.structs.replace(piece, job=job.ticket.job, result="submitted")
        how |= {"keep_original": asked.keep_original, "tags": asked.tags, "on_update": updated}
        delivery = await client.generate_and_wait(item.task, to=item.to, **how, **terms)  # type: ignore[arg-type] # as `Asked` has them
        return self._saved(piece, delivery)

    async def _old(
        self, piece: Piece, entry: Entry, client: AsyncClient, updated: OnUpdate
    ) -> Piece:
        """A line that has a job already: what is there stays, what is missing is fetched."""
        if entry.state in _HOME and all(file.path.exists() for file in entry.files):
            paths = tuple(str(near(file.path)) for file in entry.files)
            return msgspec.structs.replace(piece, result="there already", paths=paths)
        if doubtful(entry):
            told = f"{known(entry)}; `segue jobs show {entry.job}` names the choices"
            return msgspec.structs.replace(
                piece, result="unknown", message=told, code=int(Code.UNKNOWN)
            )
        if entry.state is State.RELEASED:
            told = "its files are gone, and so is the vendor's copy: --fresh makes it anew"
            return msgspec.structs.replace(
                piece, result="failed", message=told, code=int(Code.FAILED)
            )
        job = await client.resume(entry.job)
        if self.asked.no_wait:
            return msgspec.structs.replace(piece, result="submitted")
        await job.wait(timeout=self.asked.timeout, on_update=updated)
        await job.download(
            entry.to,
            overwrite=self.asked.overwrite or entry.overwrite,
            keep_original=self.asked.keep_original,
            tags=self.asked.tags,
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
            paths=tuple(str(near(path.absolute())) for path in delivery.paths),
            cost=delivery.cost,
            cost_is=_cost_is(delivery.bill, delivery.quoted),
            notes=delivery.notes,
        )


def labelled(journal: Journal) -> dict[str, Entry]:
    """The job that counts for each label: one that is here, else one that is under way, else one
    in doubt. Those that were refused or failed count for nothing: they are made again."""
    found: dict[str, Entry] = {}
    for entry in journal.entries():  # the newest first
        if entry.label is None or (rank := _rank(entry)) == 0:
            continue
        if entry.label not in found or rank > _rank(found[entry.label]):
            found[entry.label] = entry
    return found


def _rank(entry: Entry) -> int:
    if entry.state in _HOME:
        return 3
    if entry.state is State.SUBMITTED or entry.status is Status.SUCCEEDED:
        return 2
    return 1 if doubtful(entry) or holder(entry) is not None else 0


def _of(piece: Piece, entry: Entry) -> Piece:
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
