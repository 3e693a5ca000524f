"""The standard output of `segue generate`: paths, a ticket, or one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segue.cli import summary
from segue.cli.exits import echo, echo_json

if TYPE_CHECKING:
    from rich.console import Console

    from segue.job import Delivery, Ticket
    from segue.money import Money


def print_ticket(ticket: Ticket, *, as_json: bool, notes: Sequence[str]) -> None:
    """Print the ticket of a job that was only submitted."""
    if not as_json:
        echo(ticket.to_json())
        return
    echo_json({**_job(ticket), "status": "submitted", "notes": notes, "ticket": ticket})


def print_delivery(
    delivery: Delivery,
    console: Console,
    *,
    as_json: bool,
    quiet: bool,
    notes: Sequence[str],
    paths: bool = True,
) -> None:
    """Print the paths of the files, if `paths`; describe them on `console`, unless `quiet`."""
    found = summary.pieces(delivery, columns=summary.columns(console))
    if not quiet:
        summary.show(console, found, delivery)
    if as_json:
        echo_json(_facts(delivery, found, notes))
        return
    for path in delivery.paths if paths else ():
        echo(str(path))


def costs(bill: Money | None, quoted: Money | None) -> dict[str, object]:
    """`cost` is the bill, or the quote if there is no bill; `cost_is` says which of the two."""
    cost = bill if bill is not None else quoted
    return {
        "cost": None if cost is None else str(cost),
        "cost_is": None if cost is None else "quote" if bill is None else "bill",
        "quoted": None if quoted is None else str(quoted),
    }


def _facts(
    delivery: Delivery, found: Sequence[summary.Piece], notes: Sequence[str]
) -> dict[str, object]:
    snapshot = delivery.snapshot
    return {
        **_job(delivery.ticket),
        "status": snapshot.status.value,
        "partial": snapshot.partial,
        "files": [piece.facts() for piece in found],
        **costs(delivery.bill, delivery.quoted),
        "notes": list(dict.fromkeys([*delivery.notes, *notes])),
        "understood": snapshot.understood,
    }


def _job(ticket: Ticket) -> dict[str, object]:
    model = f"/{ticket.model}" if ticket.model else ""
    return {"job": ticket.job, "backend": f"{ticket.provider}{model}"}
