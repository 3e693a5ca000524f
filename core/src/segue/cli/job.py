"""One job on its way home. Whatever ends the way early, the user learns how to go on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from segue._engine.validate import OnUnsupported
from segue.cli.exits import Interrupted, say
from segue.errors import (
    CostAboveLimit,
    JobCancelled,
    JobExpired,
    JobFailed,
    JournalError,
    SegueError,
)
from segue.hooks import hookimpl
from segue.job import Snapshot, Status, Ticket

if TYPE_CHECKING:
    from segue.cli.progress import Silent
    from segue.client import Client
    from segue.handles import Job
    from segue.job import Delivery
    from segue.money import Quote
    from segue.tasks import Task

_OVER = (JobFailed, JobCancelled, JobExpired)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say about a submission, besides the task."""

    to: str | Path
    overwrite: bool = False
    keep_original: bool = False
    tags: bool | None = None
    unsupported: OnUnsupported | None = None
    max_cost: str | None = None


class Heard:
    """What is told while a job is waited for: it is shown, and its trouble remembered."""

    def __init__(self, shown: Silent) -> None:
        self._shown = shown
        self.trouble = False

    def update(self, snapshot: Snapshot) -> None:
        """The job was looked at, or a look at it failed."""
        self.trouble = snapshot.trouble is not None
        self._shown.update(snapshot)


class Way:
    """How far a submission has come; a plugin of the client, which tells it.

    `ticket` is that of a job that goes on: one that has failed is over, and another backend may
    be asked.
    """

    def __init__(self, shown: Silent) -> None:
        self.shown = shown
        self.ticket: Ticket | None = None
        self.snapshot: Snapshot | None = None
        self.heard = Heard(shown)

    @hookimpl
    def segue_quoted(self, quote: Quote | None) -> None:
        """The price is known, and nothing is sent yet."""
        if quote is not None:
            self.shown.quoted(quote)

    @hookimpl
    def segue_submitted(self, ticket: Ticket) -> None:
        """The vendor has taken the job."""
        self.ticket, self.snapshot = ticket, None
        self.shown.submitted(ticket)

    @hookimpl
    def segue_updated(self, snapshot: Snapshot) -> None:
        """The job was looked at."""
        self.snapshot = snapshot
        if snapshot.status.terminal and snapshot.status is not Status.SUCCEEDED:
            self.ticket = None


def made(client: Client, task: Task, terms: Terms, way: Way) -> Delivery:
    """Submit the task, wait for the job and save what it offers. `way` is the client's plugin."""
    with _honest(way), _not_lost(way, way.heard):
        return client.generate_and_wait(
            task,
            to=terms.to,
            overwrite=terms.overwrite,
            keep_original=terms.keep_original,
            tags=terms.tags,
            unsupported=terms.unsupported,
            max_cost=terms.max_cost,
            on_update=way.heard.update,
            on_progress=way.shown.saving,
        )


def submitted(client: Client, task: Task, terms: Terms) -> Job:
    """Submit the task; an interruption here says that it may be charged."""
    with _honest():
        return client.submit(
            task,
            to=terms.to,
            overwrite=terms.overwrite,
            unsupported=terms.unsupported,
            max_cost=terms.max_cost,
        )


def resumed(client: Client, name: str, *, again: bool = False) -> Job:
    """Take over a job of the journal; `again` submits anew what may have been charged."""
    with _honest():
        return client.resume(name, submit_again=again)


def bring_home(job: Job, shown: Silent, terms: Terms) -> Delivery:
    """Wait for the job and save what it offers."""
    heard = Heard(shown)
    with _not_lost(job, heard):
        job.wait(on_update=heard.update)
        job.download(
            terms.to,
            overwrite=terms.overwrite,
            keep_original=terms.keep_original,
            tags=terms.tags,
            on_progress=shown.saving,
        )
    if job.delivery is None:
        raise AssertionError("download sets the delivery")
    return job.delivery


@contextmanager
def _honest(way: Way | None = None) -> Iterator[None]:
    """Let no paid job get lost while it is being submitted."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted while the job was being submitted",
            advice="it may be running and charged: `segue jobs` shows what is known of it",
        ) from None
    except JournalError as error:
        known = way is not None and way.ticket is not None
        if error.ticket is not None and not known:  # taken by the vendor, and not written down
            error.advice = "; ".join(filter(None, [error.advice, _rescued(error.ticket)]))
        raise


def _rescued(ticket: Ticket) -> str:
    """Keep the ticket in a file of its own, as nothing else knows the job."""
    path = Path(f"segue-{ticket.job}.ticket.json").absolute()
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(ticket.to_json())
    except OSError:
        say(ticket.to_json())
        return f"job {ticket} goes on; its ticket was printed: keep it"
    return f"job {ticket} goes on: once the journal works, `segue jobs resume @{path}`"


@contextmanager
def _not_lost(job: Job | Way, heard: Heard) -> Iterator[None]:
    """Let nothing end the way without naming the job and the line that resumes it."""
    try:
        yield
    except KeyboardInterrupt:
        if (ticket := job.ticket) is None:
            raise
        raise _interrupted(ticket, done=_done(job), trouble=heard.trouble) from None
    except SegueError as error:
        ticket = error.ticket = error.ticket or job.ticket
        if ticket and job.ticket and not _over(error) and _resume(ticket)[:-1] not in str(error):
            standing = _standing(ticket, done=_done(job))
            error.advice = "; ".join(filter(None, [error.advice, standing]))
        raise
    except Exception as error:
        if job.ticket is not None:
            error.add_note(_standing(job.ticket, done=_done(job)))
        raise


def _over(error: SegueError) -> bool:
    """Whether the error says that its job has ended, so that there is nothing to resume."""
    if isinstance(error, CostAboveLimit):
        return error.snapshot is not None and error.snapshot.status.terminal
    return isinstance(error, _OVER)


def _interrupted(ticket: Ticket, *, done: bool, trouble: bool) -> Interrupted:
    if done:
        return Interrupted(
            f"interrupted while saving; job {ticket} is done",
            ticket=ticket,
            advice=f"save it with {_resume(ticket)}",
        )
    standing = "could not be looked at" if trouble else "goes on and stays billed"
    return Interrupted(
        f"interrupted; job {ticket} {standing}",
        ticket=ticket,
        advice=f"resume it with {_resume(ticket)}",
    )


def _standing(ticket: Ticket, *, done: bool) -> str:
    resume = _resume(ticket)
    return f"job {ticket} is done: save it with {resume}" if done else f"job {ticket}: {resume}"


def _resume(ticket: Ticket) -> str:
    return f"`segue jobs resume {ticket.job}`"


def _done(job: Job | Way) -> bool:
    return job.snapshot is not None and job.snapshot.status is Status.SUCCEEDED
