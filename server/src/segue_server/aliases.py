"""The aliases of the command line: `NAME=BACKEND`, or several backends by commas. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from segue.errors import ConfigError


def aliases(written: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The backends of each name; raise `ConfigError` for one that is not written so."""
    found: dict[str, tuple[str, ...]] = {}
    for each in written:
        name, _, rest = each.partition("=")
        backends = tuple(part.strip() for part in rest.split(",") if part.strip())
        if not name.strip() or not backends:
            raise ConfigError(
                f"alias = {each!r} is not allowed",
                advice="write NAME=BACKEND, such as fast=venice/ace-step-15",
            )
        found[name.strip()] = backends
    return found
