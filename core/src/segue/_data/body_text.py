"""Read malformed bodies of JSON, and of pages. Pure.

A vendor's response passes through servers that add to it, or truncate it. It is read nevertheless:
behind a byte order mark, in UTF-16, with blanks or NULs around it, with something behind its end;
as the only item of a list; and, if it was cut off, as far as its values are whole. Behind a page,
too, where the answer may name a paid job (`behind`).
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TypeVar

import msgspec

T = TypeVar("T")

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_BLANK = "\ufeff\x00 \t\r\n\v\f\x1e"
_CLOSING = {"{": "}", "[": "]"}
_DEEPEST = 200
_CANDIDATES = 1000


def is_valid_json(body: bytes) -> bool:
    """Whether the body is valid JSON."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def decoded(body: bytes, kind: type[T]) -> T:
    """The first object or list of the body as `kind`; raise `ValueError` if it is none."""
    import json  # noqa: PLC0415 - only for odd bodies

    text = whole(body)
    if text is None:
        raise ValueError("it begins with no object or list that has an end")
    try:
        return msgspec.json.decode(text, type=kind, strict=False)
    except msgspec.ValidationError:
        if (only := _only_item(text)) is not None:
            with suppress(ValueError, RecursionError):
                return decoded(only, kind)
        # its numbers as they are written, of whatever length
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
        # halves of characters, which msgspec refuses and `json` lets through, become `?`
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return msgspec.convert(value, kind, strict=False)


def plain(body: bytes) -> str:
    """The body as text, without what may stand around JSON."""
    import json  # noqa: PLC0415 - only for odd bodies

    # a half of UTF-16's first character may be among the NULs, so they go behind, not away
    body = body.lstrip(b"\0 \t\r\n").ljust(len(body), b"\0")
    return body.decode(json.detect_encoding(body), "replace").strip(_BLANK)


def whole(body: bytes) -> bytes | None:
    """The first object or list of the body, if it begins with one that has an end."""
    text = plain(body)
    end, _, _ = _measured(text)
    return None if end is None else text[:end].encode("utf-8", "replace")


def mended(body: bytes) -> bytes | None:
    """The same of a body that was cut off: those of its values that are whole, and no others."""
    text = plain(body)
    end, safe, left_open = _measured(text)
    if end is not None:
        return text[:end].encode("utf-8", "replace")
    if not left_open:
        return None
    return (text[:safe] + left_open).encode("utf-8", "replace")


def behind(body: bytes) -> bytes | None:
    """The last whole object in a body that begins with something else, such as a page. Only what
    is JSON to the letter: styles and scripts of a page are in braces, too."""
    import json  # noqa: PLC0415 - only for odd bodies

    text, decoder, found = plain(body), json.JSONDecoder(), None
    at, left = text.find("{"), _CANDIDATES
    while at >= 0 and left:
        end = at + 1
        with suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(text, at)
            found = text[at:end] if value else found
        at, left = text.find("{", end), left - 1
    return None if found is None else found.encode("utf-8", "replace")


def _only_item(text: bytes) -> bytes | None:
    """The object in a list that holds nothing else."""
    try:
        items = msgspec.json.decode(text, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    only = bytes(items[0]) if len(items) == 1 else b""
    return only if only.lstrip()[:1] == b"{" else None


def _measured(text: str) -> tuple[int | None, int, str]:
    """Where the first value ends, if it does; up to where its values are whole, and what closes
    it from there."""
    stack: list[str] = []
    safe, closing = 0, ""
    before = ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in _CLOSING:
            if len(stack) >= _DEEPEST:
                break
            stack.append(_CLOSING[token])
            safe, closing = found.end(), "".join(reversed(stack))
        elif token in "}]":
            if not stack or stack.pop() != token:
                break
            if not stack:
                return found.end(), 0, ""
            safe, closing = found.end(), "".join(reversed(stack))
        elif token == "," and before not in ("", ",", ":", "{", "["):
            safe, closing = found.start(), "".join(reversed(stack))
        elif token.startswith('"') and before == ":":
            safe, closing = found.end(), "".join(reversed(stack))
        if not stack:
            break  # it does not begin with an object or a list
        before = token
    return None, safe, closing if stack or closing else ""


def words(text: str) -> str:
    """How the beginning of a body reads to a person: a page without its tags, in one line."""
    if text.lstrip()[:1] == "<":
        from html import unescape  # noqa: PLC0415 - only pages need it

        text = unescape(_TAGS.sub(" ", text))
    return " ".join(text.split())


_TAGS = re.compile(
    r"""(?is)<(script|style)\b.*?(?:</\1\s*>|$)|<(?:"[^"]*"|'[^']*'|[^<>"'])*>|<[^<>]*$"""
)
