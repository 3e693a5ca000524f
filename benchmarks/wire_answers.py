"""Every way of answering, or of breaking off, that `wire-faults` tries."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator

from benchmarks.wire_vendor import Fault, Good, broken, huge, small

PAGE = b"<html><head><title>Sorry</title></head><body>It did not work.</body></html>"

REFUSED = (400, 401, 402, 403, 404, 422, 429)
"""Statuses with which both vendors refuse a submission, in JSON: then there is no job."""

_ODD = (101, 300, 301, 302, 303, 304, 307, 308, 405, 406, 407, 408, 409, 410, 413, 415, 418, 421)
_ODD += (423, 424, 425, 431, 444, 451, 460, 499, 500, 501, 502, 504, 508, 520, 524, 529, 599)

LOCATIONS = {
    "relative": "/elsewhere",
    "same": "?again=1",
    "other host": "https://127.0.0.1:9/x",
    "mailto": "mailto:x",
    "no host": "https:x",
    "data": "data:,x",
    "script": "javascript:alert(1)",
    "very long": "/" + "x" * 65_530,
    "open bracket": "http://[::1",
    "port": "http://127.0.0.1:99999/",
    "bytes": "/\xff\xfe\xe9",
    "punycode": "http://xn--/",
    "scheme only": "http://",
    "blank": " ",
    "own scheme": "x-vendor+job://17",
}


def faults() -> dict[str, Fault]:
    """All of them, by their names."""
    found = [*_statuses(), *_redirects(), *_texts(), *_encodings(), *_breaks(), *_heads(), *_slow()]
    return {fault.name: fault for fault in found}


def _statuses() -> Iterator[Fault]:
    for status in (*REFUSED, 503):
        yield _told(f"{status} json", lambda _good, s=status: _error(s), acts=False)
    for status in (*_ODD, *(set(REFUSED) - {404}), 503):
        for name, body in (("page", PAGE), ("empty", b""), ("text", b"no")):
            kind = "text/html" if name == "page" else "text/plain"
            yield _told(
                f"{status} {name}",
                lambda _good, s=status, b=body, k=kind: Good(b, k, s).raw("retry-after: 0"),
            )
    for status in (s for s in _ODD if s not in (405, 410, 413, 415, 421, 431, 451, 101, 304)):
        yield _told(f"{status} json", lambda _good, s=status: _error(s))
    for status in (201, 202, 203, 400, 404, 409, 429, 500, 502, 504):
        yield _told(f"{status} good", lambda good, s=status: good.raw(status=s))
    for status in (204, 205, 226, 299):
        yield _told(f"{status} empty", lambda good, s=status: good.raw(status=s, body=b""))


def _error(status: int) -> bytes:
    return Good(b'{"error": "no"}', "application/json", status).raw("retry-after: 0")


def _redirects() -> Iterator[Fault]:
    for status in (301, 302, 303, 307, 308):
        for name, place in LOCATIONS.items():
            yield _told(
                f"{status} to {name}",
                lambda good, s=status, p=place: good.raw(f"location: {p}", status=s, body=PAGE),
            )
    for name, place in LOCATIONS.items():
        yield _told(
            f"303 good, to {name}", lambda good, p=place: good.raw(f"location: {p}", status=303)
        )
        yield _told(f"200 good, to {name}", lambda good, p=place: good.raw(f"location: {p}"))


def _texts() -> Iterator[Fault]:
    for name, change in _CHANGES.items():
        yield _told(f"body {name}", lambda good, c=change: good.raw(body=c(good.body)))
    for kind in ("application/octet-stream", "text/html", "audio/mpeg", "image/png", "x", "*/*"):
        yield _told(f"as {kind}", lambda good, k=kind: good.raw(f"content-type: {k}"))
    yield _told("as nothing", lambda good: good.raw("content-type:"))
    charsets = ("utf-16", "latin-1", "no-such", "utf-7", "base64", "idna")
    for charset in charsets:
        yield _told(
            f"in {charset}",
            lambda good, c=charset: good.raw(f"content-type: application/json; charset={c}"),
        )


def _numbered(number: Callable[[str], str], end: str = "") -> Callable[[bytes], bytes]:
    def change(body: bytes) -> bytes:
        told = json.loads(body) if body[:1] == b"{" else {}
        key = next((key for key in ("queue_id", "task_id") if key in told), None)
        if key is None:
            return body
        return body.replace(json.dumps(told[key]).encode(), (number(told[key]) + end).encode())

    return change


_CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "with BOM": lambda body: b"\xef\xbb\xbf" + body,
    "in UTF-16": lambda body: body.decode("latin-1").encode("utf-16"),
    "in UTF-16 without BOM": lambda body: body.decode("latin-1").encode("utf-16-be"),
    "in UTF-32": lambda body: body.decode("latin-1").encode("utf-32"),
    "in blanks": lambda body: b" \r\n\t" + body + b"\r\n\r\n ",
    "in NULs": lambda body: b"\0\0" + body + b"\0\0\0",
    "twice": lambda body: body + body,
    "with a page behind": lambda body: body + PAGE,
    "with a page before": lambda body: PAGE + body,
    "with bytes behind": lambda body: body + bytes(range(128, 256)),
    "key twice": lambda body: body.replace(b"{", b'{"queue_id": "x", "task_id": "x", ', 1),
    "id a number": _numbered(small),
    "id a float": _numbered(small, ".0"),
    "id a huge number": _numbered(huge),
    "cut": lambda body: body[: len(body) * 2 // 3],
    "cut at its end": lambda body: body[:-1],
    "null": lambda _body: b"null",
    "a list": lambda body: b"[" + body + b"]",
    "empty": lambda _body: b"",
    "an object": lambda _body: b"{}",
    "garbage": lambda _body: bytes(range(256)) * 4,
    "a page": lambda _body: PAGE,
    "too deep": lambda _body: b"[" * 100_000,
    "long digits": lambda _body: b'{"queue_id": ' + b"9" * 10_000 + b"}",
    "9 MiB of blanks behind": lambda body: body + b" " * (9 << 20),
    "9 MiB of blanks before": lambda body: b" " * (9 << 20) + body,
}


def _encodings() -> Iterator[Fault]:
    def packed(good: Good, names: str, *steps: Callable[[bytes], bytes]) -> bytes:
        body = good.body
        for step in steps:
            body = step(body)
        return good.raw(f"content-encoding: {names}", body=body)

    def bare(data: bytes) -> bytes:
        return zlib.compress(data)[2:-4]

    zip_, deflate = gzip.compress, zlib.compress
    yield _told("gzip", lambda good: packed(good, "gzip", zip_))
    yield _told("GZip", lambda good: packed(good, "GZip", zip_))
    yield _told("deflate", lambda good: packed(good, "deflate", deflate))
    yield _told("bare deflate", lambda good: packed(good, "deflate", bare))
    yield _told("gzip twice", lambda good: packed(good, "gzip, gzip", zip_, zip_))
    yield _told("gzip ten times", lambda good: packed(good, ", ".join(["gzip"] * 10), zip_))
    yield _told("gzip said only", lambda good: packed(good, "gzip"))
    yield _told("gzip cut", lambda good: packed(good, "gzip", zip_, lambda body: body[:-9]))
    yield _told("gzip with more", lambda good: packed(good, "gzip", zip_, lambda b: b + b"more"))
    for name in ("br", "zstd", "compress", "no-such", "identity", "identity, identity", ","):
        yield _told(f"said {name}", lambda good, n=name: packed(good, n))
    bomb = gzip.compress(b" " * (64 << 20))
    double = gzip.compress(gzip.compress(bytes(64 << 20)))
    yield _told("bomb behind", lambda good: packed(good, "gzip", lambda body: zip_(body) + bomb))
    yield _told("bomb", lambda good: packed(good, "gzip", lambda _body: bomb))
    yield _told("double bomb", lambda good: packed(good, "gzip, gzip", lambda _body: double))


def _breaks() -> Iterator[Fault]:
    yield Fault(name="reset before acting", send=lambda wire, _: broken(wire), acts=False)
    yield Fault(name="closed before acting", send=lambda wire, _: wire.close(), acts=False)
    yield Fault(name="reset after acting", send=lambda wire, _: broken(wire))
    yield Fault(name="closed after acting", send=lambda wire, _: wire.close())
    for tenth in range(1, 10):
        yield Fault(name=f"closed at {tenth}/10", send=_cut(tenth / 10, lambda wire: wire.close()))
    for tenth in (1, 3, 6, 8, 9):
        yield Fault(name=f"reset at {tenth}/10", send=_cut(tenth / 10, _late_reset))
    yield Fault(name="closed at the last byte", send=_cut(0.999, lambda wire: wire.close()))
    for name, body in _CHUNKS.items():
        yield _told(
            f"chunks {name}",
            lambda good, b=body: good.raw(
                "content-length:", "transfer-encoding: chunked", body=b(good.body)
            ),
        )
    for name, length in (("short", -3), ("long", 9)):
        yield _told(
            f"length too {name}",
            lambda good, n=length: good.raw(f"content-length: {len(good.body) + n}"),
        )
    yield _told("until it closes", lambda good: good.raw("content-length:", "connection: close"))


def _cut(share: float, end: Callable[[socket.socket], object]) -> Callable[..., None]:
    def send(wire: socket.socket, good: Good) -> None:
        raw = good.raw()
        wire.sendall(raw[: int(len(raw) * share)])
        end(wire)

    return send


def _late_reset(wire: socket.socket) -> None:
    time.sleep(0.05)  # or what was sent is lost as well
    broken(wire)


_CHUNKS: dict[str, Callable[[bytes], bytes]] = {
    "well": lambda body: b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body),
    "without an end": lambda body: b"%x\r\n%b\r\n" % (len(body), body),
    "of a bad size": lambda body: b"%x\r\n%b\r\nxyz\r\n" % (len(body), body),
    "bad at once": lambda body: b"zz\r\n" + body,
    "cut": lambda body: b"%x\r\n%b" % (len(body), body[:-4]),
    "negative": lambda body: b"-1\r\n" + body,
    "endless size": lambda body: b"f" * 200 + b"\r\n" + body,
    "with a trailer": lambda body: b"%x\r\n%b\r\n0\r\nx: y\r\n\r\n" % (len(body), body),
    "extended": lambda body: b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(body), body),
}


def _heads() -> Iterator[Fault]:
    for name, change in _HEADS.items():
        yield _told(f"head {name}", lambda good, c=change: c(good))


def _lined(line: bytes) -> Callable[[Good], bytes]:
    return lambda good: good.raw().replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)


_HEADS: dict[str, Callable[[Good], bytes]] = {
    "of HTTP/0.9": lambda good: good.body,
    "of HTTP/1.0": lambda good: good.raw().replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "of HTTP/2": lambda good: good.raw().replace(b"HTTP/1.1", b"HTTP/2", 1),
    "of HTTP/9.9": lambda good: good.raw().replace(b"HTTP/1.1", b"HTTP/9.9", 1),
    "without a reason": lambda good: good.raw().replace(b" X\r\n", b"\r\n", 1),
    "with status 000": lambda good: good.raw(status=999).replace(b"999", b"000", 1),
    "with status 999": lambda good: good.raw(status=999),
    "with status 2000": lambda good: good.raw(status=2000),
    "after 100": lambda good: b"HTTP/1.1 100 Continue\r\n\r\n" + good.raw(),
    "after 103": lambda good: b"HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n" + good.raw(),
    "100 only": lambda _good: b"HTTP/1.1 100 Continue\r\n\r\n",
    "half": lambda good: good.raw()[:20],
    "in line feeds": lambda good: good.raw().replace(b"\r\n", b"\n"),
    "with two lengths": _lined(b"content-length: 3"),
    "with the same length twice": lambda good: good.raw(
        f"content-length: {len(good.body)}, {len(good.body)}"
    ),
    "with a negative length": lambda good: good.raw("content-length: -5"),
    "with a length of 5000 digits": lambda good: good.raw("content-length: " + "9" * 5000),
    "with a length in words": lambda good: good.raw("content-length: many"),
    "with length and chunks": _lined(b"transfer-encoding: chunked"),
    "with another coding": _lined(b"transfer-encoding: gzip, chunked"),
    "with a huge header": _lined(b"x-huge: " + b"x" * 300_000),
    "with 5000 headers": _lined(b"\r\n".join([b"x: y"] * 5000)),
    "with a NUL": _lined(b"x-odd: a\0b"),
    "with latin-1": _lined(b"x-odd: \xe9\xff"),
    "with a folded line": _lined(b"x-odd: a\r\n b"),
    "with a nameless header": _lined(b": x"),
    "with a blank in a name": _lined(b"x odd: x"),
    "with odd cookies": _lined(b"set-cookie: =; expires=\xff; max-age=x; domain=..; path"),
    "with many cookies": _lined(b"\r\n".join([b"set-cookie: a=b; path=/"] * 300)),
    "with an odd date": _lined(b"date: Thu, 99 Foo 9999 99:99:99 XYZ"),
    "with an odd Retry-After": _lined("retry-after: ²".encode()),
    "with an odd range": _lined(b"content-range: bytes 0-10/\xb2"),
    "with an odd type": lambda good: good.raw("content-type: ;;;=\xff, application/json"),
    "of TLS": lambda _good: b"\x15\x03\x03\x00\x02\x02\x28",
    "of another protocol": lambda _good: b"220 mail.example ESMTP\r\n",
    "of bytes": lambda _good: bytes(range(256)) * 64,
}


def _slow() -> Iterator[Fault]:
    yield Fault(name="silent", send=lambda _wire, _good: time.sleep(SILENCE))
    yield Fault(name="slow head", send=lambda wire, good: _trickle(wire, good, 0))
    yield Fault(name="slow body", send=lambda wire, good: _trickle(wire, good, 4))
    yield Fault(name="slow chunk", send=_slow_chunk)


SILENCE = 20.0
"""Seconds: far more than any client is given."""


def _trickle(wire: socket.socket, good: Good, begin: int) -> None:
    raw = good.raw()
    begin = raw.index(b"\r\n\r\n") + begin if begin else 0
    wire.sendall(raw[:begin])
    _byte_by_byte(wire, raw[begin:])


def _slow_chunk(wire: socket.socket, good: Good) -> None:
    raw = good.raw("content-length:", "transfer-encoding: chunked", body=b"")
    wire.sendall(raw)
    _byte_by_byte(wire, b"0" * 1000)


def _byte_by_byte(wire: socket.socket, raw: bytes) -> None:
    until = time.monotonic() + SILENCE
    for byte in raw:
        wire.sendall(bytes([byte]))
        time.sleep(0.2)
        if time.monotonic() > until:
            return


def _told(name: str, raw: Callable[[Good], bytes], *, acts: bool = True) -> Fault:
    return Fault(name=name, send=lambda wire, good: wire.sendall(raw(good)), acts=acts)
