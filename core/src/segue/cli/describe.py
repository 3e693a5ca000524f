"""Describe a job of the journal for people and programs: state, cost, files, next commands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from segue._journal.lease import available
from segue._process.owner import described
from segue.cli import next_steps
from segue.cli.exits import one_line
from segue.cli.outlet import permanent
from segue.job import Status
from segue.journal import Entry, State

UNFINISHED = (State.INTENT, State.UNKNOWN, State.SUBMITTED, State.ENDED)
"""The states of jobs that may have files to download."""

_STATE_TEXTS = {
    State.INTENT: "being submitted",
    State.SUBMITTED: "waiting",
    State.DELIVERED: "saved",
    State.RELEASED: "saved, the vendor's copy is deleted",
    State.FORGOTTEN: "forgotten",
}


def holder(entry: Entry) -> str | None:
    """The process that holds the job's lease, such as `process 4711 on studio`, if any."""
    if available(entry.owner, entry.leased_until, "", datetime.now(UTC)) or entry.owner is None:
        return None
    return described(entry.owner)


def outcome_unknown(entry: Entry) -> bool:
    """Whether it may or may not have been charged, and no process is about to find out."""
    abandoned = entry.state is State.INTENT and holder(entry) is None
    return abandoned or entry.state is State.UNKNOWN


def undelivered(entry: Entry) -> bool:
    """Whether it may have files that are not downloaded yet."""
    if entry.state is State.ENDED:
        return entry.status is Status.SUCCEEDED
    return entry.state in UNFINISHED


def state_text(entry: Entry) -> str:
    """The state in words: `waiting`, `done, not saved`, `failed: REASON`."""
    if outcome_unknown(entry):
        return "outcome unknown"
    match entry.state:
        case State.REFUSED:
            return _with_reason("refused", entry)
        case State.ENDED if entry.status is Status.SUCCEEDED:
            return "done, not saved"
        case State.ENDED:
            return _with_reason(entry.status.value if entry.status else "ended", entry)
        case state:
            return _STATE_TEXTS[state]


def cost_text(entry: Entry) -> str:
    """The billed cost, or else the quote."""
    if entry.cost is not None:
        return f"{entry.cost}, refunded" if entry.refunded else str(entry.cost)
    return f"quoted {entry.quoted}" if entry.quoted is not None else ""


def output_text(entry: Entry) -> str:
    """The saved file, if there is a permanent one; else the prompt."""
    if entry.files and permanent(entry.files[0].path.parent) is not None:
        first, *others = entry.files
        return f"{relative(first.path)}{f' and {len(others)} more' if others else ''}"
    return truncate(one_line(str(entry.task.get("prompt") or entry.task.get("type", ""))), 60)


def row(entry: Entry, *, short: bool) -> list[str]:
    """The job as a row of a table: id, time, backend, state, cost, file or prompt."""
    at = local_time(entry.created, short=short)
    return [entry.job, at, entry.backend, state_text(entry), cost_text(entry), output_text(entry)]


def local_time(at: datetime, *, short: bool = False) -> str:
    """A time in the local time zone: `2026-05-01 14:30`, or `05-01 14:30` if `short`."""
    return at.astimezone().strftime("%m-%d %H:%M" if short else "%Y-%m-%d %H:%M")


def unknown_summary(entry: Entry) -> str:
    """What is known of a job whose outcome is unknown: time, backend, quote, request, reason."""
    quoted = f", quoted at {entry.quoted}" if entry.quoted is not None else ""
    why = entry.reason or "its process died during the submission"
    return (
        f"job {entry.job} ({entry.backend}, {local_time(entry.created)}{quoted},"
        f" {output_text(entry)!r}) may have been charged or not: {why}"
    )


def unknown_note(entry: Entry) -> str:
    """What is known of it, and the two commands to choose from."""
    return (
        f"{unknown_summary(entry)}. It is not resubmitted automatically: check the vendor's list of"
        f" jobs or bills, then {' or '.join(f'`{command}`' for command in next_commands(entry))}"
    )


def truncate(text: str, width: int) -> str:
    """At most `width` characters of it."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def next_commands(entry: Entry) -> list[str]:
    """The next commands that would do something."""
    return next_steps.commands(entry, held=holder(entry) is not None)


def facts(entry: Entry) -> dict[str, object]:
    """All of it as JSON values; of the ticket only the id."""
    ticket = entry.ticket
    return {
        "job": entry.job,
        "state": entry.state.value,
        "standing": state_text(entry),
        "doubtful": outcome_unknown(entry),
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
        "key": entry.order_key,
        "label": entry.label,
        "labels": entry.labels,
        "next": next_commands(entry),
    }


def lines(entry: Entry) -> list[tuple[str, str]]:
    """All of it for people: pairs of name and value, without empty values."""
    owner = holder(entry)
    rows = [
        ("job", entry.job),
        ("state", state_text(entry)),
        ("backend", entry.backend),
        *((name, str(value)) for name, value in entry.task.items() if value not in (None, {})),
        ("created", local_time(entry.created)),
        ("updated", local_time(entry.updated)),
        ("quoted", str(entry.quoted or "")),
        ("cost", str(entry.cost or "")),
        ("refunded", "yes, the vendor says" if entry.refunded else ""),
        ("reason", entry.reason),
        ("trouble", entry.trouble),
        ("ticket id", entry.ticket.id if entry.ticket else ""),
        *(
            ("file", f"{relative(f.path)} ({f.bytes} bytes, sha256 {f.sha256})")
            for f in entry.files
        ),
        ("goes to", entry.to or ""),
        ("attempt of", entry.parent or ""),
        ("held by", owner or ""),
        ("key", entry.order_key or ""),
        ("label", entry.label or ""),
        *((f"label {name}", value) for name, value in entry.labels.items()),
        *(("next", command) for command in next_commands(entry)),
    ]
    return [(name, value) for name, value in rows if value]


def _with_reason(what: str, entry: Entry) -> str:
    return f"{what}: {one_line(entry.reason)}" if entry.reason else what


def relative(path: Path) -> Path:
    """The path relative to the current folder, if it is below it; the journal holds it absolute."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
