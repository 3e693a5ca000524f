"""Which jobs a `Filter` matches: one pure function for every journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from segue._data.cursor import decode_cursor
from segue._journal.entry import Entry, Filter, State

if TYPE_CHECKING:
    from segue.journal import Journal

_LISTED = frozenset(State) - {State.FORGOTTEN}


def search(journal: Journal, wanted: Filter) -> Sequence[Entry]:
    """The jobs that match, newest first, also from a journal without `search`."""
    if wanted == Filter(states=wanted.states, limit=wanted.limit):
        return journal.entries(states=wanted.states, limit=wanted.limit)
    found: Sequence[Entry]
    if (own := getattr(journal, "search", None)) is not None:
        found = own(wanted)
        return found
    return select(journal.entries(states=tuple(State)), wanted)


def select(entries: Iterable[Entry], wanted: Filter) -> list[Entry]:
    """Those of `entries`, newest first, that match."""
    found = (entry for entry in _behind(entries, wanted.after) if matches(entry, wanted))
    return list(islice(found, wanted.limit))


def states(wanted: Filter) -> frozenset[State]:
    """The states that match."""
    return _LISTED if wanted.states is None else frozenset(wanted.states)


def matches(entry: Entry, wanted: Filter) -> bool:
    """Whether the job matches, without regard to the cursor."""
    return (
        entry.state in states(wanted)
        and wanted.labels.items() <= entry.labels.items()
        and (wanted.since is None or entry.created >= wanted.since)
        and (wanted.until is None or entry.created < wanted.until)
        and wanted.backend in (None, entry.backend, entry.backend.partition("/")[0])
        and (wanted.text is None or _says(entry, wanted.text.casefold()))
    )


def _behind(entries: Iterable[Entry], cursor: str | None) -> Iterator[Entry]:
    """The jobs after that cursor. Those of the same microsecond are in the journal's order."""
    if cursor is None:
        yield from entries
        return
    (created, job), met = decode_cursor(cursor), False
    for entry in entries:
        if entry.created < created or (met and entry.created == created):
            yield entry
        met = met or entry.job == job


def _says(entry: Entry, text: str) -> bool:
    return any(text in each.casefold() for each in (entry.label or "", *_texts(entry.task)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)
