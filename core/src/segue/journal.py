"""The journal: where the events of every job are kept, so that none is ever forgotten."""

from __future__ import annotations

from typing import Protocol

from segue.flow import Event, Now


class Journal(Protocol):
    """A store for events. `write` returns once the event would survive a crash."""

    def write(self, event: Event) -> None:
        """Keep `event`; raise `SegueError` when that is not possible."""


def event(job: str, what: str, clock: Now, **facts: object) -> Event:
    """What happened to `job` at the clock's reading."""
    return Event(job=job, what=what, at=clock.utc, facts=facts)
