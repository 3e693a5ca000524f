"""Fold a job's events into its entry: one pure function, which every journal uses.

A job only moves forward, in the order of `State`, in whatever order and however often its events
come. So an event that is repeated, by a second process or after a crash, updates its own fields and
undoes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from segue._journal.entry import Entry, State, utc
from segue._journal.lease import LEASE
from segue._journal.lookup import unknown
from segue.events import (
    Delivered,
    Event,
    Forgotten,
    Intent,
    Refused,
    Released,
    Submitted,
    Terminal,
    Troubled,
    Unknown,
)

_RANK = {
    State.INTENT: 0,
    State.UNKNOWN: 1,
    State.REFUSED: 2,
    State.SUBMITTED: 3,
    State.ENDED: 4,
    State.DELIVERED: 5,
    State.RELEASED: 6,
    State.FORGOTTEN: 7,
}


def folded(entry: Entry | None, event: Event) -> Entry:
    """The job's entry after `event`; raises `UnknownJob` for a job without an intent."""
    return _STEPS[type(event)](entry, event)


def _intent(entry: Entry | None, event: Intent) -> Entry:
    at = utc(event.at)
    if entry is not None and entry.state is not State.REFUSED:
        return replace(entry, owner=event.owner, leased_until=at + LEASE, updated=at)
    return Entry(
        job=event.job,
        state=State.INTENT,
        backend=event.backend,
        task=event.task,
        key=event.key,
        created=at,
        updated=at,
        quoted=event.quoted,
        reserved=event.reserved,
        parent=event.parent,
        to=event.to,
        overwrite=event.overwrite,
        label=event.label,
        dropped=event.dropped,
        labels=event.labels,
        order_key=event.order_key,
        task_sha256=event.task_sha256,
        owner=event.owner,
        leased_until=at + LEASE,
        generation=entry.generation + 1 if entry else 1,
    )


def _refused(entry: Entry | None, event: Refused) -> Entry:
    entry = _existing(entry, event)
    if entry.ticket is not None or _RANK[entry.state] > _RANK[State.REFUSED]:
        return _moved(entry, event, entry.state)  # the vendor did accept it
    return _moved(entry, event, State.REFUSED, reason=event.reason, reserved=None)


def _unknown(entry: Entry | None, event: Unknown) -> Entry:
    entry = _existing(entry, event)
    if _RANK[entry.state] > _RANK[State.UNKNOWN]:
        return _moved(entry, event, entry.state)  # its outcome is known by now
    return _moved(entry, event, State.UNKNOWN, reason=event.reason)


def _submitted(entry: Entry | None, event: Submitted) -> Entry:
    ticket = event.ticket
    if entry is None:
        model = f"/{ticket.model}" if ticket.model else ""
        return Entry(
            job=event.job,
            state=State.SUBMITTED,
            backend=f"{ticket.provider}{model}",
            task={},
            key="",
            created=utc(ticket.submitted_at or event.at),
            updated=utc(event.at),
            ticket=ticket,
        )
    reason = entry.reason if _RANK[entry.state] > _RANK[State.SUBMITTED] else ""
    return _moved(entry, event, State.SUBMITTED, ticket=ticket, reason=reason)


def _troubled(entry: Entry | None, event: Troubled) -> Entry:
    entry = _existing(entry, event)
    return _moved(entry, event, entry.state, trouble="" if entry.files else event.reason)


def _terminal(entry: Entry | None, event: Terminal) -> Entry:
    entry = _existing(entry, event)
    cost = event.cost if event.cost is not None else entry.cost
    refunded = entry.refunded or event.refunded
    if entry.files or _RANK[entry.state] >= _RANK[State.DELIVERED]:
        # It is downloaded. Later statements of the vendor change the bill at most.
        status, reason = entry.status or event.status, entry.reason
    else:
        status, reason = event.status, event.reason
    return _moved(
        entry,
        event,
        State.ENDED,
        status=status,
        cost=cost,
        refunded=refunded,
        reason=reason,
        trouble="",
    )


def _delivered(entry: Entry | None, event: Delivered) -> Entry:
    return _moved(_existing(entry, event), event, State.DELIVERED, files=event.files, trouble="")


def _released(entry: Entry | None, event: Released) -> Entry:
    return _moved(_existing(entry, event), event, State.RELEASED)


def _forgotten(entry: Entry | None, event: Forgotten) -> Entry:
    return _moved(_existing(entry, event), event, State.FORGOTTEN)


_STEPS: dict[type[Event], Callable[[Entry | None, Any], Entry]] = {
    Intent: _intent,
    Refused: _refused,
    Unknown: _unknown,
    Submitted: _submitted,
    Troubled: _troubled,
    Terminal: _terminal,
    Delivered: _delivered,
    Released: _released,
    Forgotten: _forgotten,
}
KINDS = tuple(str(kind.__struct_config__.tag) for kind in _STEPS)
"""The event types by their names in JSON."""


def _existing(entry: Entry | None, event: Event) -> Entry:
    if entry is None:
        raise unknown(event.job)
    return entry


def _moved(entry: Entry, event: Event, state: State, **facts: object) -> Entry:
    """The entry with these fields, moved on to `state` unless it is further already."""
    forward = state if _RANK[state] > _RANK[entry.state] else entry.state
    return replace(entry, state=forward, updated=utc(event.at), **facts)


def further(one: Entry, other: Entry) -> bool:
    """Whether `one` is a later state of the same job than `other`."""
    return _RANK[one.state] > _RANK[other.state]
