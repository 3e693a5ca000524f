"""What a fault is, and how a provider is made that has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from segue import Generate
from tests.kit.metronome import Metronome

ABLE = Metronome.capabilities


class Fault(NamedTuple):
    """`test` must fail for `provider`, and tell of `words`; `brought` is what else the kit's
    class has."""

    test: str
    provider: Any
    words: str
    brought: Mapping[str, Any] = {}


def with_(**own: Any) -> type[Metronome]:
    """A metronome with other attributes or methods."""
    return type("Faulty", (Metronome,), {"__module__": __name__, **own})


def able(**changes: Any) -> type[Metronome]:
    return with_(capabilities=msgspec.structs.replace(ABLE, **changes))


def takes(*fields: str) -> type[Metronome]:
    return able(tasks={Generate: frozenset({"prompt", "bpm", "title", *fields})})
