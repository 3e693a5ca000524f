"""Run one job from submission to download. Every error says how to resume the job."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from segue._engine.validate import OnUnsupported
from segue.cli.exits import Interrupted, echo
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

_ENDED = (JobFailed, JobCancelled, JobExpired)


class SubmitOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a submission and its download, besides the task."""

    to: str | Path
    overwrite: bool = False
    keep_original: bool = False
    tags: bool | None = None
    unsupported: OnUnsupported | None = None
    max_cost: str | None = None
    key: str | None = None
    labels: Mapping[str, str] = {}


class WaitObserver:
    """Shows every poll, and stores whether the last one failed."""

    def __init__(self, progress: Silent) -> None:
        self._progress = progress
        self.failing = False

    def update(self, snapshot: Snapshot) -> None:
        """Called after every poll, failed ones too."""
        self.failing = snapshot.trouble is not None
        self._progress.update(snapshot)


class SubmissionObserver:
    """A client plugin that follows one submission.

    `ticket` is that of a job that goes on; a job that failed is reset, as another backend may
    be tried.
    """

    def __init__(self, progress: Silent) -> None:
        self.progress = progress
        self.ticket: Ticket | None = None
        self.snapshot: Snapshot | None = None
        self.wait = WaitObserver(progress)

    @hookimpl
    def segue_quoted(self, quote: Quote | None) -> None:
        """The price is known; nothing is submitted yet."""
        if quote is not None:
            self.progress.quoted(quote)

    @hookimpl
    def segue_submitted(self, ticket: Ticket) -> None:
        """The vendor has accepted the job."""
        self.ticket, self.snapshot = ticket, None
        self.progress.submitted(ticket)

    @hookimpl
    def segue_updated(self, snapshot: Snapshot) -> None:
        """A poll succeeded."""
        self.snapshot = snapshot
        if snapshot.status.terminal and snapshot.status is not Status.SUCCEEDED:
            self.ticket = None


def generate(
    client: Client, task: Task, options: SubmitOptions, observer: SubmissionObserver
) -> Delivery:
    """Submit the task, wait for the job and save its files. `observer` is the client's plugin."""
    with _explain_submission(observer), _advise_resume(observer, observer.wait):
        return client.generate_and_wait(
            task,
            to=options.to,
            overwrite=options.overwrite,
            keep_original=options.keep_original,
            tags=options.tags,
            unsupported=options.unsupported,
            max_cost=options.max_cost,
            key=options.key,
            labels=options.labels,
            on_update=observer.wait.update,
            on_progress=observer.progress.saving,
        )


def submit(client: Client, task: Task, options: SubmitOptions) -> Job:
    """Submit the task; an interruption during it says that the job may be charged."""
    with _explain_submission():
        return client.submit(
            task,
            to=options.to,
            overwrite=options.overwrite,
            unsupported=options.unsupported,
            max_cost=options.max_cost,
            key=options.key,
            labels=options.labels,
        )


def resume(client: Client, name: str, *, again: bool = False) -> Job:
    """Resume a job of the journal; `again` submits again what may have been charged."""
    with _explain_submission():
        return client.resume(name, submit_again=again)


def wait_and_download(job: Job, progress: Silent, options: SubmitOptions) -> Delivery:
    """Wait for the job and save its files."""
    observer = WaitObserver(progress)
    with _advise_resume(job, observer):
        job.wait(on_update=observer.update)
        job.download(
            options.to,
            overwrite=options.overwrite,
            keep_original=options.keep_original,
            tags=options.tags,
            on_progress=progress.saving,
        )
    if job.delivery is None:
        raise AssertionError("download sets the delivery")
    return job.delivery


@contextmanager
def _explain_submission(observer: SubmissionObserver | None = None) -> Iterator[None]:
    """Say, of an interruption or a journal error, what is known of the job; save its ticket."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted while the job was being submitted",
            advice="it may be running and charged: `segue jobs` shows what is known of it",
        ) from None
    except JournalError as error:
        known = observer is not None and observer.ticket is not None
        if error.ticket is not None and not known:  # accepted by the vendor, but not recorded
            error.advice = "; ".join(filter(None, [error.advice, _save_ticket(error.ticket)]))
        raise


def _save_ticket(ticket: Ticket) -> str:
    """Write the ticket to a file, as it is the only record of the job; returns the advice."""
    path = Path(f"segue-{ticket.job}.ticket.json").absolute()
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(ticket.to_json())
    except OSError:
        echo(ticket.to_json())
        return f"job {ticket} goes on; its ticket was printed: save it"
    return f"job {ticket} goes on: once the journal works, `segue jobs resume @{path}`"


@contextmanager
def _advise_resume(job: Job | SubmissionObserver, observer: WaitObserver) -> Iterator[None]:
    """Add the job, and the command that resumes it, to every error and interruption."""
    try:
        yield
    except KeyboardInterrupt:
        if (ticket := job.ticket) is None:
            raise
        raise _interrupted(ticket, done=_succeeded(job), failing=observer.failing) from None
    except SegueError as error:
        ticket = error.ticket = error.ticket or job.ticket
        named = ticket is not None and _resume_command(ticket)[:-1] in str(error)
        if ticket and job.ticket and not _job_ended(error) and not named:
            advice = _next_step(ticket, done=_succeeded(job))
            error.advice = "; ".join(filter(None, [error.advice, advice]))
        raise
    except Exception as error:
        if job.ticket is not None:
            error.add_note(_next_step(job.ticket, done=_succeeded(job)))
        raise


def _job_ended(error: SegueError) -> bool:
    """Whether the error says that its job has ended, so that there is nothing to resume."""
    if isinstance(error, CostAboveLimit):
        return error.snapshot is not None and error.snapshot.status.terminal
    return isinstance(error, _ENDED)


def _interrupted(ticket: Ticket, *, done: bool, failing: bool) -> Interrupted:
    if done:
        return Interrupted(
            f"interrupted while saving; job {ticket} is done",
            ticket=ticket,
            advice=f"save it with {_resume_command(ticket)}",
        )
    state = "could not be polled" if failing else "goes on and stays billed"
    return Interrupted(
        f"interrupted; job {ticket} {state}",
        ticket=ticket,
        advice=f"resume it with {_resume_command(ticket)}",
    )


def _next_step(ticket: Ticket, *, done: bool) -> str:
    resume = _resume_command(ticket)
    return f"job {ticket} is done: save it with {resume}" if done else f"job {ticket}: {resume}"


def _resume_command(ticket: Ticket) -> str:
    return f"`segue jobs resume {ticket.job}`"


def _succeeded(job: Job | SubmissionObserver) -> bool:
    return job.snapshot is not None and job.snapshot.status is Status.SUCCEEDED
