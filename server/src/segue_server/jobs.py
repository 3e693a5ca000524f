"""The jobs that this process works on: core's flows, run by one client.

There is no state of its own here: a job is what the journal says. Held in memory is only what was
last seen of a job under way, and who wants to hear of its changes. `Jobs` is the interface behind
which jobs could run elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from segue import AsyncClient
from segue.errors import (
    JobBusy,
    JobCancelled,
    JobExpired,
    JobFailed,
    JournalError,
    SegueError,
    SubmissionUnknown,
    UnknownJob,
)
from segue.events import Budget
from segue.handles import AsyncJob
from segue.job import Snapshot, Status, Ticket
from segue.journal import Entry, State
from segue.tasks import Task

logger = logging.getLogger("segue.server")

_ENDINGS = (JobFailed, JobCancelled, JobExpired, SubmissionUnknown)
_FIRST, _LONGEST = 2.0, 300.0
"""Seconds until a job is resumed that could not be finished, and the most that they grow to."""


_SILENCE, _LOOK = 15.0, 2.0
"""Seconds after which a stream hears of a job without a change: of one that is worked on here, and
of another, whose changes only the journal shows."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A task to be submitted. `key` is the key of the order: the same key is the same job."""

    task: Task
    backends: Sequence[str]
    labels: Mapping[str, str]
    key: str | None = None
    max_cost: str | None = None
    unsupported: str | None = None
    budgets: Sequence[Budget] = ()


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a job: the journal's entry, the last snapshot, why it could not be finished
    yet, and whether it is worked on here."""

    entry: Entry
    snapshot: Snapshot | None = None
    trouble: str = ""
    held: bool = False


class Jobs(Protocol):
    """Where jobs run."""

    async def enqueue(self, order: Order) -> Seen:
        """Submit a job and see to it that it is finished. Raises what `AsyncClient.submit` raises;
        a submission whose outcome is unknown is returned, as it exists."""
        ...

    async def status(self, job: str) -> Seen | None:
        """What is known of the job of exactly that name."""
        ...

    def seen(self, entry: Entry) -> Seen:
        """What is known of the job of an entry."""
        ...

    async def cancel(self, job: str) -> Snapshot:
        """Stop a job; raises `Unsupported` where its backend cannot."""
        ...

    def changes(self, job: str) -> AsyncGenerator[None]:
        """Something after each change of a job, and at least every few seconds."""
        ...


def under_way(entry: Entry) -> bool:
    """Whether there is something to wait for, or to download."""
    ended = entry.state is State.ENDED and entry.status is Status.SUCCEEDED
    return ended or entry.state is State.SUBMITTED


def _exists(error: SegueError) -> bool:
    """Whether a submission that failed may have made a job."""
    return isinstance(error, SubmissionUnknown) or error.ticket is not None


def _leased(entry: Entry) -> bool:
    """Whether a process has the job's lease at this moment."""
    return entry.lease is not None and entry.lease.expires > datetime.now(UTC)


class LocalJobs:
    """Jobs in this process. `folder` is where their files go, `label` marks them as its own."""

    def __init__(self, client: AsyncClient, folder: Path, label: str) -> None:
        self.client = client
        self._folder = folder
        self._label = label
        self._snapshots: dict[str, Snapshot] = {}
        self._troubles: dict[str, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._handles: dict[str, AsyncJob] = {}
        self._waiting: dict[str, set[asyncio.Event]] = {}

    async def start(self) -> None:
        """Resume what an earlier process of the server has left under way."""
        states = [State.INTENT, State.UNKNOWN, State.SUBMITTED, State.ENDED]
        for entry in await self.client.jobs(states=states):
            doubtful = entry.state in (State.INTENT, State.UNKNOWN)
            if self._label in entry.labels and (doubtful or under_way(entry)):
                self._watch(entry.job)

    async def stop(self) -> None:
        """Stop working on the jobs; they go on with their vendors."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def enqueue(self, order: Order) -> Seen:
        """Submit a job, and wait for it in the background."""
        try:
            job = await self._submitted(order)
        except (SubmissionUnknown, JournalError) as error:
            entry = await self._of_request(order) if _exists(error) else None
            if entry is None:
                raise
            return Seen(entry=entry, held=entry.job in self._tasks)
        self._watch(job.ticket.job, job)
        return Seen(entry=await self._submitted_entry(job.ticket), held=True)

    async def _submitted(self, order: Order) -> AsyncJob:
        try:
            return await self.client.submit(
                order.task,
                backend=list(order.backends),
                to=self._folder,
                key=order.key,
                labels=order.labels,
                max_cost=order.max_cost,
                budgets=order.budgets,
                unsupported="ignore" if order.unsupported == "ignore" else None,
            )
        except SegueError as error:
            if error.ticket is not None:  # the vendor has it: it is finished, whatever went wrong
                logger.critical("%s: %s", error.message, error.ticket.id)
                self._watch(error.ticket.job, error.ticket)
            raise

    async def _of_request(self, order: Order) -> Entry | None:
        """The job of an order that failed; None where there is none, or it cannot be read."""
        with suppress(JournalError):
            found = await self.client.jobs(labels=order.labels, states=list(State), limit=1)
            return found[0] if found else None
        return None

    async def _submitted_entry(self, ticket: Ticket) -> Entry:
        try:
            return await self.client.entry(ticket.job)
        except JournalError as error:
            error.ticket = ticket  # so that the answer names the job
            raise

    async def status(self, job: str) -> Seen | None:
        """What is known of the job; None where there is none, or it was forgotten."""
        try:
            entry = await self.client.entry(job)
        except UnknownJob:
            return None
        if entry.job != job or entry.state is State.FORGOTTEN:
            return None
        return self.seen(entry)

    def seen(self, entry: Entry) -> Seen:
        """What is known of the job of an entry."""
        return Seen(
            entry=entry,
            snapshot=self._snapshots.get(entry.job),
            trouble=self._troubles.get(entry.job, ""),
            held=entry.job in self._tasks or _leased(entry),
        )

    async def cancel(self, job: str) -> Snapshot:
        """Stop a job with its vendor."""
        handle = self._handles.get(job)
        if handle is None:
            ticket = (await self.client.entry(job)).ticket
            handle = await self.client.resume(ticket if ticket is not None else job)
        snapshot = await handle.cancel()
        self._seen(job, snapshot)
        return snapshot

    @asynccontextmanager
    async def listening(self, job: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set at each change of a job, as long as the `with` lasts."""
        event = asyncio.Event()
        self._waiting.setdefault(job, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[job].discard(event)
            if not self._waiting[job]:
                del self._waiting[job]

    async def changes(self, job: str) -> AsyncGenerator[None]:
        """Something at once, after each change, and every few seconds: sooner for a job that
        another process works on, whose changes only the journal shows."""
        async with self.listening(job) as event:
            while True:
                yield
                seconds = _SILENCE if job in self._tasks else _LOOK
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), seconds)
                event.clear()

    def _watch(self, name: str, job: AsyncJob | Ticket | None = None) -> None:
        if name in self._tasks:
            return
        task = asyncio.create_task(self._finish(name, job))
        self._tasks[name] = task
        task.add_done_callback(partial(self._finished, name))

    def _finished(self, name: str, task: asyncio.Task[None]) -> None:
        for held in (self._tasks, self._handles, self._snapshots, self._troubles):
            held.pop(name, None)
        self._notify(name)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("job %s: %s", name, error, exc_info=error)

    async def _finish(self, name: str, job: AsyncJob | Ticket | None) -> None:
        """Wait for a job and save its files, until that is done or cannot be done."""
        pause = _FIRST
        while True:
            try:
                handle = job if isinstance(job, AsyncJob) else await self._resumed(name, job)
                self._handles[name] = handle
                self._notify(name)
                await handle.bring_home(self._folder, on_update=partial(self._seen, name))
            except _ENDINGS as error:
                logger.info("job %s: %s", name, error)
                return
            except JobBusy:
                self._troubles.pop(name, None)
            except SegueError as error:
                self._troubles[name] = error.message
                logger.warning("job %s: %s; it is tried again in %.0f s", name, error, pause)
            else:
                return
            self._notify(name)
            job = job if isinstance(job, Ticket) else None
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST)
            if job is None and not await self._unfinished(name):
                return

    async def _resumed(self, name: str, ticket: Ticket | None) -> AsyncJob:
        return await self.client.resume(name if ticket is None else ticket)

    async def _unfinished(self, name: str) -> bool:
        try:
            entry = await self.client.entry(name)
        except SegueError:  # the journal cannot be read just now
            return True
        return under_way(entry) or entry.state in (State.INTENT, State.UNKNOWN)

    def _seen(self, name: str, snapshot: Snapshot) -> None:
        self._snapshots[name] = snapshot
        self._notify(name)

    def _notify(self, name: str) -> None:
        for event in self._waiting.get(name, ()):
            event.set()
