"""Run a provider's flow: bind its calls to the account, apply the rate limits, name the provider on
every error, and allow only one call that spends. Pure.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from threading import Lock
from types import UnionType
from typing import ParamSpec, TypeVar

import msgspec

from segue._data.redaction import remember
from segue._effects.bound import Bound, Departure, bind
from segue._effects.held_response import Handover
from segue._effects.run import not_an_effect, through
from segue._engine.backend import Backend
from segue._engine.lease import Fence
from segue._engine.throttle import paced_call, paced_save, pause_over
from segue._pace import retry_policy as policy
from segue._plugins.results import type_name, validate_items, validated_result
from segue.errors import (
    BrokenPlugin,
    NotSent,
    ProtocolError,
    Rejected,
    SegueError,
    SubmissionUnknown,
)
from segue.flow import (
    Approve,
    Call,
    Claim,
    Effect,
    Flow,
    Lookup,
    Reply,
    Save,
    Stream,
    Together,
    Unclaim,
)
from segue.job import Asset, Saved, Ticket

logger = logging.getLogger("segue")

T = TypeVar("T")
P = ParamSpec("P")


class Spending:
    """The outcome of a flow's spending calls, of which at most `allowed` are sent.

    `key` is their idempotency key, where the vendor honours one.
    """

    def __init__(self, allowed: int, key: str = "") -> None:
        self.allowed = allowed
        self.key = key
        self.call: Call | None = None
        self.departure = Departure()
        self.outcome: Reply | Exception | None = None
        self._more = False  # whether other calls were made after it
        self._lock = Lock()  # concurrent flows share it

    def going(self, call: Call) -> None:
        """Record a call before it is sent; raise `BrokenPlugin` if it must not be."""
        if not call.spends:
            return
        with self._lock:
            if not self.allowed:
                again = "a second call that spends" if self.call else "a call that spends"
                raise BrokenPlugin(
                    f"the plugin wanted to send {again}: {call.endpoint}; it was not sent",
                    advice="this is a fault of the plugin: report it to its author",
                )
            self.allowed -= 1
            self.call = call

    def came(self, call: Call, outcome: Reply | Exception) -> None:
        """Record the outcome of the call."""
        if call is self.call:
            self.outcome = outcome
        elif self.call is not None:
            self._more = True

    @property
    def sent(self) -> bool:
        """Whether the spending call may have reached its vendor."""
        return self.call is not None and not isinstance(self.outcome, NotSent)

    def unknown(self, error: SegueError) -> bool:
        """Whether the flow, which ended in `error`, may have been charged."""
        if self.call is None:
            return False
        if isinstance(self.outcome, Reply) and self.outcome.doubtful:
            return True
        if isinstance(self.outcome, Reply) and self.outcome.ok:
            return self._more or not isinstance(error, Rejected)  # or it belongs to another request
        if isinstance(self.outcome, Reply | SegueError):
            return policy.outcome_unknown(self.call, self.outcome)
        return True


class Purpose(msgspec.Struct, frozen=True, kw_only=True):
    """The purpose of a provider's requests.

    `patience` is how many seconds each may take, all attempts together; `fetching` the job whose
    download they are for; `handover` receives their replies, and `met` is called with call and
    reply. `fence` is the job's lease, without which none is sent. `waits` is for how many seconds a
    spending call may be retried after 429s.
    """

    patience: float | None = None
    fetching: str | None = None
    handover: Handover | None = None
    fence: Fence | None = None
    met: Callable[[Call, Reply], object] = lambda _call, _reply: None
    waits: float = 0.0


def typed_flow(
    kind: type | UnionType,
    method: Callable[P, Flow[T]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Flow[T]:
    """A provider's method as a flow that returns a value of type `kind`. The method is called when
    the flow starts, so that the exceptions of one that is no generator are handled alike. Raises
    `TypeError` for a value of another type."""
    name = getattr(method, "__name__", "the method")
    flow = method(*args, **kwargs)
    if not isinstance(flow, Generator):
        raise TypeError(f"{name} returned {type_name(flow)}: is there a `yield` in it?")
    return validated_result(name, (yield from flow), kind)


def list_flow(
    kind: type[T],
    method: Callable[P, Flow[list[T]]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Flow[list[T]]:
    """The same for a flow that returns a list, each item of that kind."""
    items = yield from typed_flow(object, method, *args, **kwargs)
    validate_items(getattr(method, "__name__", "the method"), items, kind)
    return items


def bound_flow(
    backend: Backend,
    flow: Flow[T],
    *,
    ticket: Ticket | None = None,
    spending: Spending | None = None,
    purpose: Purpose | None = None,
) -> Flow[T]:
    """Run a provider's flow, with its calls bound to the backend's account."""
    spending, purpose = spending or Spending(allowed=0), purpose or Purpose()
    if ticket is not None:
        remember(ticket.secrets.values())
    try:
        return (yield from through(flow, lambda step: _performed(step, backend, spending, purpose)))
    except SegueError as error:
        _place(error, backend, ticket)
        raise
    except Exception as error:
        raise fault(error, backend, ticket) from error


def submitting(
    backend: Backend,
    flow: Flow[Ticket],
    *,
    spending: Spending | None = None,
    purpose: Purpose | None = None,
) -> Flow[Ticket]:
    """Run a provider's `submit`; raise `SubmissionUnknown` when it may have been charged."""
    spending = spending or Spending(allowed=1)
    try:
        ticket = yield from bound_flow(backend, flow, spending=spending, purpose=purpose)
    except GeneratorExit:
        _warn_if_under_way(spending)
        raise
    except SegueError as error:
        if not spending.unknown(error):
            _say_unspent(error)
            raise
        raise _unknown(error, backend, spending) from error
    if isinstance(spending.outcome, Reply) and not spending.outcome.ok:
        logger.warning(
            "%s: a response with status %s names job %s, which is recorded",
            backend.name,
            spending.outcome.status,
            ticket.id,
        )
    return ticket


def streaming(backend: Backend, flow: Flow[Stream], spending: Spending) -> Flow[Stream]:
    """Run a provider's `stream`, and bind its requests to the account."""
    stream = yield from bound_flow(backend, flow)
    calls = tuple(_of_account(_keyed(call, spending), backend) for call in stream.calls)
    for call in calls:
        spending.going(call)
    yield from pause_over(backend)

    def accept(reply: Reply) -> None:
        try:
            stream.accept(reply)
        except SegueError as error:
            _place(error, backend, None)
            raise
        except Exception as error:
            raise fault(error, backend, None) from error

    return Stream(calls=calls, accept=accept)


def bound_asset(asset: Asset, backend: Backend) -> Asset:
    """The asset with its request, if any, bound to the backend's account."""
    if not isinstance(asset.source, Call):
        return asset
    instead = {name: _of_account(call, backend) for name, call in asset.instead.items()}
    return msgspec.structs.replace(
        asset, source=_of_account(asset.source, backend), instead=instead
    )


def _of_account(call: Call, backend: Backend) -> Call:
    return bind(call, Bound(account=backend.account))


def _performed(
    effect: Effect, backend: Backend, spending: Spending, purpose: Purpose
) -> Flow[object]:
    if isinstance(effect, Save):
        return (yield from _saved(effect, backend, spending))
    if isinstance(effect, Together):
        apart = Purpose(fetching=purpose.fetching, fence=purpose.fence)
        flows = tuple(
            bound_flow(backend, flow, spending=spending, purpose=apart) for flow in effect.flows
        )
        return (yield msgspec.structs.replace(effect, flows=flows))
    if isinstance(effect, Lookup | Claim | Unclaim | Approve):
        raise not_an_effect(effect)  # reserved for core
    if not isinstance(effect, Call):
        return (yield effect)
    added = Bound(
        account=backend.account,
        patience=purpose.patience,
        departure=spending.departure if effect.spends else None,
        keeps=purpose.handover is not None,
    )
    call = bind(_keyed(effect, spending), added)
    spending.going(call)
    try:
        reply = yield from paced_call(
            call, backend, fetching=purpose.fetching, fence=purpose.fence, waits=purpose.waits
        )
    except Exception as error:
        spending.came(call, error)
        raise
    spending.came(call, reply)
    if purpose.handover is not None:
        purpose.handover.met(reply)
    purpose.met(call, reply)
    return reply


def _saved(effect: Save, backend: Backend, spending: Spending) -> Flow[Saved]:
    """Perform a provider's own `Save`, whose call may spend, too."""
    asset = bound_asset(effect.asset, backend)
    if isinstance(asset.source, Call):
        spending.going(asset.source)
    return (yield from paced_save(msgspec.structs.replace(effect, asset=asset), backend))


def _keyed(call: Call, spending: Spending) -> Call:
    """The call with its idempotency key, where its vendor honours one."""
    if not (call.idempotency and spending.key):
        return call
    headers = {**call.headers, call.idempotency: spending.key}
    return msgspec.structs.replace(call, headers=headers)


def _warn_if_under_way(spending: Spending) -> None:
    if spending.call is not None and spending.outcome is None and spending.departure.possible:
        logger.warning(
            "interrupted while %s was in flight: its outcome is not known, and it may be charged",
            spending.call.endpoint,
        )


def _unknown(error: SegueError, backend: Backend, spending: Spending) -> SubmissionUnknown:
    unknown = SubmissionUnknown(f"the outcome of the submission is not known: {error.message}")
    unknown.provider = backend.name
    unknown.endpoint = spending.call.endpoint if spending.call else None
    if spending.call is not None and spending.call.idempotency is not None:
        unknown.advice = (
            "it was sent with one idempotency key only, so there is one job at most: settle it"
            " with client.resume(JOB)"
        )
    return unknown


def _say_unspent(error: SegueError) -> None:
    """Add to a submission's error that nothing was spent, when nothing was sent."""
    if isinstance(error, NotSent):
        error.advice = f"{error.advice}; nothing was spent"


def _place(error: SegueError, backend: Backend, ticket: Ticket | None) -> None:
    error.provider = error.provider or backend.name
    if error.ticket is None and ticket is not None and isinstance(error, ProtocolError):
        error.advice = f"{error.advice}; the job is not affected"
    error.ticket = error.ticket or ticket


def fault(error: Exception, backend: Backend, ticket: Ticket | None) -> BrokenPlugin:
    """The error for an exception that a plugin must not raise."""
    broken = BrokenPlugin(
        f"the plugin failed: {type(error).__name__}: {error}",
        advice="this is a fault of the plugin, not of the job: report it to its author",
    )
    _place(broken, backend, ticket)
    return broken
