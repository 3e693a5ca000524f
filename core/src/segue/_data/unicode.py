"""Text that is no valid Unicode: found in what users hand in, repaired in what vendors send. Pure.

Half of a surrogate pair (what a cut emoji leaves) can be written in JSON and in Python, and in no
UTF-8. A user's is refused before anything is sent. In a vendor's answer it becomes U+FFFD, the
replacement character; in a value that names something (an `id`, a `url`, a `token`) it becomes
the letters of its escape, so that two names stay two, and a ticket can always be written down.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar

import msgspec

T = TypeVar("T")

_ODD = re.compile("[\0\ud800-\udfff]")
_HALF = re.compile("[\ud800-\udfff]")
_ESCAPED_HALF = re.compile(rb"\\u[dD][89abAB]")  # or the second half of one
_SECOND = re.compile(rb"\\u[dD][c-fC-F]")
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?', re.DOTALL)
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
    r"|\\.|[\ud800-\udfff]",
    re.DOTALL,
)
_NAMES = re.compile(
    r"(?:^|[_-])(?i:ids?|tokens?|keys?|uuid|hash|urls?)$|[a-z](?:Ids?|ID|Tokens?|Keys?|Urls?|URL)$"
)


class Fault(NamedTuple):
    """Where text is not valid: `.title`, `[3]`, and why."""

    at: str
    value: object
    why: str


def faults(value: object, at: str = "") -> Iterator[Fault]:
    """Every text in `value`, however deep, that cannot be sent as it is."""
    if isinstance(value, str):
        if odd := _ODD.search(value):
            yield Fault(at, value, f"write valid Unicode: {_described(odd)}")
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(key, str) and (odd := _ODD.search(key)):
                yield Fault(at, key, f"write a valid name for this key: {_described(odd)}")
            yield from faults(each, f"{at}.{key}" if isinstance(key, str) else at)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, each in enumerate(value):
            yield from faults(each, f"{at}[{number}]")
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from faults(getattr(value, name), f"{at}.{name}")


def is_valid(text: str) -> bool:
    """Whether the text is valid Unicode without NUL."""
    return _ODD.search(text) is None


def is_path(value: object) -> bool:
    """Whether a path can name a file on this system: any bytes but NUL, where names are bytes."""
    try:
        name = os.fspath(value) if isinstance(value, str | os.PathLike) else None
        return isinstance(name, str) and b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def valid_json(body: bytes) -> bytes:
    """The JSON of a vendor as valid UTF-8 without a byte order mark; what is no JSON, and what
    is valid already, as it is."""
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    if b"\0" in body[:4]:  # UTF-16, or UTF-32
        return body
    if body.lstrip(b" \t\r\n")[:1] not in (b"{", b"[", b'"') or _is_sound(body):
        return body
    name = ""

    def repaired(found: re.Match[str]) -> str:
        nonlocal name
        if found[2] is not None:
            name = found[1]
        how = _spelt if _NAMES.search(name) else _replaced
        return f'"{_ESCAPE.sub(how, found[1])}"{found[2] or ""}'

    text = body.decode("utf-8", "surrogateescape")
    return _HALF.sub("\ufffd", _STRING.sub(repaired, text)).encode()


def replaced(text: str) -> str:
    """The text with U+FFFD for what is half a character."""
    return _HALF.sub("\ufffd", text)


def spelt(text: str) -> str:
    """The text with the letters of an escape for what is half a character."""
    return text.encode("utf-8", "backslashreplace").decode()


def valid(struct: T, *, names: bool) -> T:
    """A struct of ours as it can be written down; with `names`, nothing in it is lost."""
    try:
        msgspec.json.encode(struct, enc_hook=str)
    except UnicodeEncodeError:
        plain = _through(msgspec.to_builtins(struct, enc_hook=str), spelt if names else replaced)
        return msgspec.convert(plain, type(struct))
    return struct


def _through(value: object, repair: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return repair(value)
    if isinstance(value, dict):
        return {_through(key, repair): _through(item, repair) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_through(item, repair) for item in value]
    return value


def _is_sound(body: bytes) -> bool:
    if _ESCAPED_HALF.search(body) or _SECOND.search(body):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _spelt(escape: re.Match[str]) -> str:
    """A half as the letters of its escape; a byte that is not UTF-8 likewise."""
    found = escape[0]
    if not _is_half(found):
        return found
    if len(found) == 1:
        code = ord(found)
        return f"\\\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\\\u{code:04x}"
    return f"\\{found}"


def _replaced(escape: re.Match[str]) -> str:
    return "\ufffd" if _is_half(escape[0]) else escape[0]


def _is_half(found: str) -> bool:
    """Whether it is a half by itself: two halves that fit, and other escapes, stay."""
    return bool(_HALF.match(found)) or (len(found) == 6 and found[1] == "u")


def _described(odd: re.Match[str]) -> str:
    code, place = ord(odd[0]), f"the character at position {odd.start()}"
    if not code:
        return f"{place} is NUL"
    if 0xDC80 <= code <= 0xDCFF:
        return f"{place} is a byte that was not UTF-8 (0x{code - 0xDC00:02x})"
    return f"{place} is half of one (U+{code:04X})"
