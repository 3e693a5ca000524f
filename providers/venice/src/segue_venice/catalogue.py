"""Venice's catalogue: rows of `GET /models`, sorted by what they make.

`type=music` also lists speech, sound effects and voice changers, and no flag says "makes
music" (Venice's audio skill, 2026-10), so `kind` is worked out from what a row publishes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from segue.containers import ALIASES, AUDIO
from segue.flow import Reply
from segue.money import Money
from segue.provider import Model
from segue_venice import wire

RESERVED = {"seed-audio-1-0": 120}
"""Models that reserve the price of so many seconds when queued, and settle on the real length."""

_EFFECTS = ("sound-effect", "sfx", "text-to-audio")
_CAPABILITIES = tuple(
    name
    for name in wire.Spec.__struct_fields__
    if name.startswith(("supports_", "min_", "max_", "default_", "lyrics_"))
    or name in {"duration_options", "prompt_character_limit"}
)


def models(reply: Reply) -> list[Model]:
    """The models of an answer; rows that cannot be read are left out."""
    rows = (_row(raw) for raw in reply.json(wire.Rows).data)
    return [_model(*row) for row in rows if row is not None]


def spec(model: Model) -> wire.Spec:
    """What Venice publishes of a model, typed again."""
    return msgspec.convert(dict(model.details), wire.Spec)


def named(models_: Sequence[Model] | None, id_: str | None) -> Model | None:
    """The model of that id, in that spelling."""
    return next((model for model in models_ or () if model.id == id_), None)


def containers(model: Model) -> tuple[str, ...]:
    """The containers that its tracks come in, the usual one first; none where that is unknown."""
    published = spec(model)
    formats = (published.default_format, *(published.supported_formats or ()))
    named = dict.fromkeys(ALIASES.get(name, name) for name in map(_plain, formats) if name)
    return tuple(name for name in named if name in AUDIO)


def _plain(name: str | None) -> str:
    return (name or "").strip().lower().lstrip(".")


def described(published: wire.Spec) -> bool:
    """Whether the row says what the model takes; else Venice decides."""
    return any(getattr(published, name) is not None for name in _CAPABILITIES)


def per_character(published: wire.Spec) -> bool:
    """Whether the model is billed by the characters of its prompt."""
    return "per_thousand_characters" in (published.pricing or {})


def reserve(model: Model) -> Money | None:
    """The most that is charged for a model that settles on the real length."""
    price = _usd((spec(model).pricing or {}).get("per_second"))
    if price is None or model.id not in RESERVED:
        return None
    return dollars(price * RESERVED[model.id])


def dollars(amount: Decimal) -> Money:
    """USD, rounded up to the cent: so Venice rounds every music quote and bill."""
    return Money(amount=amount, unit="USD").rounded_up("0.01")


def kind_of(id_: str, type_: str | None, published: wire.Spec) -> str:
    """`music`, `speech`, `sound-effect` or `voice-changer`; another type as Venice calls it."""
    names = f"{id_} {published.name or ''}".lower().replace(" ", "-")
    if published.voice_changer or "voice-chang" in names:
        return "voice-changer"
    if any(word in names for word in _EFFECTS):
        return "sound-effect"
    voiced = bool(published.voices) or published.default_voice is not None
    if type_ == "tts" or voiced or per_character(published) or "tts" in names or "speech" in names:
        return "speech"
    return {"asr": "transcription"}.get(type_ or "music", type_ or "music")


def price(pricing: Mapping[str, object] | None) -> str:
    """The price in words; each music model has exactly one of these shapes."""
    for shape, unit in _SHAPES.items():
        if (usd := _usd((pricing or {}).get(shape))) is not None:
            return f"{usd.normalize():f} USD {unit}"
    tiers = (pricing or {}).get("durations")
    return _tiers(tiers) if isinstance(tiers, Mapping) else ""


_SHAPES = {
    "generation": "a track",
    "per_second": "a second",
    "per_thousand_characters": "per 1,000 characters",
    "input": "per 1,000,000 characters",
}


def _row(raw: msgspec.Raw) -> tuple[wire.Row, wire.Spec] | None:
    try:
        row = msgspec.json.decode(raw, type=wire.Row)
        return row, msgspec.json.decode(row.model_spec, type=wire.Spec, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _model(row: wire.Row, published: wire.Spec) -> Model:
    fields = msgspec.to_builtins(published)
    details = {name: value for name, value in fields.items() if value is not None}
    return Model(
        id=row.id,
        name=published.name or row.id,
        kind=kind_of(row.id, row.type, published),
        price=price(published.pricing),
        available=not published.offline,
        details=details,
    )


def _tiers(tiers: Mapping[str, object]) -> str:
    known = [(usd, seconds) for seconds, tier in tiers.items() if (usd := _usd(tier)) is not None]
    if not known:
        return ""
    (low, _), (high, longest) = min(known), max(known)
    span = f"{low:f}" if low == high else f"{low:f} to {high:f}"
    return f"{span} USD by length, up to {longest} s"


def _usd(amounts: object) -> Decimal | None:
    return wire.exact(amounts.get("usd")) if isinstance(amounts, Mapping) else None
