"""Remove secrets from a recording before anything is matched or written. Pure.

Only headers on a list are recorded: an unknown one may hold a secret. In bodies and addresses the
values of secret fields, signed queries and e-mail addresses are masked. A replayed request is
scrubbed in the same way, so that it matches the recorded one; scrubbing is idempotent.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

HIDDEN = "hidden"
"""The mask of a secret."""

LARGEST_UPLOAD = 16_384
"""Bytes of a request that is not text; a larger one is recorded as its length and SHA-256."""

_BOUNDARY = "segue-cassette"
_EMAIL = re.compile(r"(?<![\w.+-])(?!support@)[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NOBODY = "hidden@example.com"
_URL = re.compile(r"(?:https?:/)?/[^\s\"'<>\\]+")  # or the path of one
_SIGNED = re.compile(
    r"(?i)signature|^(?:sig|sgn|sign|hmac)$|^x-amz-|^x-goog-|token|^key|api_?key|^exp(?:ires|iry)?$|policy|secret|password"
)
_FIELDS = frozenset({
    "accesskey", "accesstoken", "accountid", "apikey", "authorization", "buyerid", "clientsecret",
    "cookie", "customerid", "email", "emailaddress", "idtoken", "jobtoken", "jwt", "ownerid",
    "password", "privatekey", "refreshtoken", "secret", "sessionid", "token", "userid",
    "username", "wallet", "walletaddress", "webhooksecret",
})  # fmt: skip
"""Not `key`: that is mostly a musical one."""

_REQUEST_HEADERS = ("content-type", "if-range", "range")
_KEY_HEADERS = ("authorization", "idempotency-key", "x-api-key", "x-job-token")
_REPLY_HEADERS = (
    "accept-ranges", "content-disposition", "content-length", "content-range", "content-type",
    "etag", "last-modified", "location", "retry-after",
)  # fmt: skip
_REPLY_FAMILIES = ("x-ratelimit", "ratelimit")


class Scrub(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one vendor, added to the general ones.

    `headers` are names of response headers to record, a trailing `*` for all with that prefix;
    `keys` the request's headers that hold a key or a token; `fields` the names of JSON fields
    whose values are secret, or differ from run to run, whatever their case and underscores;
    `signed` the fields of a query that sign an address, which is then masked as a whole. The
    usual ones need no naming: `signature`, `sig`, `sign`, `token`, `key`, `expires`, `exp`, …
    `shapes` are patterns of the vendor's keys and tokens, with which nothing is written.
    """

    headers: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()

    def request_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The recorded headers of a request, keys masked."""
        given = {name.lower(): value for name, value in headers.items()}
        recorded = {name: given[name] for name in _REQUEST_HEADERS if name in given}
        keys = {name.lower() for name in (*_KEY_HEADERS, *self.keys)}
        return {**recorded, **dict.fromkeys(sorted(keys & given.keys()), HIDDEN)}

    def reply_headers(self, headers: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """The recorded headers of a response, in alphabetical order."""
        given = {name.lower(): values for name, values in headers.items()}
        return {
            name: [self.address(value) if name == "location" else value for value in given[name]]
            for name in sorted(given)
            if self._is_recorded(name)
        }

    def address(self, url: str) -> str:
        """The URL, its query masked where it is signed."""
        try:
            parts = urlsplit(url)
        except ValueError:  # no URL after all
            return url
        query = parse_qsl(parts.query, keep_blank_values=True)
        if not any(_SIGNED.search(name) or name in self.signed for name, _ in query):
            return url
        masked = urlencode([(name, HIDDEN) for name, _ in query])
        return urlunsplit((*parts[:3], masked, ""))

    def body(self, body: bytes) -> bytes:
        """A JSON or text body without secrets; any other as it is."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        try:
            value = json.loads(text)
        except ValueError:
            return self._text(text).encode()
        clean = self._value(value)
        if clean == value:
            return body  # unchanged to the byte
        return json.dumps(clean, ensure_ascii=False, separators=(",", ":")).encode()

    def _is_recorded(self, name: str) -> bool:
        families = (
            *_REPLY_FAMILIES,
            *(own[:-1].lower() for own in self.headers if own[-1:] == "*"),
        )
        known = {*_REPLY_HEADERS, *(own.lower() for own in self.headers)}
        return name in known or name.startswith(families)

    def _value(self, value: object, name: str = "") -> object:
        if isinstance(value, dict):
            return {key: self._value(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, name) for inner in value]
        if self._is_secret(name) and value is not None and not isinstance(value, bool):
            return HIDDEN if isinstance(value, str) else 0
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        clean = _URL.sub(lambda found: self.address(found[0]), text)
        return _EMAIL.sub(_NOBODY, clean)

    def _is_secret(self, name: str) -> bool:
        plain = _plain(name)
        return plain in _FIELDS or plain in {_plain(field) for field in self.fields}


def even_form(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Normalize a request: a fixed multipart boundary, and a digest for a large body."""
    kind = headers.get("content-type", "")
    found = re.search(r'boundary="?([^";]+)', kind)
    if found and kind.startswith("multipart/"):
        body = body.replace(found[1].encode(), _BOUNDARY.encode())
        headers = {**headers, "content-type": kind.replace(found[1], _BOUNDARY)}
    if len(body) > LARGEST_UPLOAD and not _is_text(body):
        body = f"{len(body)} bytes, SHA-256 {hashlib.sha256(body).hexdigest()}".encode()
    return headers, body


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
