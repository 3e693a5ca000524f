"""Segue's backend for the Surplus Intelligence marketplace. Importing this package imports
nothing else of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue_marketplace.provider import Marketplace, MarketplaceOptions

__all__ = ["Marketplace", "MarketplaceOptions"]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first access."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.provider"), name)
    return value
