"""`segue jobs`: list the jobs of the journal; show, resume, cancel or forget them."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, BadParameter, Exit, Option

from segue.cli.command import Command
from segue.cli.exits import echo, echo_err, echo_json
from segue.cli.jobs_options import After, Backend, Labels, Since, Text, Until, labels
from segue.cli.options import (
    File,
    Json,
    KeepOriginal,
    Overwrite,
    Patience,
    Play,
    Quiet,
    Tags,
    Timeout,
)

if TYPE_CHECKING:
    from segue.journal import Entry

States = Annotated[
    list[str] | None,
    Option("--state", metavar="STATE", help="Only jobs in this state; may be repeated."),
]
Everything = Annotated[bool, Option("--all", help="Include forgotten jobs.")]
Limit = Annotated[int, Option(min=1, metavar="NUMBER", help="List only the newest.")]
Name = Annotated[str, Argument(metavar="ID", help="A job id, or a unique prefix of one.")]
Names = Annotated[list[str], Argument(metavar="ID...", help="Job ids, or unique prefixes.")]
Jobs = Annotated[
    list[str] | None,
    Argument(
        metavar="ID...", help="Job ids, prefixes, or tickets: @FILE, or - for standard input."
    ),
]
Output = Annotated[
    str | None,
    Option(
        "--output",
        "-o",
        metavar="FILE|FOLDER",
        help="Save here instead of the original destination.",
    ),
]
All = Annotated[bool, Option("--all", help="Every job not downloaded yet, oldest first.")]
Again = Annotated[
    bool,
    Option("--submit-again", help="Submit again a job that may have been charged."),
]
Ticket = Annotated[
    bool, Option("--ticket", help="Print the ticket, which may contain a secret token.")
]
Yes = Annotated[bool, Option("--yes", "-y", help="Do not ask for confirmation.")]

Check = Annotated[bool, Option("--check", help="Check the journal for damage.")]
Restore = Annotated[
    Path | None,
    Option("--restore", metavar="FILE", help="With --check: write what can be read to this file."),
]

jobs = typer.Typer(
    name="jobs", rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False
)


@jobs.callback()
def list_jobs(
    context: typer.Context,
    *,
    state: States = None,
    everything: Everything = False,
    label: Labels = None,
    backend: Backend = None,
    since: Since = None,
    until: Until = None,
    text: Text = None,
    limit: Limit = 50,
    after: After = None,
    check: Check = False,
    restore: Restore = None,
    config: File = None,
    as_json: Json = False,
) -> None:
    """List jobs; show, resume, cancel or forget them."""
    if context.invoked_subcommand is not None:
        return
    if restore is not None and not check:
        raise BadParameter("requires --check", param_hint="--restore")
    if check:
        from segue.cli import health

        health.check(config, restore, as_json=as_json)
        return
    from segue._session.jobs_filter import checked_filter
    from segue.cli import describe, lookup
    from segue.cli.today import Today
    from segue.config import Config

    loaded = Config.load(config)
    query = checked_filter(
        {
            "states": tuple(lookup.parse_states(state or (), everything=everything)),
            "labels": labels(label or (), "segue jobs"),
            "backend": backend,
            "since": since,
            "until": until,
            "text": text,
            "limit": limit,
            "after": after,
        }
    )
    with lookup.open_journal(loaded) as journal:
        entries, next_page = lookup.list_entries(journal, query)
        today = Today(journal, loaded)
    if as_json:
        listed = [describe.facts(entry) for entry in entries]
        echo_json({"jobs": listed, "today": today.facts(), "after": next_page})
    else:
        _show(entries, today.line())


@jobs.command(cls=Command)
def show(job: Name, ticket: Ticket = False, config: File = None, as_json: Json = False) -> None:
    """Show everything about a job, and the next commands."""
    from segue.cli import describe, lookup, table
    from segue.config import Config
    from segue.errors import JournalError

    with lookup.open_journal(Config.load(config)) as journal:
        entry = journal.entry(job)
    if ticket:
        if entry.ticket is None:
            raise JournalError(f"job {entry.job} has no ticket: {describe.state_text(entry)}")
        echo_err("keep the ticket secret: a token in it gives access to the job")
        echo(entry.ticket.to_json())
    elif as_json:
        echo_json(describe.facts(entry))
    else:
        table.show(("what", "value"), describe.lines(entry), long=("value",))


@jobs.command(cls=Command)
def resume(
    job: Jobs = None,
    *,
    everything: All = False,
    output: Output = None,
    overwrite: Overwrite = False,
    keep_original: KeepOriginal = False,
    tags: Tags = None,
    timeout: Timeout = None,
    patience: Patience = None,
    submit_again: Again = False,
    config: File = None,
    play: Play = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Wait for jobs that were submitted earlier, and download them."""
    names = job or []
    if bool(names) == everything:
        raise BadParameter("name jobs, or use --all", param_hint="ID")
    if play and (everything or len(names) > 1):
        raise BadParameter("works with one job only", param_hint="--play")
    if submit_again and (everything or len(names) > 1):
        raise BadParameter("works with one job only", param_hint="--submit-again")
    from segue.cli.resuming import ResumeOptions, open_resumer
    from segue.config import Config

    options = ResumeOptions(
        output=output,
        overwrite=overwrite,
        keep_original=keep_original,
        tags=tags,
        again=submit_again,
        as_json=as_json,
        quiet=quiet,
        play=play,
    )
    with open_resumer(Config.load(config), options, timeout=timeout, patience=patience) as resumer:
        if len(names) == 1:
            resumer.resume_one(names[0])
        elif code := resumer.resume_several(names):
            raise Exit(code)


@jobs.command(cls=Command)
def cancel(job: Name, config: File = None, as_json: Json = False) -> None:
    """Cancel a job, if its vendor can."""
    from segue.cli import lookup
    from segue.cli.stopping import cancel_job
    from segue.client import Client
    from segue.config import Config

    loaded = Config.load(config)
    with lookup.open_journal(loaded) as journal, Client(config=loaded, journal=journal) as client:
        entry = journal.entry(job)
        snapshot = cancel_job(client, entry)
    if as_json:
        cost = None if snapshot.cost is None else str(snapshot.cost)
        status = snapshot.status.value
        echo_json({"job": entry.job, "backend": entry.backend, "status": status, "cost": cost})
    else:
        echo(str(snapshot))


@jobs.command(cls=Command)
def forget(job: Names, yes: Yes = False, config: File = None, as_json: Json = False) -> None:
    """Remove jobs from the list. Nothing is sent to their vendors."""
    from segue.cli import lookup
    from segue.cli.stopping import confirm_forget
    from segue.client import Client
    from segue.config import Config

    loaded = Config.load(config)
    with lookup.open_journal(loaded) as journal, Client(config=loaded, journal=journal) as client:
        entries = [journal.entry(name) for name in job]
        for entry in entries:
            confirm_forget(entry, yes=yes)
        for entry in entries:
            client.forget(entry.job)
    if as_json:
        echo_json({"forgotten": [entry.job for entry in entries]})
        return
    for entry in entries:
        echo(f"{entry.job} forgotten")


def _show(entries: "Iterable[Entry]", today: str) -> None:
    from segue.cli import table
    from segue.cli.describe import outcome_unknown, row, unknown_note

    heads = ("job", "when", "backend", "state", "cost", "music")
    notes = [
        *(unknown_note(entry) for entry in entries if outcome_unknown(entry)),
        *filter(None, [today]),
    ]
    width = table.width()
    table.show(
        heads,
        [row(entry, short=width is not None) for entry in entries],
        long=("backend", "state", "cost", "music"),
        notes=notes,
        cut_last=True,
    )
