"""The attempts of one call, retried by stamina.

The first attempt is made without stamina, which is imported after a failure: nearly all succeed.
Stamina logs every retry to the program's own `stamina` logger, by default on stderr. Ours are
logged by `Tries`, so they are filtered there, only while they last: nothing of stamina's, or of the
program's, is changed on import or left changed afterwards.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import msgspec

from segue._effects.bound import bound
from segue._pace import retry_policy as policy
from segue.errors import ConnectionLost, NotSent, RequestError
from segue.flow import Call, Reply
from segue.hooks import Hooks

logger = logging.getLogger("segue")

T = TypeVar("T")

_OURS: ContextVar[bool] = ContextVar("segue_retry", default=False)


class Answered(Exception):
    """Carries a reply that is to be retried through stamina."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


class Tries:
    """The attempts of one call; stamina calls `pause` after each failure."""

    def __init__(self, call: Call, hooks: Hooks) -> None:
        self._call = call
        self._hooks = hooks
        self._count = 0
        self._began = 0.0
        self._first: float | None = None
        self._doubt = False  # whether an attempt without a response may have been accepted

    def begin(self) -> None:
        """Start another attempt."""
        self._count += 1
        self._began = time.monotonic()
        self._first = self._began if self._first is None else self._first

    @property
    def left(self) -> float | None:
        """Seconds that this and all further attempts may take; None without a limit."""
        patience = bound(self._call).patience
        if patience is None or self._first is None:
            return None
        return patience - (time.monotonic() - self._first)

    def progressed(self) -> None:
        """Reset the count after progress: the next interruption is the first."""
        self._count = 1

    def ended(self, outcome: Reply | RequestError) -> None:
        """End this attempt, and notify the hooks."""
        self._doubt = self._doubt or policy.outcome_unknown(self._call, outcome)
        account = bound(self._call).account
        self._hooks.called(
            endpoint=self._call.endpoint,
            provider=account.provider if account else "",
            status=outcome.status,
            error=None if isinstance(outcome, Reply) else outcome,
            seconds=time.monotonic() - self._began,
            attempt=self._count,
        )

    def answered(self, reply: Reply) -> Reply:
        """Return the reply, or raise `Answered` if it is to be retried."""
        self.ended(reply)
        if self._after(reply) is None:
            return msgspec.structs.replace(reply, doubtful=reply.doubtful or self._doubt)
        raise Answered(reply)

    def never_sent(self, error: NotSent) -> NotSent | ConnectionLost:
        """`NotSent`, unless an earlier attempt may have been delivered: then `ConnectionLost`."""
        self.ended(error)
        return policy.doubted(error) if self._doubt else error

    def repeats(self, error: RequestError) -> bool:
        """Whether another attempt follows this error."""
        return self._after(error) is not None

    def pause(self, error: Exception) -> bool | float:
        """Stamina's backoff hook: the seconds until the retry after this failure; False for
        none."""
        outcome = error.reply if isinstance(error, Answered) else error
        if not isinstance(outcome, Reply | RequestError):
            return False
        after = self._after(outcome)
        if after is None:
            return False
        logger.info("%s: %s; again in %g s", self._call.endpoint, outcome, after)
        return after

    def _after(self, outcome: Reply | RequestError) -> float | None:
        after, left = policy.again(self._call, outcome, self._count), self.left
        return None if after is None or (left is not None and after >= left) else after


def patiently(tries: Tries, attempt: Callable[[], T]) -> T:
    """Make an attempt, and let stamina retry it if that fails."""
    try:
        return attempt()
    except Exception as error:
        first = [error]
    import stamina  # noqa: PLC0415 - costs milliseconds, and few calls need it

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
    import stamina  # noqa: PLC0415 - costs milliseconds, and few calls need it

    with _reported_by_us():
        async for again in stamina.retry_context(tries.pause, attempts=None, timeout=None):
            with again, _attempt_of(first):
                return await attempt()
    raise AssertionError("stamina tries until it returns or raises")


@contextmanager
def _attempt_of(first: list[Exception]) -> Iterator[None]:
    """One attempt, whose own code logs as usual; the first one has failed already, and raises its
    error."""
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
    """Passes records that are no retry of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is not ours."""
        return not _OURS.get()
