"""Suggest the nearest model name after a refusal. Pure.

The catalogue may list fewer models than the vendor accepts. So a name is never refused here; but
when the vendor refuses the task, the nearest name of its catalogue is part of the advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from segue._data.suggestions import nearest
from segue.errors import (
    AuthenticationFailed,
    ContentPolicy,
    InsufficientFunds,
    RateLimited,
    Rejected,
)

if TYPE_CHECKING:
    from segue._engine.backend import Backend

_OTHERWISE = (AuthenticationFailed, ContentPolicy, InsufficientFunds, RateLimited)


@contextmanager
def suggesting_model(backend: Backend) -> Iterator[None]:
    """Add the nearest model name to a refusal, where the catalogue lacks the given one."""
    try:
        yield
    except Rejected as error:
        model = _nearest(backend)
        if model is not None and not isinstance(error, _OTHERWISE):
            question = f"did you mean '{backend.key.provider}/{model}'?"
            error.advice = f"{question} {error.advice}".strip()
        raise


def _nearest(backend: Backend) -> str | None:
    name = backend.key.model
    known = [model.id for model in backend.models or ()]
    return None if not name or name in known else nearest(name, known)
