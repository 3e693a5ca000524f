"""Redact secrets in everything that a person or a log may read, with one mask.

`redacted` is for text of others, such as what a vendor says: it recognises secrets by their shape
(the query of an address, what stands behind `token=` or `Bearer`), and every key and job token
that this process has used.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock
from urllib.parse import urlsplit, urlunsplit

MASK = "••••"

_SHORTEST, _MOST = 8, 512  # letters of a secret that is looked for, and how many are remembered
_READ = 400  # characters of an address that people are shown
_known: OrderedDict[str, None] = OrderedDict()
_lock = Lock()

_URL = re.compile(r"[a-z][a-z0-9+.-]*:(?:\\{0,2}/){2}(?:\\{1,2}/|[^\s\"'<>\\])+", re.IGNORECASE)
_ENCODED = re.compile(r"(https?%3A%2F%2F[^\s\"'<>&]*?)%3F[^\s\"'<>&]*", re.IGNORECASE)
_USER = re.compile(r"(//|\\/)[^/\\@\s]*@")
_PAIR = re.compile(r"(?<=[?&])([\w.%\[\]-]+)=[^&\s\"'<>]+")
_NAME = (
    r"(?:\w+[_.-])?(?:sig|signature|token|secret|password|passwd|credential|authorization|cookie"
    r"|api[_-]?key|access[_-]?key)(?:[_.-]\w+)*|\w+(?:Token|Secret|Signature|Key)"
)
_SETTING = re.compile(rf"(?<![\w-])((?i:{_NAME})=)[^&\s\"'<>,;]+")
_FIELD = re.compile(rf"([\"'](?i:{_NAME})[\"']\s*[:,]\s*b?[\"'])[^\"']+")
_SCHEME = re.compile(r"\b((?i:bearer|basic|token))(\s+)[\w.~+/=-]{8,}")
_HEADER = re.compile(r"\((b'(?i:set-cookie|[\w-]*(?:auth|key|token|secret)[\w-]*)', )b'[^']*'\)")


def remember(secrets: Iterable[str | None]) -> None:
    """Hide these wherever they come up again, for as long as they are among the last ones."""
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST:
            with _lock:
                _known[secret] = None
                _known.move_to_end(secret)
                while len(_known) > _MOST:
                    _known.popitem(last=False)


def redacted(text: str) -> str:
    """`text` without what is or resembles a secret."""
    text = _without_known(text)
    if "/" in text or "%" in text:
        text = _ENCODED.sub(rf"\1%3F{MASK}", _URL.sub(_shortened, text))
    if "=" in text:
        text = _SETTING.sub(rf"\1{MASK}", _PAIR.sub(rf"\1={MASK}", text))
    if "'" in text or '"' in text:
        text = _FIELD.sub(rf"\1{MASK}", _HEADER.sub(rf"(\1b'{MASK}')", text))
    return _SCHEME.sub(rf"\1\2{MASK}", text)


def shown(text: str) -> str:
    """The text of others as one line that is safe to show, and without secrets."""
    return printable(redacted(text))


def hidden_query(url: str) -> str:
    """The URL with its query, fragment and user info masked: signed URLs are secrets. One that is
    too long to be read is cut."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    host = parts.netloc.rpartition("@")[2]
    query = MASK if parts.query else ""
    bare = _without_known(urlunsplit((parts.scheme, host, parts.path, query, "")))
    return bare if len(bare) <= _READ else f"{bare[: _READ - 1]}…"


def hidden_values(mapping: Mapping[str, object]) -> dict[str, str]:
    """The same keys, every value masked."""
    return dict.fromkeys(mapping, MASK)


def printable(text: str) -> str:
    """`text` in one line, as a terminal can show it: what would command it, or turn the direction
    of writing, becomes a space, and half a character the sign for one that is missing."""
    if text.isprintable():
        return text
    return "".join(map(_printable, text))


def _printable(letter: str) -> str:
    if letter.isprintable():
        return letter
    return "\ufffd" if "\ud800" <= letter <= "\udfff" else " "


def _without_known(text: str) -> str:
    for secret in tuple(_known):
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def _shortened(found: re.Match[str]) -> str:
    """The address up to its query or fragment, without its user."""
    beginning = re.split(r"[?#]", found[0], maxsplit=1)
    query = f"?{MASK}" if len(beginning) > 1 and "?" in found[0] else ""
    return _USER.sub(r"\1", beginning[0], count=1) + query
