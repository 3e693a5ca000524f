"""MusicAPI's money: credits, a unit of their own, and the table of what each operation costs.

MusicAPI has no request for quotes, so a quote is read from a table: `prices.toml`
beside this file, where every row has its source and its month, and over it whatever the
configuration says. What is in neither has no price, so no limit can be enforced.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

from segue.errors import RequestError
from segue.money import Money, Quote

UNIT = "credits"


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the table. With `most`, sources disagree: `credits` is the least."""

    operation: str
    credits: Decimal
    source: str
    seen: str
    most: Decimal | None = None


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price: tuple[Price, ...]


@cache
def table() -> Mapping[str, Price]:
    """The rows of `prices.toml` by operation."""
    content = tomllib.loads(files("segue_musicapi").joinpath("prices.toml").read_text("utf-8"))
    return {row.operation: row for row in msgspec.convert(content, _Table).price}


def quote(operation: str, own: Mapping[str, Decimal]) -> Quote:
    """What an operation costs; `own` are the configuration's prices.

    An operation that has no row of its own costs what its path costs. Raises `RequestError`
    where no price is known.
    """
    for name in (operation, operation.rpartition("/")[0]):
        if name in own:
            basis = f"[providers.musicapi.prices] {name!r} of the configuration"
            return Quote(cost=money(own[name]), basis=basis)
        if name in table():
            return _of_row(table()[name])
    raise RequestError(
        f"no price is known for {operation!r}, and MusicAPI gives no quotes",
        advice=f"nothing was sent; set one: [providers.musicapi.prices] {operation!r} = CREDITS",
    )


def money(amount: Decimal) -> Money:
    """An amount of credits."""
    return Money(amount=amount, unit=UNIT)


def _of_row(row: Price) -> Quote:
    basis = f"MusicAPI's published price ({row.source}; {row.seen})"
    if row.most is None:
        return Quote(cost=money(row.credits), estimate=True, basis=basis)
    return Quote(cost=money(row.credits), maximum=money(row.most), estimate=True, basis=basis)
