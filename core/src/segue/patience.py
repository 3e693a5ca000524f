"""Tries that are repeated: by tenacity, as `Tries` says, after a first one that failed.

Every instance is made for one call and configured by nothing else: what a program does with
tenacity, or with a library on top of it, changes nothing here, and nothing here changes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from tenacity import AsyncRetrying, RetryCallState, Retrying

from segue.tries import Tries

T = TypeVar("T")


def patiently(tries: Tries, attempt: Callable[[], T]) -> T:
    """Try, and let tenacity go on if that fails: nearly all tries succeed, and what tenacity
    does before the first one costs a tenth of a request."""
    try:
        return attempt()
    except Exception as error:
        rules = _Rules(tries, error)

    def again() -> T:
        rules.raise_first()
        return attempt()

    return Retrying(retry=rules.retry, wait=rules.wait, reraise=True)(again)


async def patiently_async(tries: Tries, attempt: Callable[[], Awaitable[T]]) -> T:
    """The same, awaiting it."""
    try:
        return await attempt()
    except Exception as error:
        rules = _Rules(tries, error)

    async def again() -> T:
        rules.raise_first()
        return await attempt()

    retrying = AsyncRetrying(sleep=anyio.sleep, retry=rules.retry, wait=rules.wait, reraise=True)
    return await retrying(again)


class _Rules:
    """What tenacity asks: whether to go on, and when. It begins with a failure of ours."""

    def __init__(self, tries: Tries, first: Exception) -> None:
        self._tries = tries
        self._first: Exception | None = first
        self._pause: float | None = None

    def raise_first(self) -> None:
        """Raise the failure of the first try, once."""
        first, self._first = self._first, None
        if first is not None:
            raise first

    def retry(self, state: RetryCallState) -> bool:
        """Whether the call is worth another try."""
        error = state.outcome.exception() if state.outcome else None
        self._pause = self._tries.pause(error) if isinstance(error, Exception) else None
        return self._pause is not None

    def wait(self, state: RetryCallState) -> float:
        """Seconds until then."""
        return self._pause or 0.0
