"""What is listed: `/v1/models`, `/api/markets`, and the order book of a model.

The shape of a music model's entry is not documented: this is the shape observed of text models,
with `music` as what comes out. One text model is listed too, as the real list holds many.
All amounts in the market's data are whole micro-USD (observed); its unit for music is not
known, and is `job` here, at the model's default length.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from segue.flow import Reply
from segue_sandbox.marketplace import errors
from segue_sandbox.marketplace.offers import Offer, offers
from segue_sandbox.vendor import json_reply
from segue_sandbox.venice.catalogue import Row, rows
from segue_sandbox.venice.pricing import by_character, price

_LEGACY = {"venice-music-gen": "venice-ace-step-15"}
_TEXT = "glm-5.2"
_ADAPTER = "https://api.venice.ai/api/v1"
_MODEL = {"reference_source": "model_registry", "reference_provider": "SI reference"}


@cache
def models() -> Mapping[str, Row]:
    """The music models by the marketplace's ids: Venice's, with a name before them."""
    return {f"venice-{row.id}": row for row in rows().values() if row.type == "music"}


def model(asked: str) -> tuple[str, Row]:
    """The model of an id and its present id; `venice-music-gen` is the old name of ACE-Step."""
    current = _LEGACY.get(asked, asked)
    if current not in models():
        raise errors.unknown_model(asked)
    return current, models()[current]


def direct_price(row: Row, seconds: int | None, characters: int) -> int:
    """What the provider itself charges, in micro-USD."""
    return int(price(row, seconds=seconds, characters=characters) * 1_000_000)


def listing() -> Reply:
    """`GET /v1/models`. It needs no key."""
    text = _listed(_TEXT, "GLM 5.2", "text", "Z.ai")
    music = [
        _listed(name, str(row.spec["name"]), "audio" if by_character(row) else "music", "Venice AI")
        for name, row in models().items()
    ]
    return json_reply(200, {"data": [text, *music]})


def markets(now: float) -> Reply:
    """`GET /api/markets`: the best price and the sellers of each model. It needs no key."""
    return json_reply(200, {"markets": [_TOKENS, *(_row(name, now) for name in models())]})


def order_book(asked: str, now: float) -> Reply:
    """`GET /api/markets/:model`. What it says of a model that is not listed is not known."""
    current = _LEGACY.get(asked, asked)
    if current not in models():
        raise errors.refused(404)
    direct, listed = _unit(models()[current]), offers(current, now)
    ready = [offer for offer in listed if offer.ready]
    best = ready[0].cost(direct) if ready else None
    unit = {"media_unit_price": direct, "media_unit": "job"}
    traded = {"input_tokens": 0, "output_tokens": 0, "media_units": 0, "media_unit": "job"}
    body = {
        "model": current,
        "offers": [_offer(offer, direct) for offer in listed],
        "depth": {
            "num_offers": len(listed),
            "num_available": len(ready),
            "total_cap": 0,
            "best_price_per_1m": best,
        },
        "direct_price": {"input_per_1m": 0, "output_per_1m": 0, **unit, **_MODEL},
        "volume_24h": {"requests": 0, **traded, "volume_usd": 0},
    }
    return json_reply(200, body)


def _unit(row: Row) -> int:
    """The direct price of a piece of default length, or of a thousand characters."""
    return direct_price(row, None, 1000)


def _listed(name: str, title: str, made: str, provider: str) -> dict[str, object]:
    modalities = {"input_modalities": ["text"], "output_modalities": [made]}
    return {
        "id": name,
        "name": title,
        "created": 1735689600,
        "description": "",
        "context_length": None,
        "architecture": {"modality": f"text->{made}", **modalities},
        "pricing": {"prompt": "0", "completion": "0"},
        "supported_parameters": [],
        "provider": provider,
        "per_request_limits": None,
    }


def _row(name: str, now: float) -> dict[str, object]:
    direct, listed = _unit(models()[name]), offers(name, now)
    ready = [offer for offer in listed if offer.ready]
    return {
        "model": name,
        "catalog_only": not listed,
        "best_price_per_1m": None,
        "best_media_unit_price": ready[0].cost(direct) if ready else None,
        "media_unit": "job",
        "seller_count": len(listed),
        "healthy_seller_count": sum(offer.healthy for offer in listed),
        "total_cap": None,
        "requests_24h": 0,
        "volume_24h": 0,
        "providers": [],
    }


_TOKENS = {
    "model": _TEXT,
    "catalog_only": False,
    "best_price_per_1m": 1_190_000,
    "best_media_unit_price": None,
    "media_unit": "1M tokens",
    "seller_count": 2,
    "healthy_seller_count": 2,
}


def _offer(offer: Offer, direct: int) -> dict[str, object]:
    """The token prices of media are 0: only `media_unit_price` is the price."""
    cost = offer.cost(direct)
    tokens = ("price_input_per_1m", "price_output_per_1m", "effective_input_per_1m")
    return {
        "id": offer.id,
        "seller": offer.seller,
        "seller_base_url": _ADAPTER,
        "rank": offer.rank,
        "price_per_1m": cost,
        **dict.fromkeys((*tokens, "effective_output_per_1m"), 0),
        "media_unit_price": cost,
        "media_unit": "job",
        "direct_media_unit_price": direct,
        **_MODEL,
        "pricing_mode": "cost_multiplier",
        "cost_multiplier": float(offer.multiplier),
        "provider": "Venice AI",
        "cap_daily": None,
        "cap_remaining": None,
        "available": offer.available,
        "healthy": offer.healthy,
        "trusted": True,
        "volume_24h": 0,
        "trades_24h": 0,
    }
