"""Tries that are repeated: by stamina, as `Tries` says, after a first one that failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from segue.tries import Tries

T = TypeVar("T")

_PATIENT = stamina.RetryingCaller(attempts=None, timeout=None)
_PATIENT_ASYNC = stamina.AsyncRetryingCaller(attempts=None, timeout=None)


def patiently(tries: Tries, attempt: Callable[[], T]) -> T:
    """Try, and let stamina go on if that fails: nearly all tries succeed, and what stamina does
    before the first one costs a tenth of a request."""
    try:
        return attempt()
    except Exception as error:
        failed = [error]

    def again() -> T:
        _told(failed)
        return attempt()

    return _PATIENT(tries, again)


async def patiently_async(tries: Tries, attempt: Callable[[], Awaitable[T]]) -> T:
    """The same, awaiting it."""
    try:
        return await attempt()
    except Exception as error:
        failed = [error]

    async def again() -> T:
        _told(failed)
        return await attempt()

    return await _PATIENT_ASYNC(tries, again)


def _told(failed: list[Exception]) -> None:
    """Raise the failure of the first try, once."""
    if failed:
        raise failed.pop()
