"""What things cost: Venice rounds every music quote and bill up to the cent.

That rounding was observed live by the authors of venice-py (changelog of 2.6.0). A music model
has exactly one of four shapes of price (venice-audio-music).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import cast

from segue_sandbox.venice.catalogue import Row

_CENT = Decimal("0.01")
_MICRO = Decimal("0.000001")


def price(row: Row, *, seconds: int | None, characters: int) -> Decimal:
    """The price in USD of a piece of `seconds`, or of a text of `characters`."""
    pricing = cast("dict[str, dict[str, object]]", row.spec["pricing"])
    if "generation" in pricing:
        return cents(_usd(pricing["generation"]))
    if "durations" in pricing:
        return cents(_tier(pricing["durations"], lasting(row, seconds)))
    if "per_second" in pricing:
        return cents(_usd(pricing["per_second"]) * lasting(row, seconds))
    return cents(_usd(pricing["per_thousand_characters"]) * characters / 1000)


def by_character(row: Row) -> bool:
    """Whether a model charges by the length of the text."""
    return "per_thousand_characters" in cast("dict[str, object]", row.spec["pricing"])


def lasting(row: Row, seconds: int | None) -> int:
    """How long a piece is paid for: as asked, or reserved, or the model's default."""
    return seconds or row.hidden.reserves or row.number("default_duration") or row.hidden.seconds


def spoken(row: Row, characters: int) -> Decimal:
    """The price of speech: `pricing.input.usd` is for a million characters."""
    pricing = cast("dict[str, dict[str, object]]", row.spec["pricing"])
    return micros(_usd(pricing["input"]) * characters / 1_000_000)


def heard(row: Row, seconds: float) -> Decimal:
    """The price of a transcription, by the second of audio."""
    pricing = cast("dict[str, dict[str, object]]", row.spec["pricing"])
    return micros(_usd(pricing["per_audio_second"]) * Decimal(str(seconds)))


def cents(amount: Decimal) -> Decimal:
    """Up to the cent."""
    return amount.quantize(_CENT, ROUND_CEILING)


def micros(amount: Decimal) -> Decimal:
    """Up to a millionth: how Venice rounds speech is not documented."""
    return amount.quantize(_MICRO, ROUND_CEILING)


def _tier(tiers: dict[str, object], seconds: int) -> Decimal:
    for tier in cast("list[dict[str, int]]", list(tiers.values())):
        if tier["min_seconds"] <= seconds <= tier["max_seconds"]:
            return _usd(cast("dict[str, object]", tier))
    raise ValueError(f"no tier of {sorted(tiers)} covers {seconds} s")


def _usd(prices: dict[str, object]) -> Decimal:
    return Decimal(str(prices["usd"]))
