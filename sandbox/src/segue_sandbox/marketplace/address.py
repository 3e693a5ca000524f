"""Addresses: where the client sees the vendor, and what the beginning of a path says.

A client that asked `api.surplusintelligence.ai` (or named no host) is shown the vendor's own
addresses; one that asked the sandbox is shown addresses below the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from segue_sandbox.marketplace.errors import bad_discount

PREFIX = "/marketplace"
API = "api.surplusintelligence.ai"
STORAGE = "media-artifacts.s3.amazonaws.com"
_OLDER = "/api/inference/v1"
"""The base of `www.surplusintelligence.ai`, which is still documented."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The vendor's two addresses, without a slash at the end."""

    api: str
    storage: str


def origin(headers: Mapping[str, str]) -> Origin:
    """Where a request came to. In the sandbox the storage is a folder beside the API."""
    host = headers.get("host", API)
    if host in {API, STORAGE}:
        return Origin(api=f"https://{API}", storage=f"https://{STORAGE}")
    scheme = headers.get("x-forwarded-proto", "http")
    base = f"{scheme}://{host}{PREFIX}"
    return Origin(api=base, storage=f"{base}/{STORAGE}")


def stored(path: str) -> str | None:
    """The path within the storage; None for the API's own paths."""
    within = path.removeprefix(f"/{STORAGE}")
    return within if within.startswith("/async-media/") else None


def parted(path: str) -> tuple[int | None, list[str]]:
    """The minimum discount that a path asks for, and the rest in its parts.

    `min0` to `min100` in plain digits, before `/v1` (the page on minimum-discount routing).
    """
    if path.startswith(f"{_OLDER}/"):
        path = "/v1" + path.removeprefix(_OLDER)
    parts = path.strip("/").split("/")
    if not parts[0].startswith("min"):
        return None, parts
    if not re.fullmatch(r"min(0|[1-9][0-9]?|100)", parts[0]):
        raise bad_discount(parts[0])
    return int(parts[0].removeprefix("min")), parts[1:]
