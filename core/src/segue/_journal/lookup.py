"""Resolve a job's name, or a unique prefix of one."""

from __future__ import annotations

from collections.abc import Sequence

from segue.errors import UnknownJob

SHOWN = 3
"""The number of names in an error."""


def unknown(job: str) -> UnknownJob:
    """The error for a job that is not in the journal. A ticket may hold a job token: it is not
    shown."""
    if job.lstrip().startswith("{"):
        return UnknownJob(
            "that is no job's name, but looks like the JSON of a ticket",
            advice="resume it as a ticket: client.resume(segue.Ticket.from_json(text))",
        )
    return UnknownJob(f"the journal knows no job {job!r}")


def resolve(given: str, names: Sequence[str]) -> str:
    """Return the job named `given`, else the only one with that prefix; raise `UnknownJob`.

    `names` are jobs with the prefix `given`; a few are enough, shortest ones included.
    """
    if given in names:
        return given
    if not given or not names:
        raise unknown(given)
    if len(names) > 1:
        listed = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
        raise UnknownJob(f"several jobs begin with {given!r}: {listed}", advice="give more of it")
    return names[0]
