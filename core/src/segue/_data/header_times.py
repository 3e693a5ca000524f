"""Times in the headers of a response: its date, and how long to wait. Pure.

A date of a vendor's is only ever compared with another of the same clock: the `Date` of the
answer that carries it. This computer's clock may be hours off.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from segue.numbers import decimal

LONGEST = 30 * 86400.0
"""The longest Retry-After, in seconds, that is believed: what is longer is no waiting time."""


def http_date(text: str | None) -> datetime | None:
    """The moment that an HTTP date names, in UTC; None for what is none. One without a zone, or
    with `-0000`, is in UTC (RFC 9110, 5.6.7: they all are)."""
    if not text or not text.isascii():
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - a tenth of the start-up

    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def written_at(headers: Mapping[str, str]) -> datetime | None:
    """The date of a response, by its server's clock."""
    return http_date(headers.get("date"))


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` requests; None where there is none, or none that can be
    read. Of several numbers (httpx joins repeated headers with commas) the largest counts.

    A date counts from the answer's own `Date`, and only where that is missing from `now`.
    """
    text = headers.get("retry-after", "")
    numbers = [decimal(part) for part in text.split(",")]
    if all(number is not None for number in numbers):
        return _believed(max(number for number in numbers if number is not None))
    until, began = http_date(text), written_at(headers) or now
    if until is None or began is None:
        return None
    return _believed(max((until - began).total_seconds(), 0.0))


def _believed(seconds: float) -> float | None:
    return seconds if seconds <= LONGEST else None
