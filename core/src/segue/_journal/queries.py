"""The statements on the journal's tables. Each takes an open connection."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from sqlite3 import Connection

import msgspec

from segue._data.cursor import decode_cursor
from segue._journal.budget import counted, total
from segue._journal.codec import encoded, micros, moment, read_entry, read_event, verified
from segue._journal.entry import Entry, Filter, Lease, LeaseState, State
from segue._journal.faults import row
from segue._journal.lookup import SHOWN
from segue._journal.search import matches, states
from segue.events import Budget, Event
from segue.money import Money

_COLUMNS = "entry, owner, leased_until, generation"
_NEWEST = "ORDER BY created DESC, id DESC LIMIT ?"
_BATCH = 200
"""Jobs that a search reads at once."""

_NOT_ASCII = "length(entry) <> length(CAST(entry AS BLOB)) OR instr(entry, '\\u')"
_PLAIN = re.compile(r"[A-Za-z0-9 .,:;!?'()/#&+=-]+")
"""Text that JSON and LIKE take unescaped. Rows that are not all ASCII are compared in Python, as
the case of some letters is ASCII."""


def append(connection: Connection, event: Event) -> None:
    """Add an event."""
    connection.execute(
        "INSERT INTO events (job, what, at, facts) VALUES (?, ?, ?, ?)",
        (event.job, event.__struct_config__.tag, micros(event.at), verified(event)),
    )


def append_raw(connection: Connection, event: tuple[str, str, int, str]) -> None:
    """Add an event from another journal unchanged, of any kind."""
    connection.execute("INSERT INTO events (job, what, at, facts) VALUES (?, ?, ?, ?)", event)


def put(connection: Connection, entry: Entry) -> None:
    """Write a job's entry, in place of the previous one."""
    money = counted(entry)
    connection.execute(
        "INSERT INTO jobs"
        " (job, state, created, parent, unit, counted, owner, leased_until, generation, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (job) DO UPDATE SET state = excluded.state, created = excluded.created,"
        " parent = excluded.parent, unit = excluded.unit, counted = excluded.counted,"
        " owner = excluded.owner, leased_until = excluded.leased_until,"
        " generation = excluded.generation, entry = excluded.entry",
        (
            entry.job,
            entry.state.value,
            micros(entry.created),
            entry.parent,
            money.unit if money else None,
            str(money.amount) if money else None,
            entry.owner,
            micros(entry.leased_until) if entry.leased_until else None,
            entry.generation,
            encoded(msgspec.structs.replace(entry, owner=None, leased_until=None, generation=0)),
        ),
    )
    _label(connection, entry)


def _label(connection: Connection, entry: Entry) -> None:
    """Write its labels, in place of those of a refused submission before it."""
    if entry.state is State.INTENT and entry.generation > 1:
        connection.execute(
            "DELETE FROM labels WHERE id = (SELECT id FROM jobs WHERE job = ?)", (entry.job,)
        )
    if entry.labels:
        connection.executemany(
            "INSERT OR IGNORE INTO labels SELECT ?, ?, id FROM jobs WHERE job = ?",
            [(name, value, entry.job) for name, value in entry.labels.items()],
        )


def find(connection: Connection, job: str) -> Entry | None:
    """The job of exactly that name."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM jobs WHERE job = ?", (job,)).fetchone()
    return _entry(found) if found else None


def lease_state(connection: Connection, job: str) -> LeaseState | None:
    """Who has the job of exactly that name; its entry is not read."""
    found = connection.execute(
        "SELECT owner, leased_until, generation FROM jobs WHERE job = ?", (job,)
    ).fetchone()
    return row("the lease of a job", lambda: _lease_state(*found)) if found else None


def _lease_state(owner: str | None, until: int | None, generation: int) -> LeaseState:
    if owner is None or until is None:
        return LeaseState(None, None, int(generation))
    return LeaseState(str(owner), moment(until), int(generation))


def beginning(connection: Connection, prefix: str) -> list[str]:
    """The first few jobs with that prefix."""
    rows = connection.execute(
        "SELECT job FROM jobs WHERE job >= ? AND job < ? ORDER BY job LIMIT ?",
        (prefix, prefix + "\U0010ffff", SHOWN + 1),
    )
    return [name for (name,) in rows]


def newest(connection: Connection, states: Collection[State], limit: int | None) -> list[Entry]:
    """Jobs in these states, newest first: each state's are in that order in its index."""
    at_most = -1 if limit is None else limit
    one = f"SELECT * FROM (SELECT id, created FROM jobs WHERE state = ? {_NEWEST})"
    each = " UNION ALL ".join([one] * len(states))
    values = [value for state in states for value in (state.value, at_most)]
    query = (
        f"SELECT {_COLUMNS} FROM ({each} {_NEWEST}) AS chosen JOIN jobs USING (id)"
        " ORDER BY jobs.created DESC, id DESC"
    )
    rows = connection.execute(query, (*values, at_most)) if states else ()
    return [_entry(each) for each in rows]


def search(connection: Connection, wanted: Filter) -> list[Entry]:
    """The jobs that match, newest first. Indexes select by state, time and labels; the rows are
    read in batches until there are enough."""
    rows = connection.execute(*_places(connection, wanted))
    found: list[Entry] = []
    while ids := [id_ for id_, _ in rows.fetchmany(_BATCH)]:
        found += (entry for entry in _of(connection, ids) if matches(entry, wanted))
        if wanted.limit is not None and len(found) >= wanted.limit:
            return found[: wanted.limit]
    return found


def _places(connection: Connection, wanted: Filter) -> tuple[str, list[object]]:
    """The query for the ids: each state's are in the order of time in its index."""
    rules, values = ["state = ?"], list[object]()
    for rule, at in (("created >= ?", wanted.since), ("created < ?", wanted.until)):
        if at is not None:
            rules.append(rule)
            values.append(micros(at))
    if wanted.after is not None:
        created, job = decode_cursor(wanted.after)
        last = connection.execute("SELECT id FROM jobs WHERE job = ?", (job,)).fetchone()
        rules.append("(created, id) < (?, ?)")
        values += [micros(created), last[0] if last else 0]
    for label in wanted.labels.items():
        rules.append("id IN (SELECT id FROM labels WHERE name = ? AND value = ?)")
        values += label
    if wanted.text is not None and _PLAIN.fullmatch(wanted.text):
        rules.append(f"(entry LIKE ? OR {_NOT_ASCII})")
        values.append(f"%{wanted.text}%")
    chosen = [state.value for state in states(wanted)] or [""]
    one = f"SELECT id, created FROM jobs WHERE {' AND '.join(rules)}"
    query = f"{' UNION ALL '.join([one] * len(chosen))} ORDER BY created DESC, id DESC"
    return query, [value for state in chosen for value in (state, *values)]


def _of(connection: Connection, ids: list[int]) -> list[Entry]:
    """The jobs of these ids, in their order."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM json_each(?) AS chosen JOIN jobs ON jobs.id = chosen.value"
        " ORDER BY chosen.key",
        (msgspec.json.encode(ids).decode(),),
    )
    return [_entry(each) for each in rows]


def family(
    connection: Connection, parent: str, states: Collection[State], limit: int | None
) -> list[Entry]:
    """The same among the attempts of one failover, which are few."""
    marks = ", ".join("?" * len(states))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM jobs WHERE parent = ? AND +state IN ({marks}) {_NEWEST}",
        (parent, *(state.value for state in states), -1 if limit is None else limit),
    )
    return [_entry(each) for each in rows]


def spent(connection: Connection, budget: Budget) -> Money:
    """The sum that counts against a budget."""
    unit = budget.limit.unit
    rules, values = ["unit = ?", "created >= ?"], [unit, micros(budget.since)]
    for label in budget.labels.items():
        rules.append("id IN (SELECT id FROM labels WHERE name = ? AND value = ?)")
        values += label
    rows = connection.execute(f"SELECT counted FROM jobs WHERE {' AND '.join(rules)}", values)
    # Summed here, since SQLite has no exact decimals; a vendor has few different prices.
    times = Counter(amount for (amount,) in rows)
    pairs = ((amount, count) for amount, count in times.items())
    added = row("what a job costs", lambda: total((Decimal(each), count) for each, count in pairs))
    return Money(amount=added, unit=unit)


def lease(connection: Connection, lease: Lease) -> None:
    """Record a job's lease."""
    connection.execute(
        "UPDATE jobs SET owner = ?, leased_until = ?, generation = ? WHERE job = ?",
        (lease.owner, micros(lease.expires), lease.generation, lease.job),
    )


def renew(connection: Connection, owners: Collection[str], until: datetime) -> None:
    """Renew all leases of these owners."""
    connection.execute(
        "UPDATE jobs SET leased_until = ? WHERE owner IN (SELECT value FROM json_each(?))",
        (micros(until), msgspec.json.encode(sorted(owners)).decode()),
    )


def free(connection: Connection, job: str, owner: str) -> None:
    """Release the job's lease, if `owner` holds it."""
    connection.execute(
        "UPDATE jobs SET owner = NULL, leased_until = NULL WHERE job = ? AND owner = ?",
        (job, owner),
    )


def histories(
    connection: Connection, kinds: Collection[str], jobs: Collection[str] | None = None
) -> Iterator[Iterator[Event]]:
    """The events of these kinds (of these jobs, if given): job by job, in their order."""
    marks = ", ".join("?" * len(kinds))
    rows = connection.execute(
        f"SELECT job, facts FROM events WHERE what IN ({marks}) ORDER BY job, seq", tuple(kinds)
    )
    for job, of_one_job in groupby(rows, key=itemgetter(0)):
        if jobs is None or job in jobs:
            yield (_event(facts) for _, facts in of_one_job)


def _event(facts: str) -> Event:
    return row("an event of a job", lambda: read_event(facts))


def _entry(columns: tuple[str, str | None, int | None, int]) -> Entry:
    return row("the entry of a job", lambda: _read(*columns))


def _read(text: str, owner: str | None, until: int | None, generation: int) -> Entry:
    entry = read_entry(text)
    if owner is None or until is None:
        return msgspec.structs.replace(entry, generation=int(generation))
    return msgspec.structs.replace(
        entry, owner=str(owner), leased_until=moment(until), generation=int(generation)
    )
