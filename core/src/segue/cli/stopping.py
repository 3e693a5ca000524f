"""Ending one's interest in a job: cancelling it with the vendor, or forgetting it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import BadParameter

from segue.cli import prompts
from segue.cli.describe import doubtful, known, owed, words
from segue.errors import JournalError, SegueError, SubmissionUnknown
from segue.journal import State

if TYPE_CHECKING:
    from segue.client import Client
    from segue.job import Snapshot
    from segue.journal import Entry


def cancelled(client: Client, entry: Entry) -> Snapshot:
    """Stop the job, whoever waits for it; raises `Unsupported` where the vendor cannot."""
    if entry.ticket is None:
        kind = SubmissionUnknown if doubtful(entry) else JournalError
        raise kind(
            f"job {entry.job} cannot be cancelled: {words(entry)}",
            advice=f"`segue jobs show {entry.job}` tells what can be done",
        )
    if entry.state is not State.SUBMITTED:
        raise JournalError(f"job {entry.job} has ended already: {words(entry)}")
    try:
        return client.resume(entry.ticket).cancel()
    except SegueError as error:
        error.ticket = error.ticket or entry.ticket
        raise


def agreed(entry: Entry, *, yes: bool) -> None:
    """Make sure that a job which may still bring or cost something is to be forgotten."""
    if yes or not owed(entry):
        return
    what = known(entry) if doubtful(entry) else f"job {entry.job} is {words(entry)}"
    if not prompts.attended():
        raise BadParameter(
            f"{what}; once forgotten, a job that was paid for is not listed any more:"
            " say --yes to forget it all the same",
            param_hint="ID",
        )
    if not prompts.confirmed(f"{what}. Forget it, although it may be paid for?", otherwise=False):
        raise JournalError(f"job {entry.job} is still listed", advice="nothing was forgotten")
