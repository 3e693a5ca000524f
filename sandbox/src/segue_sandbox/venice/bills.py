"""What a key may spend, and the bills that need an admin key (venice-billing, venice-api-keys)."""

from __future__ import annotations

from datetime import UTC, datetime

from segue.flow import Reply
from segue_sandbox.vendor import json_reply
from segue_sandbox.venice import errors, keys
from segue_sandbox.venice.catalogue import rows
from segue_sandbox.venice.desk import Desk, Visit

_SHOWN = ("USD", "DIEM", "BUNDLED_CREDITS")


def rate_limits(desk: Desk, visit: Visit) -> Reply:
    """Any key's own balances, capped by its limit; music models have no rates of their own."""
    account = visit.account
    account.renew(visit.now)
    begins = datetime.fromtimestamp(desk.dial.unix(desk.dial.next_day(visit.now)), UTC)
    rates = [
        {"apiModelId": row.id, "rateLimits": [] if row.type == "music" else _SPEECH_RATE}
        for row in rows().values()
    ]
    data = {
        "accessPermitted": True,
        "apiTier": {"id": "paid", "isCharged": True},
        "balances": {name: float(account.spendable(name)) for name in _SHOWN},
        "keyExpiration": None,
        "nextEpochBegins": begins.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "rateLimits": rates,
    }
    return json_reply(200, {"data": data})


def balance(visit: Visit) -> Reply:
    """The account's balance, for admin keys only."""
    if not keys.is_admin(visit.key):
        raise errors.plain(401, "Admin API key required")
    held = {name: float(amount) for name, amount in visit.account.funds.items()}
    names = {"DIEM": "diem", "USD": "usd", "BUNDLED_CREDITS": "bundledCredits"}
    balances = {said: held[name] for name, said in names.items()}
    first = next((name for name in keys.ORDER if held[name] > 0 and name in names), None)
    body = {
        "canConsume": any(held.values()),
        "consumptionCurrency": first,
        "balances": {**balances, "earnedCredits": held["EARNED_CREDITS"]},
        "diemEpochAllocation": float(visit.account.daily.get("DIEM", 0)),
    }
    return json_reply(200, body)


_SPEECH_RATE = [{"type": "RPM", "amount": 60}]
