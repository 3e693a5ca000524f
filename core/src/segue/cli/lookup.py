"""Open the journal, and resolve what a user typed to jobs in it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from typer import BadParameter

from segue._data.cursor import encode_cursor
from segue._journal.search import search, states
from segue._journal.sqlite import SqliteJournal
from segue.cli import fields
from segue.cli.describe import outcome_unknown, undelivered
from segue.errors import ConfigError
from segue.job import Ticket
from segue.journal import Entry, Filter, State

if TYPE_CHECKING:
    from segue.client import Client
    from segue.config import Config
    from segue.journal import Journal

_UNRESOLVED = frozenset({State.INTENT, State.UNKNOWN})


@contextmanager
def open_journal(config: Config) -> Iterator[SqliteJournal]:
    """The configured journal; raises `ConfigError` if it is off."""
    path = config.journal()
    if path is None:
        raise ConfigError(
            "the journal is off, so no job is known",
            advice="set SEGUE_JOURNAL, or `journal` in segue.toml, to a file",
        )
    with closing(SqliteJournal(path)) as journal:
        yield journal


def parse_states(named: Collection[str], *, everything: bool) -> frozenset[State]:
    """The states to list: the named ones, else all; forgotten ones only if `everything`."""
    known = {state.value: state for state in State}
    if unknown := [name for name in named if name not in known]:
        message = f"{unknown[0]!r} is not one of {', '.join(map(repr, known))}"
        raise BadParameter(message, param_hint="--state")
    if named:
        return frozenset(known[name] for name in named)
    return frozenset(State) - (frozenset() if everything else {State.FORGOTTEN})


def list_entries(journal: Journal, query: Filter) -> tuple[list[Entry], str | None]:
    """A page of jobs, newest first, and where the next one begins, if there is one. On the first
    page, those whose outcome is unknown come before the others."""
    page = list(search(journal, query))
    limit = len(page) if query.limit is None else query.limit
    next_page = page[-1].cursor if page and len(page) == limit else None
    if query.after is not None:
        return page, next_page
    unresolved = tuple(_UNRESOLVED.intersection(states(query)))
    every = msgspec.structs.replace(query, states=unresolved, limit=None)
    first = [entry for entry in search(journal, every) if outcome_unknown(entry)]
    names = {entry.job for entry in first}
    others = [entry for entry in page if entry.job not in names]
    shown = others[: max(limit - len(first), 0)]
    if len(shown) < len(others):
        newer = others[0].created + timedelta(microseconds=1)
        next_page = shown[-1].cursor if shown else encode_cursor(newer, "-")
    return [*first, *shown], next_page


def unfinished(journal: Journal) -> list[Entry]:
    """Every job that may have files to download, oldest first."""
    states = (*_UNRESOLVED, State.SUBMITTED, State.ENDED)
    return [entry for entry in reversed(journal.entries(states=states)) if undelivered(entry)]


def find_job(client: Client, journal: Journal, name: str) -> Entry:
    """Resolve a job id, a unique prefix of one, or a ticket: `@FILE`, `-` for standard input."""
    if name != "-" and not name.startswith("@"):
        return journal.entry(name)
    ticket = _ticket(fields.read_text("@-" if name == "-" else name, option="ID"))
    return journal.entry(client.resume(ticket).ticket.job)


def _ticket(text: str) -> Ticket:
    """A ticket as `segue generate --no-wait` prints it, with `--json` or without."""
    try:
        whole = json.loads(text)
        inner = whole.get("ticket", whole) if isinstance(whole, dict) else whole
        return Ticket.from_json(msgspec.json.encode(inner))
    except ValueError as error:
        raise BadParameter(
            f"not a ticket ({error}): use the output of `segue generate --no-wait`",
            param_hint="ID",
        ) from error
