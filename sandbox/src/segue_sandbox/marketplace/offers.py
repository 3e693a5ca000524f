"""The sellers: who offers a model at which share of the direct price, cheapest first.

Each sellable model has five offers. The two cheapest can take nothing, as real order books
list such offers too; the last asks the full price. What the provider behind them (Venice)
charges is what its own model in this sandbox charges.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from hashlib import sha256

import msgspec

from segue_sandbox.marketplace import errors

EMPTY = frozenset({"venice-lyria-3-pro"})
"""Listed, and sold by nobody."""
SICK = frozenset({"venice-elevenlabs-tts-v4"})
"""Sold by sellers of whom none is healthy."""
COMING = frozenset({"venice-sonilo-v1-1-music"})
"""Sold at times: its sellers are away for the first half of every ten minutes."""

_WHOLE = Decimal(1)
_BOOK = (
    (Decimal("0.4"), False, True),
    (Decimal("0.5"), True, False),
    (Decimal("0.6"), True, True),
    (Decimal("0.65"), True, True),
    (_WHOLE, True, True),
)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A seller's offer: `multiplier` is its share of the direct price."""

    id: str
    seller: str
    rank: int
    multiplier: Decimal
    available: bool
    healthy: bool

    @property
    def ready(self) -> bool:
        """Whether it can take a job now."""
        return self.available and self.healthy

    def cost(self, direct: int) -> int:
        """What a buyer pays, in micro-USDC; how the vendor rounds is not known. No fee on top,
        as in the vendor's sample, where both sides' amounts are equal.
        """
        return int((direct * self.multiplier).to_integral_value(ROUND_CEILING))

    def discount(self, direct: int) -> Decimal | None:
        """`(1 - buyer / direct) * 100`, not rounded; None where the direct cost is unknown."""
        return (1 - Decimal(self.cost(direct)) / direct) * 100 if direct > 0 else None


def offers(model: str, now: float) -> Sequence[Offer]:
    """All offers for a model, those that can take nothing among them."""
    if model in EMPTY or (model in COMING and now % 600 < 300):
        return ()
    return [
        Offer(
            id=_name(model, rank)[:26].upper(),
            seller=f"0x{_name(model, rank)[:40]}",
            rank=rank,
            multiplier=multiplier,
            available=available,
            healthy=healthy and model not in SICK,
        )
        for rank, (multiplier, available, healthy) in enumerate(_BOOK, 1)
    ]


def route(model: str, direct: int, floor: int | None, now: float, *, live: bool) -> list[Offer]:
    """The sellers who may be asked, cheapest first; refused where there is none."""
    if model in COMING and not offers(model, now):
        raise errors.unknown_model(model)
    if not (listed := offers(model, now)):
        raise errors.unsold(model)
    if not (ready := [offer for offer in listed if offer.ready]):
        raise errors.refused(503)
    if floor is None:
        return ready
    known = [(offer.discount(direct), offer) for offer in ready]
    if enough := [offer for found, offer in known if found is not None and found >= floor]:
        return enough
    best = max((found for found, _ in known if found is not None), default=None)
    raise errors.filtered(floor, best, live=live)


def ceiling(estimate: int) -> int:
    """`max_cost_usdc`: a tenth above the estimate, as in both of the vendor's samples."""
    return -(-estimate * 11 // 10)


def _name(model: str, rank: int) -> str:
    return sha256(f"{model} {rank}".encode()).hexdigest()
