"""Tests of the units of amounts: cents are not dollars, and a thousandth is no credit."""

from __future__ import annotations

import pytest

from segue.money import Money, Quote
from segue.testing.kit.bench import Bench
from segue.testing.kit.inputs import KitInputs
from segue.testing.kit.tracebacks import hidden

__tracebackhide__ = hidden


class Prices(KitInputs):
    """The vendor's amounts as parsed, compared with those that the author states."""

    def test_a_quote_is_what_was_stated(self) -> None:
        """`quote` returns `quoted`, the price of `task` as the author states it."""
        bench = Bench(self)
        if self.quoted is None and not bench.able.quote:
            pytest.skip("capabilities do not say quote")
        if self.quoted is None:
            pytest.skip(_unset("quoted", "the price of `task`, as you read it in `quote_reply`"))
        assert bench.able.quote, "`quoted` is set, and capabilities do not say quote"
        quote = bench.value(bench.step("quote", "quote_reply"))
        assert isinstance(quote, Quote), f"quote() returned {quote!r}, which is no Quote"
        _compare("quote() returns", quote.cost, "quoted", self.quoted)

    def test_a_bill_is_what_was_stated(self) -> None:
        """`poll` returns `billed`, the charge for the job of `succeeded` as the author states
        it."""
        bench = Bench(self)
        if self.billed is None:
            pytest.skip(_unset("billed", "the charge, as you read it in `succeeded`"))
        snapshot = bench.snapshot("succeeded")
        _compare("poll() returns a cost of", snapshot.cost, "billed", self.billed)


def _unset(name: str, what: str) -> str:
    return f"`{name}` is not set: {what}, such as Money.parse('0.12 USD')"


def _compare(found: str, amount: Money | None, name: str, stated: object) -> None:
    assert isinstance(stated, Money), (
        f"`{name}` is {stated!r}: it is an amount, such as Money.parse('0.12 USD')"
    )
    assert amount == stated, (
        f"{found} {amount or 'nothing'}, and `{name}` is {stated}: is it in another unit, such as"
        " cents or thousandths of a credit?"
    )
