"""`segue jobs`: every job ever submitted, and what can be done with it."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, BadParameter, Exit, Option

from segue.cli.command import Command
from segue.cli.exits import complain, say, say_json
from segue.cli.generate import (
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
    Option("--state", metavar="STATE", help="Only those in this state; may be repeated."),
]
Everything = Annotated[bool, Option("--all", help="The forgotten ones too.")]
Limit = Annotated[int, Option(min=1, metavar="NUMBER", help="At most so many, the newest.")]
Name = Annotated[str, Argument(metavar="ID", help="A job's name, or its unique beginning.")]
Names = Annotated[list[str], Argument(metavar="ID...", help="Names, or their beginnings.")]
Wanted = Annotated[
    list[str] | None,
    Argument(metavar="ID...", help="Names, their beginnings, or tickets: @FILE, or - to read."),
]
Output = Annotated[
    str | None,
    Option(
        "--output", "-o", metavar="FILE|FOLDER", help="Where to save it, if not as it was told."
    ),
]
All = Annotated[bool, Option("--all", help="Every job that is not home yet, oldest first.")]
Again = Annotated[
    bool,
    Option("--submit-again", help="Submit anew what may have been charged already."),
]
Ticket = Annotated[
    bool, Option("--ticket", help="Print its ticket, with the job's token if it has one.")
]
Yes = Annotated[bool, Option("--yes", "-y", help="Ask no question.")]

Check = Annotated[bool, Option("--check", help="See whether the journal is whole.")]
Restore = Annotated[
    Path | None,
    Option("--restore", metavar="FILE", help="With --check: write what can be read there."),
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
    limit: Limit = 50,
    check: Check = False,
    restore: Restore = None,
    config: File = None,
    as_json: Json = False,
) -> None:
    """List the jobs; show, resume, cancel or forget them."""
    if context.invoked_subcommand is not None:
        return
    if restore is not None and not check:
        raise BadParameter("it goes with --check", param_hint="--restore")
    if check:
        from segue.cli import health

        health.check(config, restore, as_json=as_json)
        return
    from segue.cli import describe, lookup
    from segue.cli.today import Today
    from segue.config import Config

    loaded = Config.load(config)
    states = lookup.states(state or (), everything=everything)
    with lookup.opened(loaded) as journal:
        entries = lookup.listed(journal, states, limit)
        today = Today(journal, loaded)
    if as_json:
        say_json({"jobs": [describe.facts(entry) for entry in entries], "today": today.facts()})
    else:
        _show(entries, today.line())


@jobs.command(cls=Command)
def show(job: Name, ticket: Ticket = False, config: File = None, as_json: Json = False) -> None:
    """Tell everything about a job, and what can be done next."""
    from segue.cli import describe, lookup, table
    from segue.config import Config
    from segue.errors import JournalError

    with lookup.opened(Config.load(config)) as journal:
        entry = journal.entry(job)
    if ticket:
        if entry.ticket is None:
            raise JournalError(f"job {entry.job} has no ticket: {describe.words(entry)}")
        complain("a ticket may hold the job's token: whoever has it can get at the job")
        say(entry.ticket.to_json())
    elif as_json:
        say_json(describe.facts(entry))
    else:
        table.show(("what", "value"), describe.lines(entry), long=("value",))


@jobs.command(cls=Command)
def resume(
    job: Wanted = None,
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
    """Wait for jobs that were submitted earlier, and save them."""
    names = job or []
    if bool(names) == everything:
        raise BadParameter("name the jobs, or give --all", param_hint="ID")
    if play and (everything or len(names) > 1):
        raise BadParameter("it is for one job at a time", param_hint="--play")
    if submit_again and (everything or len(names) > 1):
        raise BadParameter("it is for one job at a time", param_hint="--submit-again")
    from segue.cli.resuming import Wish, porter
    from segue.config import Config

    wish = Wish(
        output=output,
        overwrite=overwrite,
        keep_original=keep_original,
        tags=tags,
        again=submit_again,
        as_json=as_json,
        quiet=quiet,
        play=play,
    )
    with porter(Config.load(config), wish, timeout=timeout, patience=patience) as carrier:
        if len(names) == 1:
            carrier.one(names[0])
        elif code := carrier.several(names):
            raise Exit(code)


@jobs.command(cls=Command)
def cancel(job: Name, config: File = None, as_json: Json = False) -> None:
    """Stop a job with its vendor, where the vendor can."""
    from segue.cli import lookup
    from segue.cli.stopping import cancelled
    from segue.client import Client
    from segue.config import Config

    loaded = Config.load(config)
    with lookup.opened(loaded) as journal, Client(config=loaded, journal=journal) as client:
        entry = journal.entry(job)
        snapshot = cancelled(client, entry)
    if as_json:
        cost = None if snapshot.cost is None else str(snapshot.cost)
        status = snapshot.status.value
        say_json({"job": entry.job, "backend": entry.backend, "status": status, "cost": cost})
    else:
        say(str(snapshot))


@jobs.command(cls=Command)
def forget(job: Names, yes: Yes = False, config: File = None, as_json: Json = False) -> None:
    """List jobs no more. Nothing is sent to their vendors."""
    from segue.cli import lookup
    from segue.cli.stopping import agreed
    from segue.client import Client
    from segue.config import Config

    loaded = Config.load(config)
    with lookup.opened(loaded) as journal, Client(config=loaded, journal=journal) as client:
        entries = [journal.entry(name) for name in job]
        for entry in entries:
            agreed(entry, yes=yes)
        for entry in entries:
            client.forget(entry.job)
    if as_json:
        say_json({"forgotten": [entry.job for entry in entries]})
        return
    for entry in entries:
        say(f"{entry.job} forgotten")


def _show(entries: "Iterable[Entry]", today: str) -> None:
    from segue.cli import table
    from segue.cli.describe import doubt, doubtful, row

    heads = ("job", "when", "backend", "state", "cost", "music")
    notes = [*(doubt(entry) for entry in entries if doubtful(entry)), *filter(None, [today])]
    width = table.width()
    table.show(
        heads,
        [row(entry, short=width is not None) for entry in entries],
        long=("backend", "state", "cost", "music"),
        notes=notes,
        cut_last=True,
    )
