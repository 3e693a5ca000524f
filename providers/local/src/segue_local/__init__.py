"""Segue's offline composer: a prompt in, a finished piece of music out, with no network and no key.

The road is a `Brief`, `understand.understand` -> `Plan`, `compose.compose` -> `Score`, and
`render.render` -> an audio file. Importing this package imports neither numpy nor soundfile; only
`segue_local.render` and what lies beneath it do.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue_local.brief import Brief
    from segue_local.plan import Plan
    from segue_local.score import Score

__all__ = ["Brief", "Plan", "Score"]


def __getattr__(name: str) -> object:
    """Import a public name from its module when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{name.lower()}"), name)
    return value
