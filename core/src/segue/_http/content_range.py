"""The version, length and range of a file, from the head of a download's response. Pure, by RFC
9110; None where missing or invalid.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from segue.flow import Reply
from segue.numbers import whole

_RANGE = re.compile(r"bytes[ \t]+([0-9]+)-([0-9]+)/([0-9]+)", re.IGNORECASE)
_ETAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
_SURE = 1.0  # seconds by which a date of change must lie before the answer (RFC 9110, 8.8.2.2)


class Version(NamedTuple):
    """The version of a file in a response. `validator` is a strong ETag or date of change, for a
    conditional request of the rest. It is None without one, and for an encoded body, whose bytes
    are not those of the file."""

    etag: str | None = None
    changed: str | None = None
    validator: str | None = None

    @classmethod
    def of(cls, reply: Reply) -> Version:
        """The version in a response's head."""
        etag, changed = reply.headers.get("etag"), reply.headers.get("last-modified")
        if not _plain(reply):
            return cls(etag, changed)
        strong = etag if etag and _ETAG.fullmatch(etag) else None
        dated = changed if _settled(changed, reply) else None
        return cls(etag, changed, strong or dated)

    def same(self, before: Version) -> bool:
        """Whether this is provably the version of an earlier response: its validator is equal, and
        no other field differs."""
        if before.validator is None or before.validator not in (self.etag, self.changed):
            return False
        pairs = ((self.etag, before.etag), (self.changed, before.changed))
        return all(None in pair or pair[0] == pair[1] for pair in pairs)


class Part(NamedTuple):
    """The part of a file in a 206: from byte `start` to before `end`, of `total`."""

    start: int
    end: int
    total: int

    @classmethod
    def of(cls, reply: Reply) -> Part | None:
        """The part, where the head is unambiguous; None for several parts, or an encoded one."""
        found = _RANGE.fullmatch(reply.headers.get("content-range", "").strip(" \t"))
        first, last, total = (whole(digits) for digits in found.groups()) if found else (None,) * 3
        if first is None or last is None or total is None or not first <= last < total:
            return None
        length = reply.headers.get("content-length")
        if not _plain(reply) or (length is not None and whole(length) != last + 1 - first):
            return None
        return cls(first, last + 1, total)


def length_of(reply: Reply) -> int | None:
    """The length of the whole file in bytes by a 200."""
    return whole(reply.headers.get("content-length")) if _plain(reply) else None


def _plain(reply: Reply) -> bool:
    return reply.headers.get("content-encoding", "identity").strip().lower() in ("", "identity")


def _settled(changed: str | None, reply: Reply) -> bool:
    """Whether a date of change is so long before the response that the file cannot have changed
    twice in that second."""
    when, answered = _date(changed), _date(reply.headers.get("date"))
    try:
        return (
            when is not None and answered is not None and (answered - when).total_seconds() >= _SURE
        )
    except TypeError:  # one of them has no zone
        return False


def _date(text: str | None) -> datetime | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - a tenth of the start-up

    try:
        return parsedate_to_datetime(text) if text else None
    except (ValueError, TypeError, OverflowError):
        return None
