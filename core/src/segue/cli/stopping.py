"""Cancel a job at its vendor, or confirm that it is to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.cli import prompts
from segue.cli.describe import outcome_unknown, state_text, undelivered, unknown_summary
from segue.cli.exits import Usage
from segue.errors import JournalError, SegueError, SubmissionUnknown
from segue.journal import State

if TYPE_CHECKING:
    from segue.client import Client
    from segue.job import Snapshot
    from segue.journal import Entry


def cancel_job(client: Client, entry: Entry) -> Snapshot:
    """Cancel the job, even if a process waits for it; raises `Unsupported` if the vendor cannot."""
    if entry.ticket is None:
        kind = SubmissionUnknown if outcome_unknown(entry) else JournalError
        raise kind(
            f"job {entry.job} cannot be cancelled: {state_text(entry)}",
            advice=f"`segue jobs show {entry.job}` lists what can be done",
        )
    if entry.state is not State.SUBMITTED:
        raise JournalError(f"job {entry.job} has already ended: {state_text(entry)}")
    try:
        return client.resume(entry.ticket).cancel()
    except SegueError as error:
        error.ticket = error.ticket or entry.ticket
        raise


def confirm_forget(entry: Entry, *, yes: bool) -> None:
    """Ask before a job is forgotten that may have files or a charge; `yes` skips the question."""
    if yes or not undelivered(entry):
        return
    what = (
        unknown_summary(entry)
        if outcome_unknown(entry)
        else f"job {entry.job} is {state_text(entry)}"
    )
    if not prompts.interactive():
        raise Usage(
            f"{what}; a forgotten job is no longer listed, even if it was paid for:"
            " --yes forgets it anyway",
            "segue jobs forget",
        )
    if not prompts.confirm(f"{what}. Forget it, although it may be paid for?", otherwise=False):
        raise JournalError(f"job {entry.job} is still listed", advice="nothing was forgotten")
