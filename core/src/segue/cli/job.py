"""One job on its way home. Whatever ends the way early, the user learns how to go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from segue.cli.ending import Interrupted
from segue.errors import JobCancelled, JobExpired, JobFailed, SegueError
from segue.job import Status

if TYPE_CHECKING:
    from segue.checking import OnUnsupported
    from segue.cli.showing import Silent
    from segue.client import Client, Job
    from segue.job import Delivery
    from segue.tasks import Task

_OVER = (JobFailed, JobCancelled, JobExpired)


def submitted(client: Client, task: Task, unsupported: OnUnsupported | None) -> Job:
    """Submit the task; an interruption here says that it may be charged."""
    try:
        return client.submit(task, unsupported=unsupported)
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted while the job was being submitted",
            advice="it may be running and charged: look at the vendor's own list of jobs"
            " before you submit it once more",
        ) from None


def bring_home(job: Job, shown: Silent, *, to: str | Path, overwrite: bool) -> Delivery:
    """Wait for the job and save what it offers."""
    with _not_lost(job):
        job.wait(on_update=shown.update)
        job.download(to, overwrite=overwrite, on_progress=shown.saving)
    if job.delivery is None:
        raise AssertionError("download sets the delivery")
    return job.delivery


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
