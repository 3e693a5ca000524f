"""The tries of one call: whether another follows a failure, and what hooks are told of each."""

from __future__ import annotations

import logging
import time

import msgspec

from segue._effects.bound import bound
from segue._pace import retry_policy as policy
from segue.errors import ConnectionLost, NotSent, RequestError
from segue.flow import Call, Reply
from segue.hooks import Hooks

logger = logging.getLogger("segue")


class Answered(Exception):
    """Carries a reply that is worth another try through stamina."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


def doubted(error: NotSent) -> ConnectionLost:
    """The error for a call whose last try was never sent, after one that may have been taken."""
    return ConnectionLost(f"no answer came back, and then: {error.message}")


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
        """The error for a try that never left; it is no comfort if an earlier one did."""
        self.ended(error)
        return doubted(error) if self._doubt else error

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
