"""What tests use: `ProviderKit`, with which the author of a provider proves that it meets the
contract (extra `testing`), and the `silence` provider, which costs and needs nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from segue.testing.silence import Silence

if TYPE_CHECKING:
    from segue.testing.kit import ProviderKit, Result

__all__ = ["ProviderKit", "Result", "Silence"]


def __getattr__(name: str) -> object:
    """Import what needs pytest and hypothesis on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.kit"), name)
    return value
