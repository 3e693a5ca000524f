"""Numbers in headers: ASCII digits, or no number at all, and never an exception."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.numbers import decimal, whole

NOT_NUMBERS = [
    "",
    " ",
    "²",
    "٣",
    "1²",
    "-1",
    "+1",
    "1_000",
    "0x10",
    "1e3",
    "nan",
    "inf",
    "9" * 5_000,
]


@pytest.mark.parametrize("text", [*NOT_NUMBERS, "1.5", "1 2", "1\n", None])
def test_what_is_no_whole_number_is_none(text):
    assert whole(text) is None


@pytest.mark.parametrize("text", [*NOT_NUMBERS, ".5", "1.5.5", "1,5", None])
def test_what_is_no_decimal_number_is_none(text):
    assert decimal(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("007", 7), (" 42\t", 42), ("9" * 18, 10**18 - 1)]
)
def test_whole_numbers_are_read(text, number):
    assert whole(text) == number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("1.5", 1.5), ("2.", 2), (" 30 ", 30)])
def test_decimal_numbers_are_read(text, number):
    assert decimal(text) == number


@given(st.text())
def test_any_text_is_a_number_that_is_finite_and_not_negative_or_none(text):
    assert (whole(text) or 0) >= 0
    assert math.isfinite(decimal(text) or 0)
