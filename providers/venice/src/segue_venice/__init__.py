"""Segue's backend for Venice. Importing this package imports nothing else of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue_venice.provider import Venice

__all__ = ["Venice"]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first access."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.provider"), name)
    return value
