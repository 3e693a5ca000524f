"""One job on its way home. Whatever ends the way early, the user learns how to go on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from segue.checking import OnUnsupported
from segue.cli.ending import Interrupted, say
from segue.errors import JobCancelled, JobExpired, JobFailed, JournalError, SegueError
from segue.job import Status, Ticket

if TYPE_CHECKING:
    from segue.cli.showing import Silent
    from segue.client import Client
    from segue.handles import Job
    from segue.job import Delivery
    from segue.tasks import Task

_OVER = (JobFailed, JobCancelled, JobExpired)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say about a submission, besides the task."""

    to: str | Path
    overwrite: bool = False
    unsupported: OnUnsupported | None = None
    max_cost: str | None = None


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


def bring_home(job: Job, shown: Silent, *, to: str | Path, overwrite: bool) -> Delivery:
    """Wait for the job and save what it offers."""
    with _not_lost(job):
        job.wait(on_update=shown.update)
        job.download(to, overwrite=overwrite, on_progress=shown.saving)
    if job.delivery is None:
        raise AssertionError("download sets the delivery")
    return job.delivery


@contextmanager
def _honest() -> Iterator[None]:
    """Let no paid job get lost while it is being submitted."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted while the job was being submitted",
            advice="it may be running and charged: `segue jobs` shows what is known of it",
        ) from None
    except JournalError as error:
        if error.ticket is not None:  # the vendor has taken it, and it could not be written down
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
def _not_lost(job: Job) -> Iterator[None]:
    """Let nothing end the way without naming the job and the line that resumes it."""
    resume = f"`segue jobs resume {job.ticket.job}`"
    try:
        yield
    except KeyboardInterrupt:
        raise _interrupted(job, resume) from None
    except SegueError as error:
        error.ticket = error.ticket or job.ticket
        if not isinstance(error, _OVER) and resume not in str(error):
            error.advice = "; ".join(filter(None, [error.advice, _standing(job, resume)]))
        raise
    except Exception as error:
        error.add_note(_standing(job, resume))
        raise


def _interrupted(job: Job, resume: str) -> Interrupted:
    if _done(job):
        return Interrupted(
            f"interrupted while saving; job {job.ticket} is done",
            ticket=job.ticket,
            advice=f"save it with {resume}",
        )
    return Interrupted(
        f"interrupted; job {job.ticket} goes on and stays billed",
        ticket=job.ticket,
        advice=f"resume it with {resume}",
    )


def _standing(job: Job, resume: str) -> str:
    name = f"job {job.ticket}"
    return f"{name} is done: save it with {resume}" if _done(job) else f"{name}: {resume}"


def _done(job: Job) -> bool:
    return job.snapshot is not None and job.snapshot.status is Status.SUCCEEDED
