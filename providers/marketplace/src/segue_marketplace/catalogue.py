"""What can be bought: the catalogue of `GET /models`, joined with the markets. Pure.

The catalogue lists what the marketplace knows, the markets what is on sale: in one snapshot of
its documents 145 models were listed and 76 of them could be bought. The row of a music model is
not documented, nor is a filter for them; so they are found by their output modalities and, failing
that, by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from segue.flow import Reply
from segue.money import Money
from segue.provider import Model
from segue_marketplace import usdc, wire

_PUTS_OUT = frozenset({"music", "audio", "speech"})
_EFFECTS = re.compile(r"sound-?effect|sfx|text-to-audio|mmaudio")
_SPEECH = re.compile(r"(^|[^a-z])tts([^a-z]|$)|speech|seed-audio|(^|-)voice")
_MUSIC = re.compile(r"music|song|ace-step|stable-audio|lyria|sonilo")


class _Row(msgspec.Struct, frozen=True):
    """A row of `GET /models`, as far as it matters here."""

    id: str
    name: object = None
    description: object = None
    architecture: object = None


class _Rows(msgspec.Struct, frozen=True):
    """The answer of `GET /models`; a row that cannot be read is left out."""

    data: list[msgspec.Raw]


class Market(msgspec.Struct, frozen=True):
    """A row of `GET /api/markets` (observed); prices in millionths of a USD."""

    model: str
    catalog_only: object = None
    best_media_unit_price: object = None
    media_unit: object = None
    seller_count: object = None
    healthy_seller_count: object = None
    requests_24h: object = None
    volume_24h: object = None

    @property
    def price(self) -> Money | None:
        """The best price. A price of 0 is none: the fields for tokens are 0 for media, too."""
        price = usdc.micro(self.best_media_unit_price)
        return price if price is not None and price.amount else None

    @property
    def healthy(self) -> int | None:
        """How many of its sellers can be reached; None if not reported."""
        return 0 if self.catalog_only is True else wire.count(self.healthy_seller_count)

    @property
    def sellers(self) -> int | None:
        """How many sell it; None if not reported."""
        return 0 if self.catalog_only is True else wire.count(self.seller_count)

    @property
    def sold(self) -> bool:
        """Whether it is on sale now, as far as reported."""
        healthy = self.healthy if self.healthy is not None else self.sellers
        return healthy is None or healthy > 0


def markets(reply: Reply) -> dict[str, Market]:
    """The markets by model; they come as `{"markets": […]}` or as a bare list (observed)."""
    body = reply.json(object)
    rows = body.get("markets") if isinstance(body, Mapping) else body
    if not isinstance(rows, list):
        raise reply.unlike("it lists no markets")
    return {row.model: row for row in _readable(rows)}


def models(reply: Reply, sold: Mapping[str, Market] | None) -> list[Model]:
    """Everything that makes sound, first what the catalogue lists, then what is only on sale.

    `sold` are the markets, or None if they were unavailable: then nothing is reported of sellers.
    """
    listed = [model for row in _rows(reply) if (model := _listed(row, sold)) is not None]
    known = {model.id for model in listed}
    others = [row for id_, row in (sold or {}).items() if id_ not in known]
    return [*listed, *(_only_sold(row) for row in others if _kind(row.model) is not None)]


def ids(reply: Reply) -> frozenset[str]:
    """Every id that the catalogue lists, whatever it makes."""
    return frozenset(row.id for row in _rows(reply))


def named(models_: Sequence[Model] | None, id_: str) -> Model | None:
    """The model of that id, in that spelling."""
    return next((model for model in models_ or () if model.id == id_), None)


def _rows(reply: Reply) -> Iterator[_Row]:
    for raw in reply.json(_Rows).data:
        try:
            yield msgspec.json.decode(raw, type=_Row)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def _readable(rows: list[object]) -> Iterator[Market]:
    for row in rows:
        try:
            yield msgspec.convert(row, Market)
        except msgspec.ValidationError:
            continue


def _listed(row: _Row, sold: Mapping[str, Market] | None) -> Model | None:
    kind = _kind(row.id, row.architecture)
    if kind is None:
        return None
    details: dict[str, object] = {"listed": True}
    if (description := wire.text(row.description)) is not None:
        details["description"] = description
    market = None if sold is None else sold.get(row.id, Market(model=row.id, catalog_only=True))
    return _model(row.id, wire.text(row.name), kind, details, market)


def _only_sold(market: Market) -> Model:
    kind = _kind(market.model) or "music"
    return _model(market.model, None, kind, {"listed": False}, market)


def _model(
    id_: str, name: str | None, kind: str, details: dict[str, object], market: Market | None
) -> Model:
    if market is None:
        return Model(id=id_, name=name or id_, kind=kind, details=details)
    facts = {
        "sellers": market.sellers,
        "healthy_sellers": market.healthy,
        "best_price": str(market.price) if market.price is not None else None,
        "unit": wire.known(market.media_unit),
        "requests_24h": wire.number(market.requests_24h),
        "volume_24h": wire.number(market.volume_24h),
    }
    details |= {name_: value for name_, value in facts.items() if value is not None}
    return Model(
        id=id_,
        name=name or id_,
        kind=kind,
        price=_offer(market),
        available=market.sold,
        details=details,
    )


def _offer(market: Market) -> str:
    """`from 0.03 USD a job, 3 of 5 sellers healthy`, as far as reported."""
    if not market.sold:
        return "no seller right now"
    unit, parts = wire.known(market.media_unit), []
    if market.price is not None:
        parts.append(f"from {market.price}{f' a {unit}' if unit else ''}")
    if market.healthy is not None and market.sellers is not None:
        parts.append(f"{market.healthy} of {market.sellers} sellers healthy")
    return ", ".join(parts)


def _kind(id_: str, architecture: object = None) -> str | None:
    """`music`, `speech`, `sound-effect`, or None for what makes no sound."""
    low = id_.lower()
    for pattern, kind in ((_EFFECTS, "sound-effect"), (_SPEECH, "speech"), (_MUSIC, "music")):
        if pattern.search(low):
            return kind
    out = _puts_out(architecture)
    if not out & _PUTS_OUT:
        return None
    return "speech" if "speech" in out and "music" not in out else "music"


def _puts_out(architecture: object) -> frozenset[str]:
    fields = architecture if isinstance(architecture, Mapping) else {}
    out = fields.get("output_modalities")
    words = [word for word in out if isinstance(word, str)] if isinstance(out, list) else []
    words.append((wire.text(fields.get("modality")) or "").rpartition("->")[2])
    return frozenset(word.lower() for word in words)
