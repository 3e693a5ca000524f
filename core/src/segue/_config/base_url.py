"""Validate base URLs, so that they do not expose the key, and addresses that a vendor sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from segue._data.redaction import hidden_query
from segue.errors import ConfigError

_LABEL = re.compile(r"[a-z0-9_-]{1,63}", re.IGNORECASE)
_LONGEST_HOST = 253
_LONGEST_URL = 65_536
"""Characters of an address that HTTP clients send."""


def check_address(url: str, *, keyed: bool, where: str) -> None:
    """Raise `ConfigError` when `url`, which was set by `where`, is not to be used.

    `keyed` says that a key goes there: then plain http is for this computer only.
    """
    parts = _parts(url)
    if parts is None:
        raise ConfigError(
            f"{where}: {hidden_query(url)!r} is not the address of a provider",
            advice="write http(s)://HOST or http(s)://HOST/PATH, without user, query or fragment",
        )
    if keyed and parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ConfigError(
            f"{where}: the key would travel in the clear to {hidden_query(url)}",
            advice="write https://; plain http is for localhost only",
        )


_ODD: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda url: not url.strip(), "it is empty"),
    (lambda url: not url.isprintable(), "it holds a control character"),
    (lambda url: len(url) > _LONGEST_URL, f"it is longer than {_LONGEST_URL} characters"),
)


def unusable(url: str) -> str | None:
    """The reason why `url`, which a vendor sent, is unusable; None if it is not.

    HTTP clients take some of these, and fail later with errors of their own kinds.
    """
    for found, why in _ODD:
        if found(url):
            return why
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        return str(error).lower()
    if parts.scheme not in {"http", "https"}:
        return "it is no http or https address"
    if port == 0:
        return "port 0 cannot be reached"
    return None if _is_host(host) else "it names no host"


def _is_host(host: str) -> bool:
    """Whether a host is an IP address, or a name whose parts have the lengths that DNS allows."""
    if ":" in host:
        return True  # an IPv6 address, which `urlsplit` has validated
    labels = host.removesuffix(".").split(".")
    if host.isascii() and not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return bool(host) and len(host) <= _LONGEST_HOST


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a broken IPv6 address
        return None
    plain = url.isprintable() and " " not in url and not set("@?#\\") & set(url)
    return parts if usable and plain and parts.scheme in {"http", "https"} else None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name: 127.0.0.1.example.com is another host
        return False
