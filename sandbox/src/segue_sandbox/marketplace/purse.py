"""`GET /v1/buyer/me`: what a buyer has, may spend and has spent (its fields were observed).

Amounts named `…_usdc` are micro-USDC as text; the statistics are whole numbers. Whether a media
job stands in `recent_usage`, and under which id, is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256

from segue.flow import Reply
from segue_sandbox.marketplace.desk import MICRO, Desk, Visit
from segue_sandbox.marketplace.jobs import Job
from segue_sandbox.vendor import json_reply

_TOKENS = {"input_tokens": 0, "output_tokens": 0}
_RECENT = 20


def purse(desk: Desk, visit: Visit) -> Reply:
    """The buyer's money, and where it went."""
    buyer = visit.buyer
    funds = buyer.account.funds
    paid = [job for job in desk.jobs.values() if job.buyer is buyer and job.charge]
    body = {
        "wallet": _address(buyer.account.id),
        "balance_usdc": _micro(funds["USDC"]),
        "allowance_usdc": _micro(buyer.allowance),
        "credit_balance_usdc": _micro(funds["credit"]),
        "settlement_contract": _address("settlement"),
        "stats": {
            "total_spent": sum(job.cost for job in paid),
            "total_input_tokens": 0,
            "total_output_tokens": 0,
            "total_requests": len(paid),
        },
        "model_breakdown": _by_model(paid),
        "recent_usage": [_used(job) for job in paid[: -_RECENT - 1 : -1]],
    }
    return json_reply(200, body)


def _by_model(paid: Sequence[Job]) -> list[dict[str, object]]:
    named = {
        job.terms.model: [one for one in paid if one.terms.model == job.terms.model] for job in paid
    }
    return [
        {
            "model": model,
            "spent": sum(job.cost for job in jobs),
            "direct_spent": sum(job.terms.direct for job in jobs),
            **_TOKENS,
            "requests": len(jobs),
        }
        for model, jobs in named.items()
    ]


def _used(job: Job) -> dict[str, object]:
    return {
        "id": job.request,
        "buyer_cost_usdc": str(job.cost),
        "direct_cost_usdc": str(job.terms.direct),
        **_TOKENS,
        "settlement_status": "confirmed",
    }


def _micro(amount: Decimal) -> str:
    return str(int(amount * MICRO))


def _address(name: str) -> str:
    return f"0x{sha256(name.encode()).hexdigest()[:40]}"
