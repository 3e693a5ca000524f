"""How core carries a provider's flow: it fills in the account, keeps the account's pace, names
the provider on every error, and counts the one thing that must not happen twice, a call that
spends. Pure.
"""

from __future__ import annotations

import logging
from typing import TypeVar, cast

import msgspec

from segue import policy
from segue.backend import Backend
from segue.errors import (
    BrokenPlugin,
    RateLimited,
    Rejected,
    RequestError,
    SegueError,
    SubmissionUnknown,
)
from segue.flow import Call, Effect, Flow, Reply, Save, now, save, sleep
from segue.job import Asset, Saved, Ticket

logger = logging.getLogger("segue")

T = TypeVar("T")


class Spending:
    """What became of the calls of a flow that spend: at most `allowed` of them are let out.

    `key` is the idempotency key that they carry, where the vendor honours one.
    """

    def __init__(self, allowed: int, key: str = "") -> None:
        self.allowed = allowed
        self.key = key
        self.call: Call | None = None
        self.outcome: Reply | Exception | None = None

    def going(self, call: Call) -> None:
        """A call is about to leave; raise `BrokenPlugin` if it may not."""
        if not call.spends:
            return
        if not self.allowed:
            again = "a second call that spends" if self.call else "a call that spends"
            raise BrokenPlugin(
                f"the plugin wanted to send {again}: {call.endpoint}; it was not sent",
                advice="this is a fault of the plugin: report it to its author",
            )
        self.allowed -= 1
        self.call = call

    def came(self, call: Call, outcome: Reply | Exception) -> None:
        """What the call that just left brought back."""
        if call is self.call:
            self.outcome = outcome

    def unknown(self, error: SegueError) -> bool:
        """Whether the flow, which ended in `error`, may have been charged."""
        if self.call is None:
            return False
        if isinstance(self.outcome, Reply) and self.outcome.ok:
            return not isinstance(error, Rejected)
        if isinstance(self.outcome, Reply | RequestError):
            return policy.outcome_unknown(self.call, self.outcome)
        return True


def carried(
    backend: Backend,
    flow: Flow[T],
    *,
    ticket: Ticket | None = None,
    spending: Spending | None = None,
) -> Flow[T]:
    """Run a provider's flow on, with its calls bound to the backend's account."""
    spending = spending or Spending(allowed=0)
    try:
        effect = next(flow)
        while True:
            try:
                answer = yield from _performed(effect, backend, spending)
            except Exception as error:
                effect = flow.throw(error)
            else:
                effect = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
    except SegueError as error:
        _place(error, backend, ticket)
        raise
    except Exception as error:
        raise fault(error, backend, ticket) from error
    finally:
        flow.close()


def submitting(backend: Backend, flow: Flow[Ticket], *, key: str = "") -> Flow[Ticket]:
    """Run a provider's `submit`; raise `SubmissionUnknown` when it may have been charged."""
    spending = Spending(allowed=1, key=key)
    try:
        ticket = yield from carried(backend, flow, spending=spending)
        if not isinstance(ticket, Ticket):
            raise fault(TypeError(f"submit returned {type(ticket).__name__}"), backend, None)
    except GeneratorExit:
        _warn_if_under_way(spending)
        raise
    except SegueError as error:
        if not spending.unknown(error):
            raise
        raise _unknown(error, backend, spending) from error
    return ticket


def bound_asset(asset: Asset, backend: Backend) -> Asset:
    """The asset with its request, if it is one, bound to the backend's account."""
    if not isinstance(asset.source, Call):
        return asset
    source = msgspec.structs.replace(asset.source, account=backend.account)
    return msgspec.structs.replace(asset, source=source)


def _performed(effect: Effect, backend: Backend, spending: Spending) -> Flow[object]:
    if isinstance(effect, Save):
        return (yield from _saved(effect, backend, spending))
    if not isinstance(effect, Call):
        return (yield effect)
    call = _bound(effect, backend, spending)
    spending.going(call)
    try:
        reply = yield from _paced(call, backend)
    except Exception as error:
        spending.came(call, error)
        raise
    spending.came(call, reply)
    return reply


def _saved(effect: Save, backend: Backend, spending: Spending) -> Flow[Saved]:
    """A provider may save what an immediate call answers with; such a call may spend, too."""
    asset = bound_asset(effect.asset, backend)
    if isinstance(asset.source, Call):
        spending.going(asset.source)
        yield from _pause_over(backend)
    return (yield from save(msgspec.structs.replace(effect, asset=asset)))


def _paced(call: Call, backend: Backend) -> Flow[Reply]:
    """Send a call when the account is not paused, and again after a pause that it caused.

    A call that spends has had its turn: it goes at once, right after its intent was written.
    """
    attempt = 0
    while True:
        if attempt or not call.spends:
            yield from _pause_over(backend)
        reply = cast("Reply", (yield call))
        if reply.status < 400:
            return reply
        attempt += 1
        clock = yield from now()
        seconds = policy.pause(reply, clock.utc)
        if seconds is not None:
            backend.gate.pause(seconds, clock.monotonic)
        elif reply.status < 500:
            backend.gate.failed(clock.monotonic)
        if seconds is None or not policy.after_pause(call, reply, seconds, attempt):
            return reply


def _pause_over(backend: Backend) -> Flow[None]:
    clock = yield from now()
    while (wait := backend.gate.paused(clock.monotonic)) > 0:
        refuse_long_pause(wait)
        clock = yield from sleep(wait)


def refuse_long_pause(seconds: float) -> None:
    """Raise `RateLimited` rather than sleep through a pause that a caller should know of."""
    if seconds > policy.PATIENCE:
        raise RateLimited(
            f"the vendor asked to be left alone for another {seconds:.0f} s", retry_after=seconds
        )


def _bound(call: Call, backend: Backend, spending: Spending) -> Call:
    headers = dict(call.headers)
    if call.idempotency and spending.key:
        headers[call.idempotency] = spending.key
    return msgspec.structs.replace(call, account=backend.account, headers=headers)


def _warn_if_under_way(spending: Spending) -> None:
    if spending.call is not None and spending.outcome is None:
        logger.warning(
            "interrupted while %s was under way: its outcome is not known, and it may be charged",
            spending.call.endpoint,
        )


def _unknown(error: SegueError, backend: Backend, spending: Spending) -> SubmissionUnknown:
    unknown = SubmissionUnknown(f"the outcome of the submission is not known: {error.message}")
    unknown.provider = backend.name
    unknown.endpoint = spending.call.endpoint if spending.call else None
    return unknown


def _place(error: SegueError, backend: Backend, ticket: Ticket | None) -> None:
    error.provider = error.provider or backend.name
    error.ticket = error.ticket or ticket


def fault(error: Exception, backend: Backend, ticket: Ticket | None) -> BrokenPlugin:
    """The error for an exception that no plugin should have let out."""
    broken = BrokenPlugin(
        f"the plugin failed: {type(error).__name__}: {error}",
        advice="this is a fault of the plugin, not of the job: report it to its author",
    )
    _place(broken, backend, ticket)
    return broken
