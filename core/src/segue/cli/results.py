"""What `segue generate` leaves on the standard output: paths, a ticket, or one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segue.cli import summary
from segue.cli.exits import say, say_json

if TYPE_CHECKING:
    from rich.console import Console

    from segue.job import Delivery, Ticket
    from segue.money import Money


def tell_ticket(ticket: Ticket, *, as_json: bool, notes: Sequence[str]) -> None:
    """Print the ticket of a job that nobody waits for here."""
    if not as_json:
        say(ticket.to_json())
        return
    say_json({**_job(ticket), "status": "submitted", "notes": notes, "ticket": ticket})


def tell(
    delivery: Delivery,
    console: Console,
    *,
    as_json: bool,
    quiet: bool,
    notes: Sequence[str],
    paths: bool = True,
) -> None:
    """Print where the files are, unless that is nobody's business (not `paths`); tell about them
    on `console`, unless `quiet`."""
    found = summary.pieces(delivery, columns=summary.columns(console))
    if not quiet:
        summary.show(console, found, delivery)
    if as_json:
        say_json(_facts(delivery, found, notes))
        return
    for path in delivery.paths if paths else ():
        say(str(path))


def costs(bill: Money | None, quoted: Money | None) -> dict[str, object]:
    """`cost` is the bill, and the quote where no bill came: `cost_is` says which of the two."""
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
