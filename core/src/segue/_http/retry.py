"""Tries that are repeated: by stamina, as `Tries` decides, after a first one that failed.

Stamina reports every retry to the program's own `stamina` logger, on stderr where nobody listens.
Ours are reported by `Tries`, so they pass that logger by, for as long as they last and no longer:
nothing of stamina's, or of the program's, is changed on import or left changed afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import stamina

from segue._engine.attempts import Tries

T = TypeVar("T")

_OURS: ContextVar[bool] = ContextVar("segue_retry", default=False)


def patiently(tries: Tries, attempt: Callable[[], T]) -> T:
    """Try, and let stamina go on if that fails: nearly all tries succeed, and what stamina does
    before the first one costs a tenth of a request."""
    try:
        return attempt()
    except Exception as error:
        first = [error]
    with _reported_by_us():
        for again in stamina.retry_context(tries.pause, attempts=None, timeout=None):
            with again, _attempt_of(first):
                return attempt()
    raise AssertionError("stamina tries until it returns or raises")


async def patiently_async(tries: Tries, attempt: Callable[[], Awaitable[T]]) -> T:
    """The same, awaiting it."""
    try:
        return await attempt()
    except Exception as error:
        first = [error]
    with _reported_by_us():
        async for again in stamina.retry_context(tries.pause, attempts=None, timeout=None):
            with again, _attempt_of(first):
                return await attempt()
    raise AssertionError("stamina tries until it returns or raises")


@contextmanager
def _attempt_of(first: list[Exception]) -> Iterator[None]:
    """One attempt, with the records of its own code reported as ever; the first of them has
    failed already, and raises that."""
    token = _OURS.set(False)
    try:
        if first:
            raise first.pop()
        yield
    finally:
        _OURS.reset(token)


@contextmanager
def _reported_by_us() -> Iterator[None]:
    """Hide the retries of this context from stamina's logger."""
    hidden, logger = _Others(), logging.getLogger("stamina")
    token = _OURS.set(True)
    logger.addFilter(hidden)
    try:
        yield
    finally:
        logger.removeFilter(hidden)
        _OURS.reset(token)


class _Others(logging.Filter):
    """Passes what is no retry of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is somebody else's."""
        return not _OURS.get()
