"""What a job is likely to cost, from the order book of its model. Pure, and an estimate.

The marketplace gives no price beforehand: what a job is estimated to cost, and what it may cost
at most, comes with the answer that takes it. The book tells what its sellers ask at this moment
(shape and units observed 2026-09; that the figures are millionths of a USD is observed, too).
The unit of music is not documented; a job, a second and a minute are understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from segue.errors import Rejected, Unavailable
from segue.flow import Reply
from segue.money import Money, Quote
from segue_marketplace import usdc, wire

_SECONDS = {"second": 1, "seconds": 1, "minute": 60, "minutes": 60}


class Offer(msgspec.Struct, frozen=True):
    """A seller's offer. The book lists those that cannot be had, too."""

    media_unit_price: object = None
    media_unit: object = None
    direct_media_unit_price: object = None
    available: object = None
    healthy: object = None
    cap_remaining: object = None

    def to_be_had(self, percent: int | None) -> bool:
        """Whether it would be taken, as far as the book tells: sellers that are unhealthy or
        have reached their cap are passed over, and so is what misses the minimum discount."""
        open_ = self.available is not False and self.healthy is not False
        return open_ and wire.number(self.cap_remaining) != 0 and self._saves(percent)

    def _saves(self, percent: int | None) -> bool:
        """Without the marketplace's fee, which the book does not tell. Nothing is rounded."""
        if percent is None:
            return True
        asked, direct = usdc.micro(self.media_unit_price), usdc.micro(self.direct_media_unit_price)
        if asked is None or direct is None or not direct.amount:
            return False
        return (1 - asked.amount / direct.amount) * 100 >= percent


class _Book(msgspec.Struct, frozen=True):
    """The answer of `GET /api/markets/MODEL`; an offer that cannot be read is left out."""

    offers: list[msgspec.Raw] = []


def estimate(reply: Reply, *, model: str, duration: float | None, percent: int | None) -> Quote:
    """The price of the cheapest offer that can be had now.

    Raises `Unavailable` when there is none, and `Rejected` when it cannot be worked out.
    """
    offers = [one for one in _offers(reply) if one.to_be_had(percent)]
    priced = [(price, one) for one in offers if (price := _price(one)) is not None]
    if not priced:
        below = f" at a discount of {percent} %" if percent else ""
        raise Unavailable(f"nobody is selling {model}{below} right now, so there is no price")
    price, best = min(priced, key=lambda pair: pair[0].amount)
    unit = wire.known(best.media_unit) or "job"
    return Quote(
        cost=_for(price, unit, duration),
        estimate=True,
        basis=(
            f"an estimate, from the order book: the cheapest of {len(priced)} offers of {model},"
            f" {price} a {unit}; what it may cost at most is told when the job is taken"
        ),
    )


def _offers(reply: Reply) -> Iterator[Offer]:
    for raw in reply.json(_Book).offers:
        try:
            yield msgspec.json.decode(raw, type=Offer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def _price(offer: Offer) -> Money | None:
    """What it asks for a unit. 0 is no price: other fields of media offers are 0, too."""
    price = usdc.micro(offer.media_unit_price)
    return price if price is not None and price.amount else None


def _for(price: Money, unit: str, duration: float | None) -> Money:
    if unit == "job":
        return price
    seconds = _SECONDS.get(unit.lower())
    if seconds is None:
        raise Rejected(f"its sellers ask {price} for each {unit}, and what that is is not known")
    if duration is None:
        raise Rejected(
            f"its sellers ask {price} a {unit}, and the task names no duration",
            advice="say how long it is to be: duration=60",
        )
    whole = Money(amount=price.amount * Decimal(str(duration)) / seconds, unit=price.unit)
    return usdc.dollars(whole.rounded_up(usdc.STEP).amount)
