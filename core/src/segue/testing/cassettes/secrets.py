"""The last check before a cassette is written, for secrets that scrubbing missed."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

_SHAPES = {
    "a bearer token": r"(?i:bearer)[ +](?=[\w.~+/=-]*\d)[\w.~+/=-]{8,}|Bearer (?![<{$*])\S",
    "a JSON web token": r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}",
    "an API key": r"\b(?:sk|pk|rk)[-_](?:live[-_]|test[-_]|proj[-_])?[A-Za-z0-9]{16,}",
    "a webhook's secret": r"\bwhsec_[A-Za-z0-9+/=]{8,}",
    "a cloud's access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}",
    "a repository's token": r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|xox[abp]-\w{8,})",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a signed address": r"(?i)[?&](?:x-amz-signature|x-goog-signature|signature|sig|token)="
    r"(?!hidden\b)[^&\s\"']+",
    "an e-mail address": r"(?<![\w.+-])(?!support@|hidden@example\.com)[\w.+-]+@[\w-]+"
    r"(?:\.[a-zA-Z]{2,})+",
}
_PATTERNS = {what: re.compile(shape, re.ASCII) for what, shape in _SHAPES.items()}
_IN_TEXT_ONLY = frozenset({"a signed address", "an e-mail address"})
"""Short shapes, which the noise of compressed audio has by chance."""


def secrets_in(
    recording: object, known: Iterable[str] = (), shapes: Iterable[str] = ()
) -> list[str]:
    """Return the kinds of secrets in plain data, without their values; `known` are keys in use,
    `shapes` patterns of the vendor's own keys and tokens."""
    own = [re.compile(shape, re.ASCII) for shape in shapes]
    written = {form: "the API key" for key in known if key for form in _forms(key)}
    found: dict[str, None] = {}
    for text, is_text in _texts(recording):
        usual = {what: shape for what, shape in _PATTERNS.items() if is_text or _rare(what)}
        if any(shape.search(text) for shape in own):
            found["a key or token of the vendor's"] = None
        found |= {what: None for form, what in written.items() if form in text}
        found |= {what: None for what, shape in usual.items() if shape.search(text)}
    return list(found)


def _forms(key: str) -> set[str]:
    """A key as it is, in an address, and as Basic authentication sends it."""
    encoded = base64.b64encode(key.encode()).decode().rstrip("=")
    return {key, quote(key, safe=""), encoded}


def _texts(value: object) -> Iterator[tuple[str, bool]]:
    """All texts in it, and whether they are text: audio is bytes, and holds short shapes by
    chance."""
    if isinstance(value, str):
        yield value, True
    elif isinstance(value, bytes):
        yield _read(value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(name)
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _rare(what: str) -> bool:
    return what not in _IN_TEXT_ONLY


def _read(content: bytes) -> tuple[str, bool]:
    try:
        return content.decode(), True
    except UnicodeDecodeError:
        return content.decode("latin-1"), False
