"""Resolve a job's name, or an unambiguous beginning of one."""

from __future__ import annotations

from collections.abc import Sequence

from segue.errors import UnknownJob

SHOWN = 3
"""How many names an error lists."""


def unknown(job: str) -> UnknownJob:
    """The error for a job that is not in the journal. A ticket may hold a job token: it is not
    shown."""
    if job.lstrip().startswith("{"):
        return UnknownJob(
            "that is no job's name, but looks like the JSON of a ticket",
            advice="resume it as a ticket: client.resume(segue.Ticket.from_json(text))",
        )
    return UnknownJob(f"the journal knows no job {job!r}")


def resolve(asked: str, names: Sequence[str]) -> str:
    """The job that is called `asked`, else the only one that begins like it; or `UnknownJob`.

    `names` are jobs whose names begin with `asked`; a few are enough, shortest ones included.
    """
    if asked in names:
        return asked
    if not asked or not names:
        raise unknown(asked)
    if len(names) > 1:
        listed = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
        raise UnknownJob(f"several jobs begin with {asked!r}: {listed}", advice="give more of it")
    return names[0]
