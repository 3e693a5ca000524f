"""What a job is likely to cost, from the order book of its model. Pure, and an estimate.

The marketplace gives no quotes: the estimated and the highest cost of a job come with the answer
that accepts it. The book lists the current prices of its sellers
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
    """A seller's offer. The book lists unavailable ones, too."""

    media_unit_price: object = None
    media_unit: object = None
    direct_media_unit_price: object = None
    available: object = None
    healthy: object = None
    cap_remaining: object = None

    def available_at(self, percent: int | None) -> bool:
        """Whether it can be used, according to the book: its seller is healthy and below its cap,
        and it meets the minimum discount."""
        open_ = self.available is not False and self.healthy is not False
        return open_ and wire.number(self.cap_remaining) != 0 and self._saves(percent)

    def _saves(self, percent: int | None) -> bool:
        """Without the marketplace's fee, which the book does not list. Nothing is rounded."""
        if percent is None:
            return True
        price, direct = usdc.micro(self.media_unit_price), usdc.micro(self.direct_media_unit_price)
        if price is None or direct is None or not direct.amount:
            return False
        return (1 - price.amount / direct.amount) * 100 >= percent


class _Book(msgspec.Struct, frozen=True):
    """The answer of `GET /api/markets/MODEL`; an offer that cannot be read is left out."""

    offers: list[msgspec.Raw] = []


def estimate(reply: Reply, *, model: str, duration: float | None, percent: int | None) -> Quote:
    """The price of the cheapest offer that can be had now.

    Raises `Unavailable` when there is none, and `Rejected` when it cannot be worked out.
    """
    offers = [one for one in _offers(reply) if one.available_at(percent)]
    priced = [(price, one) for one in offers if (price := _price(one)) is not None]
    if not priced:
        below = f" at a discount of {percent} %" if percent else ""
        raise Unavailable(f"no seller offers {model}{below} right now, so there is no price")
    price, best = min(priced, key=lambda pair: pair[0].amount)
    unit = wire.known(best.media_unit) or "job"
    return Quote(
        cost=_for(price, unit, duration),
        estimate=True,
        basis=(
            f"an estimate, from the order book: the cheapest of {len(priced)} offers of {model},"
            f" {price} a {unit}; the highest cost is known once the job is accepted"
        ),
    )


def _offers(reply: Reply) -> Iterator[Offer]:
    for raw in reply.json(_Book).offers:
        try:
            yield msgspec.json.decode(raw, type=Offer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def _price(offer: Offer) -> Money | None:
    """The price of a unit. 0 is no price: other fields of media offers are 0, too."""
    price = usdc.micro(offer.media_unit_price)
    return price if price is not None and price.amount else None


def _for(price: Money, unit: str, duration: float | None) -> Money:
    if unit == "job":
        return price
    seconds = _SECONDS.get(unit.lower())
    if seconds is None:
        raise Rejected(f"the price is {price} for each {unit}, an unknown unit")
    if duration is None:
        raise Rejected(
            f"the price is {price} a {unit}, and the task has no duration",
            advice="set a duration, such as duration=60",
        )
    whole = Money(amount=price.amount * Decimal(str(duration)) / seconds, unit=price.unit)
    return usdc.dollars(whole.rounded_up(usdc.STEP).amount)
