"""MusicAPI's money: credits, a unit of their own, and the table of what each operation costs.

MusicAPI gives no price beforehand by any request, so a quote is read from a table: `prices.toml`
beside this file, where every row has its source and its month, and over it whatever the
configuration says. What is in neither has no price, and no limit can be kept for it.
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
    told = tomllib.loads(files("segue_musicapi").joinpath("prices.toml").read_text("utf-8"))
    return {row.operation: row for row in msgspec.convert(told, _Table).price}


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
        f"no price of {operation!r} is known, and MusicAPI tells none beforehand",
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
