"""Jobs that are delivered by the journal, with their files still there: nothing more is requested
for them. Pure.
"""

from __future__ import annotations

from pathlib import Path

from segue._engine.agreement import Deal
from segue._engine.lease import look_up
from segue._files.final_name import ORIGINAL
from segue.containers import AUDIO
from segue.events import File
from segue.flow import Flow, work
from segue.job import Delivery, Saved, Snapshot, Status, Ticket
from segue.journal import Entry, State

DELIVERED = "delivered"
"""The status word of a snapshot from the journal."""

_STATES = (State.DELIVERED, State.RELEASED)


def delivered_entry(ticket: Ticket) -> Flow[Entry | None]:
    """The journal's entry of this job, if it was delivered and every file exists."""
    entry = (yield from look_up(ticket.job)) if ticket.job else None
    if entry is None or entry.ticket is None or entry.state not in _STATES or not entry.files:
        return None
    if (entry.ticket.provider, entry.ticket.id) != (ticket.provider, ticket.id):
        return None
    complete = yield from work(lambda: all(map(_whole, entry.files)))
    return entry if complete else None


def snapshot_of(entry: Entry) -> Snapshot:
    """A snapshot made from the entry, in place of a poll."""
    paths = ", ".join(str(file.path) for file in entry.files)
    return Snapshot(
        status=Status.SUCCEEDED,
        word=DELIVERED,
        progress=1.0,
        cost=entry.cost,
        notes=(f"it was delivered already: {paths}",),
    )


def has_files_at(entry: Entry, to: str | Path | None) -> bool:
    """Whether its files are in the folder `to`, or have that name; True for None. The extension of
    a name follows the bytes, so it is not compared."""
    if to is None:
        return True
    wanted, first = Path(to).expanduser().absolute(), entry.files[0].path
    named = (first.parent, first.stem) == (wanted.parent, wanted.stem)
    return named or all(file.path.parent == wanted for file in entry.files)


def delivery(entry: Entry, ticket: Ticket) -> Delivery:
    """The delivery, as far as the journal holds it."""
    deal = Deal.of(entry)
    return Delivery(
        ticket=ticket,
        snapshot=snapshot_of(entry),
        files=tuple(map(_saved, entry.files)),
        quoted=deal.quoted,
        dropped=deal.dropped,
    )


def _whole(file: File) -> bool:
    try:
        return file.path.stat().st_size == file.bytes
    except OSError:
        return False


def _saved(file: File) -> Saved:
    container = file.path.suffix.lower().lstrip(".")
    return Saved(
        path=file.path,
        bytes=file.bytes,
        sha256=file.sha256,
        container=container,
        kind=_kind(file.path, container),
    )


def _kind(path: Path, container: str) -> str:
    if path.stem.endswith(ORIGINAL):
        return "original"
    return "track" if container in AUDIO else "file"
