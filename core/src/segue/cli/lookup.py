"""The journal as the commands use it: opened once, and the jobs in it by what a user typed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import msgspec
from typer import BadParameter

from segue._journal.sqlite import SqliteJournal
from segue.cli import fields
from segue.cli.describe import doubtful, owed
from segue.errors import ConfigError
from segue.job import Ticket
from segue.journal import Entry, State

if TYPE_CHECKING:
    from segue.client import Client
    from segue.config import Config
    from segue.journal import Journal

_IN_DOUBT = frozenset({State.INTENT, State.UNKNOWN})


@contextmanager
def opened(config: Config) -> Iterator[SqliteJournal]:
    """The journal of the configuration; raises `ConfigError` where it is turned off."""
    path = config.journal()
    if path is None:
        raise ConfigError(
            "the journal is off, so no job is known",
            advice="let SEGUE_JOURNAL, or `journal` in segue.toml, name a file",
        )
    with closing(SqliteJournal(path)) as journal:
        yield journal


def states(named: Collection[str], *, everything: bool) -> frozenset[State]:
    """The states to list: those that are named, else all, usually without the forgotten ones."""
    known = {state.value: state for state in State}
    if unknown := [name for name in named if name not in known]:
        told = f"{unknown[0]!r} is not one of {', '.join(map(repr, known))}"
        raise BadParameter(told, param_hint="--state")
    if named:
        return frozenset(known[name] for name in named)
    return frozenset(State) - (frozenset() if everything else {State.FORGOTTEN})


def listed(journal: Journal, wanted: frozenset[State], limit: int) -> list[Entry]:
    """The jobs, newest first; those whose outcome is unknown come before all others."""
    first = [e for e in journal.entries(states=_IN_DOUBT & wanted) if doubtful(e)]
    names = {entry.job for entry in first}
    others = journal.entries(states=wanted, limit=limit)
    return [*first, *(e for e in others if e.job not in names)][: max(limit, len(first))]


def unfinished(journal: Journal) -> list[Entry]:
    """Every job that may have something to bring home, oldest first."""
    states = (*_IN_DOUBT, State.SUBMITTED, State.ENDED)
    return [entry for entry in reversed(journal.entries(states=states)) if owed(entry)]


def found(client: Client, journal: Journal, wanted: str) -> Entry:
    """The job of that name, or of a ticket: `@FILE` holds one, `-` is the standard input."""
    if wanted != "-" and not wanted.startswith("@"):
        return journal.entry(wanted)
    ticket = _ticket(fields.words("@-" if wanted == "-" else wanted))
    return journal.entry(client.resume(ticket).ticket.job)


def _ticket(text: str) -> Ticket:
    """A ticket as `segue generate --no-wait` prints it, with `--json` or without."""
    try:
        whole = json.loads(text)
        inner = whole.get("ticket", whole) if isinstance(whole, dict) else whole
        return Ticket.from_json(msgspec.json.encode(inner))
    except ValueError as error:
        raise BadParameter(
            f"that is no ticket ({error}): give what `segue generate --no-wait` prints"
        ) from error
