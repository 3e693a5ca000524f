"""The ledger: what each account was charged and given back, and which webhooks it was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from segue_sandbox.accounts import ZERO
from segue_sandbox.ledger import Booked, statement
from segue_sandbox.musicapi.desk import Desk
from segue_sandbox.musicapi.webhooks import Delivery

Line = Mapping[str, object]


def ledger(desk: Desk, sent: Sequence[Delivery], now: float) -> dict[str, object]:
    """Every account by its key's fingerprint. `charged` and `refunded` are credits; lyrics
    credits are summed apart, as `lyrics_charged`."""
    booked: list[Booked] = [*desk.tasks.values(), *desk.answered]
    told = statement(desk.accounts.values(), booked, now)
    entries: dict[str, list[Line]] = {name: [] for name in told}
    for one in booked:
        entries[one.account.id].append(msgspec.to_builtins(one.entry(now)))
    hooks: dict[str, list[Line]] = {name: [] for name in told}
    for delivery in sent:
        hooks[desk.tasks[delivery.task].account.id].append(_line(delivery))
    return {
        name: {**account, **_sums(entries[name]), "webhooks": hooks[name]}
        for name, account in told.items()
        if isinstance(account, dict)
    }


def _sums(entries: Sequence[Line]) -> dict[str, str]:
    words = [line for line in entries if line["currency"] == "lyrics_credits"]
    credits_ = [line for line in entries if line not in words]
    return {
        "charged": _sum(credits_, "charged"),
        "refunded": _sum(credits_, "refunded"),
        "lyrics_charged": _sum(words, "charged"),
    }


def _sum(entries: Sequence[Line], column: str) -> str:
    return str(sum((Decimal(str(line[column])) for line in entries), ZERO))


def _line(delivery: Delivery) -> Line:
    return {**msgspec.structs.asdict(delivery), "body": delivery.body.decode()}
