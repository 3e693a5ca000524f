"""The tries of one call: whether another follows a failure, and their repetition by stamina.

The first try is made without stamina, which is imported when one has failed: nearly all succeed.
Stamina reports every retry to the program's own `stamina` logger, on stderr where nobody listens.
Ours are reported by `Tries`, so they pass that logger by, for as long as they last and no longer:
nothing of stamina's, or of the program's, is changed on import or left changed afterwards.
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
    """Carries a reply that is worth another try through stamina."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


class Tries:
    """The tries of one call: stamina asks after each failure whether to go on, and when."""

    def __init__(self, call: Call, hooks: Hooks) -> None:
        self._call = call
        self._hooks = hooks
        self._count = 0
        self._began = 0.0
        self._first: float | None = None
        self._doubt = False  # whether a try may have been taken, although no answer tells

    def begin(self) -> None:
        """Another try starts now."""
        self._count += 1
        self._began = time.monotonic()
        self._first = self._began if self._first is None else self._first

    @property
    def left(self) -> float | None:
        """Seconds that this and all further tries may take; None where nobody counts."""
        patience = bound(self._call).patience
        if patience is None or self._first is None:
            return None
        return patience - (time.monotonic() - self._first)

    def progressed(self) -> None:
        """Bytes arrived: the next interruption counts as the first."""
        self._count = 1

    def ended(self, outcome: Reply | RequestError) -> None:
        """This try is over: tell the hooks."""
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
        """The reply itself, unless it is worth another try."""
        self.ended(reply)
        if self._after(reply) is None:
            return msgspec.structs.replace(reply, doubtful=reply.doubtful or self._doubt)
        raise Answered(reply)

    def never_sent(self, error: NotSent) -> NotSent | ConnectionLost:
        """`NotSent`, unless an earlier try may have been delivered: then `ConnectionLost`."""
        self.ended(error)
        return policy.doubted(error) if self._doubt else error

    def repeats(self, error: RequestError) -> bool:
        """Whether there will be another try if this one ends so."""
        return self._after(error) is not None

    def pause(self, error: Exception) -> bool | float:
        """Stamina's backoff hook: the seconds after which to try again after this failure;
        False for not at all."""
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
    """Try, and let stamina repeat it if that fails."""
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
