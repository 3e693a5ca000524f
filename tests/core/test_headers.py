"""What headers say about time: numbers, dates, and nonsense."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue._data.header_times import LONGEST, http_date, retry_after
from segue._pace import retry_policy as policy
from segue.flow import Call, Reply
from segue.numbers import figure
from segue.refusals import refusal

OURS = datetime(2026, 1, 1, 12, tzinfo=UTC)
THEIRS = "Thu, 01 Jan 2026 03:00:00 GMT"  # nine hours behind this computer


def reply(status, **headers):
    return Reply(status=status, headers={n.replace("_", "-"): v for n, v in headers.items()})


@pytest.mark.parametrize(
    "text",
    [
        "²",
        "٣",
        "-1",
        "9" * 400,
        "9" * 5000,
        "1e999",
        "nan",
        "inf",
        "1_0",
        "",
        " ",
        "2592001",
        "Thu, 01 Jan 9999 00:00:00 GMT",
        "Thu, 99 Foo 2026 99:99:99 XYZ",
        "soon",
        "7, soon",
    ],
)
def test_what_is_no_waiting_time_counts_as_none(text):
    told = reply(429, retry_after=text, date=THEIRS)
    assert told.retry_after is None
    assert policy.pause(told, OURS) == policy.UNTOLD
    assert refusal(told).retry_after is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("2, 9", 9.0),
        (str(int(LONGEST)), LONGEST),
        ("Thu, 01 Jan 2026 03:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 03:00:30 -0000", 30.0),
        ("Thu, 01 Jan 2026 03:00:30", 30.0),
        ("Thu, 01 Jan 2026 05:00:30 +0200", 30.0),
        ("Thu, 01 Jan 2026 02:00:00 GMT", 0.0),
    ],
)
def test_a_date_counts_from_the_answers_own(text, seconds):
    told = reply(429, retry_after=text, date=THEIRS)
    assert told.retry_after == seconds
    assert policy.pause(told, OURS) == seconds
    assert refusal(told).retry_after == seconds


def test_our_clock_counts_only_where_the_answer_has_none():
    told = {"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}
    assert retry_after(told, OURS) == 30.0
    assert retry_after(told) is None


def test_a_503_whose_waiting_time_is_nonsense_is_repeated_like_any_5xx():
    call = Call(method="GET", url="/x")
    assert policy.again(call, reply(503, retry_after="²"), 1) is not None
    assert policy.again(call, reply(503, retry_after="3"), 1) is None


@given(st.text(), st.text())
def test_any_text_is_a_waiting_time_or_none(text, date):
    seconds = retry_after({"retry-after": text, "date": date}, OURS)
    assert seconds is None or 0 <= seconds <= LONGEST
    moment = http_date(text)
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3.0), ("104.88", 104.88), (" 2 ", 2.0), ("-1e3", -1000.0)]
    + [(odd, None) for odd in (True, None, "", "²", "NaN", "Infinity", "1e999", 10**400, [], {})]
    + [("9" * 5000, None), (float("inf"), None), ("1_0", None), ("٣", None)],
)
def test_a_figure_of_json_is_finite_or_none(value, number):
    assert figure(value) == number
