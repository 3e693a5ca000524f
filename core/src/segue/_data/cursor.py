"""The place of a job in a list that is sorted by time, as opaque text for the next page."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime


def encode_cursor(created: datetime, job: str) -> str:
    """The place of a job that was created then."""
    return urlsafe_b64encode(f"{created.isoformat()} {job}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The time and the name again; raise `ValueError` for what is no cursor."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        created, _, job = text.partition(" ")
        at = datetime.fromisoformat(created)
        utc = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{cursor!r} is no cursor") from error
    if at.tzinfo is None or not job:
        raise ValueError(f"{cursor!r} is no cursor")
    return utc, job
