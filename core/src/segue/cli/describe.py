"""A job of the journal in plain words: where it stands, what it costs, what can be done next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from segue._journal.lease import available, described
from segue.cli import next_steps
from segue.cli.exits import one_line
from segue.cli.outlet import lasting
from segue.job import Status
from segue.journal import Entry, State

UNFINISHED = (State.INTENT, State.UNKNOWN, State.SUBMITTED, State.ENDED)
"""The states of jobs that may have something to bring home."""

_PLAIN = {
    State.INTENT: "being submitted",
    State.SUBMITTED: "waiting",
    State.DELIVERED: "saved",
    State.RELEASED: "saved, the vendor's copy is deleted",
    State.FORGOTTEN: "forgotten",
}


def holder(entry: Entry) -> str | None:
    """Who works on the job right now, for people: `process 4711 on studio`; None: nobody."""
    if available(entry.owner, entry.leased_until, "", datetime.now(UTC)) or entry.owner is None:
        return None
    return described(entry.owner)


def doubtful(entry: Entry) -> bool:
    """Whether it may have been charged or not, and nobody is about to find out."""
    lost = entry.state is State.INTENT and holder(entry) is None
    return lost or entry.state is State.UNKNOWN


def owed(entry: Entry) -> bool:
    """Whether it may have something that is not brought home yet."""
    if entry.state is State.ENDED:
        return entry.status is Status.SUCCEEDED
    return entry.state in UNFINISHED


def words(entry: Entry) -> str:
    """Where the job stands: `waiting`, `done, not saved`, `failed: somebody coughed`."""
    if doubtful(entry):
        return "outcome unknown"
    match entry.state:
        case State.REFUSED:
            return _because("refused", entry)
        case State.ENDED if entry.status is Status.SUCCEEDED:
            return "done, not saved"
        case State.ENDED:
            return _because(entry.status.value if entry.status else "ended", entry)
        case state:
            return _PLAIN[state]


def money(entry: Entry) -> str:
    """The bill, or else what was quoted."""
    if entry.cost is not None:
        return f"{entry.cost}, refunded" if entry.refunded else str(entry.cost)
    return f"quoted {entry.quoted}" if entry.quoted is not None else ""


def music(entry: Entry) -> str:
    """The file, once there is one that stays; else what was asked for."""
    if entry.files and lasting(entry.files[0].path.parent) is not None:
        first, *others = entry.files
        return f"{near(first.path)}{f' and {len(others)} more' if others else ''}"
    return cut(one_line(str(entry.task.get("prompt") or entry.task.get("type", ""))), 60)


def row(entry: Entry, *, short: bool) -> list[str]:
    """The job as a row of a table: name, when, backend, standing, money, music."""
    at = moment(entry.created, short=short)
    return [entry.job, at, entry.backend, words(entry), money(entry), music(entry)]


def moment(at: datetime, *, short: bool = False) -> str:
    """A time as the user's clock has it: `2026-05-01 14:30`, or `05-01 14:30`."""
    return at.astimezone().strftime("%m-%d %H:%M" if short else "%Y-%m-%d %H:%M")


def known(entry: Entry) -> str:
    """What is known of a job whose outcome is unknown: when, who, the quote, the request."""
    quoted = f", quoted at {entry.quoted}" if entry.quoted is not None else ""
    why = entry.reason or "its process died while it was being sent"
    return (
        f"job {entry.job} ({entry.backend}, {moment(entry.created)}{quoted},"
        f" {music(entry)!r}) may have been charged or not: {why}"
    )


def doubt(entry: Entry) -> str:
    """What is known of it, and the two choices."""
    return (
        f"{known(entry)}. It is not sent again by itself: look at the vendor's own list of jobs"
        f" or bills; then {' or '.join(f'`{command}`' for command in choices(entry))}"
    )


def cut(text: str, width: int) -> str:
    """At most `width` letters of it."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def choices(entry: Entry) -> list[str]:
    """The commands that make sense next."""
    return next_steps.commands(entry, held=holder(entry) is not None)


def facts(entry: Entry) -> dict[str, object]:
    """All of it for a program to read. Of the ticket, only what names the job."""
    ticket = entry.ticket
    return {
        "job": entry.job,
        "state": entry.state.value,
        "standing": words(entry),
        "doubtful": doubtful(entry),
        "backend": entry.backend,
        "task": entry.task,
        "created": entry.created,
        "updated": entry.updated,
        "status": entry.status.value if entry.status else None,
        "quoted": None if entry.quoted is None else str(entry.quoted),
        "cost": None if entry.cost is None else str(entry.cost),
        "refunded": entry.refunded,
        "reason": entry.reason,
        "trouble": entry.trouble,
        "ticket_id": ticket.id if ticket else None,
        "files": [{"path": str(f.path), "bytes": f.bytes, "sha256": f.sha256} for f in entry.files],
        "to": entry.to,
        "parent": entry.parent,
        "held_by": holder(entry),
        "next": choices(entry),
    }


def lines(entry: Entry) -> list[tuple[str, str]]:
    """All of it for people: a name and a value each, without what is not known."""
    held = holder(entry)
    told = [
        ("job", entry.job),
        ("state", words(entry)),
        ("backend", entry.backend),
        *((name, str(value)) for name, value in entry.task.items() if value not in (None, {})),
        ("created", moment(entry.created)),
        ("updated", moment(entry.updated)),
        ("quoted", str(entry.quoted or "")),
        ("cost", str(entry.cost or "")),
        ("refunded", "yes, the vendor says" if entry.refunded else ""),
        ("reason", entry.reason),
        ("trouble", entry.trouble),
        ("ticket id", entry.ticket.id if entry.ticket else ""),
        *(("file", f"{near(f.path)} ({f.bytes} bytes, sha256 {f.sha256})") for f in entry.files),
        ("goes to", entry.to or ""),
        ("attempt of", entry.parent or ""),
        ("held by", f"{held}, which is working on it" if held else ""),
        *(("next", command) for command in choices(entry)),
    ]
    return [(name, value) for name, value in told if value]


def _because(what: str, entry: Entry) -> str:
    return f"{what}: {one_line(entry.reason)}" if entry.reason else what


def near(path: Path) -> Path:
    """The path from the current folder, where it lies below; the journal keeps it whole."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
