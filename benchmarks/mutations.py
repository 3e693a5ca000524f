"""Good answers of a vendor, spoilt: one to three mutations each, drawn by a seed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from segue.flow import Reply

_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 10**18, 10**30, 10**400),
    *(math.nan, math.inf, -math.inf, "", " ", "0", "-1", "1e999", "NaN", "Infinity", "²", "٣"),
    *("9" * 5000, "x" * 20_000, "\ud83c", "\x00", "\x1b[31m", "{0}", "%s", "漢" * 79),
    *("error", "Failed", "canceled", "COMPLETE", "in-progress", "expired", "weird"),
    *("file:///etc/passwd", "data:audio/wav;base64,", "http://x:99999/", "https://[::1", "//x"),
    *("2026-13-99", "Thu, 01 Jan 9999 00:00:00 GMT", "../..", "CON", [], {}, [None], [[]]),
    *({"message": None}, {"error": {"error": {}}}, {"id": []}, [1, "a", {}]),
)
_HEADERS = (
    *({"retry-after": text} for text in ("²", "-1", "", "9" * 5000, "soon", "1, 2", "nan")),
    {"retry-after": "Thu, 01 Jan 2026 00:00:00 +9999", "date": "x"},
    *({"x-ratelimit-reset": text} for text in ("1e400", "-5", "17e11", "later")),
    *({"content-length": text} for text in ("-1", "x", "0")),
    *({"content-type": text} for text in ("", "text/html", "application/octet-stream", ";;", "a")),
    *({"x-venice-audio-duration": text} for text in ("²", "nan", "-1")),
    {"date": "Thu, 99 Foo 2026 99:99:99 XYZ"},
    {"location": "mailto:x"},
)
_STATUSES = (
    *(200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 400, 401, 402, 403, 404, 408, 409, 410),
    *(418, 422, 425, 429, 499, 500, 502, 503, 504, 599),
)
_BODIES = (
    *(b"", b" ", b"null", b"[]", b"{}", b"0", b'"x"', b"<html>no</html>", b"\xff\xfe", b"\x00"),
    *(b'{"error":', b"[" * 2000, b'{"a":' * 2000, b"{" + b'"a":1,' * 3000 + b'"a":1}'),
)


def spoilt(good: Reply, rng: Random) -> Reply:
    """The good answer after one to three mutations."""
    reply = good
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        reply = rng.choice(_HOW)(reply, rng)
    return reply


def _value(reply: Reply, rng: Random) -> Reply:
    """Another value in one place, or none."""
    whole = _document(reply)
    ways = list(_ways(whole))
    if not ways:
        return _body(reply, rng)
    above, last = rng.choice(ways)
    what = rng.random()
    if what < 0.15:
        del above[last]
    elif what < 0.25:
        above[last] = [above[last]] * rng.choice((1, 2, 50))
    else:
        above[last] = rng.choice(_VALUES)
    try:
        body = json.dumps(whole).encode()
    except (ValueError, RecursionError):
        return reply
    return msgspec.structs.replace(reply, body=body)


def _body(reply: Reply, rng: Random) -> Reply:
    """Another body, or the same cut off, with a byte changed, or behind a byte order mark."""
    body = reply.body or b""
    at = rng.randrange(len(body) + 1)
    bodies = (
        *(None, rng.choice(_BODIES), body[:at], b"\xef\xbb\xbf" + body, body + b"}"),
        body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :],
        body.decode("utf-8", "replace").encode("utf-16"),
    )
    return msgspec.structs.replace(reply, body=rng.choice(bodies))


def _status(reply: Reply, rng: Random) -> Reply:
    return msgspec.structs.replace(reply, status=rng.choice(_STATUSES))


def _header(reply: Reply, rng: Random) -> Reply:
    return msgspec.structs.replace(reply, headers={**reply.headers, **rng.choice(_HEADERS)})


_HOW: tuple[Callable[[Reply, Random], Reply], ...] = (
    *(_value, _value, _value, _value, _value),
    *(_body, _status, _header),
)


def _document(reply: Reply) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(reply.body or b"")
    except (ValueError, RecursionError):
        return None


def _ways(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Every place inside a document: what holds it, and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if _many(value) else ()
    for key in keys:
        yield value, key
        yield from _ways(value[key])


def _many(value: object) -> bool:
    return isinstance(value, list) and len(value) < 60
