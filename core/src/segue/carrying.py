"""How core carries a provider's flow: it fills in the account, names the provider on every
error, and keeps count of the one thing that must not happen twice, a call that spends. Pure.
"""

from __future__ import annotations

import logging
from typing import TypeVar

import msgspec

from segue import policy
from segue.backend import Backend
from segue.errors import BrokenPlugin, Rejected, RequestError, SegueError, SubmissionUnknown
from segue.flow import Call, Effect, Flow, Reply
from segue.job import Asset, Ticket

logger = logging.getLogger("segue")

T = TypeVar("T")


class Spending:
    """What became of the calls of a flow that spend: at most `allowed` of them are let out."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.call: Call | None = None
        self.outcome: Reply | Exception | None = None

    def going(self, effect: Effect) -> None:
        """A call is about to leave; raise `BrokenPlugin` if it may not."""
        if not (isinstance(effect, Call) and effect.spends):
            return
        if not self.allowed:
            again = "a second call that spends" if self.call else "a call that spends"
            raise BrokenPlugin(
                f"the plugin wanted to send {again}: {effect.endpoint}; it was not sent",
                advice="this is a fault of the plugin: report it to its author",
            )
        self.allowed -= 1
        self.call = effect

    def came(self, effect: Effect, outcome: Reply | Exception) -> None:
        """What the call that just left brought back."""
        if effect is self.call:
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
            bound = _bound(effect, backend)
            spending.going(bound)
            try:
                answer = yield bound
            except Exception as error:
                spending.came(bound, error)
                effect = flow.throw(error)
            else:
                spending.came(bound, answer)
                effect = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
    except SegueError as error:
        _place(error, backend, ticket)
        raise
    except Exception as error:
        raise _fault(error, backend, ticket) from error
    finally:
        flow.close()


def submitting(backend: Backend, flow: Flow[Ticket]) -> Flow[Ticket]:
    """Run a provider's `submit`; raise `SubmissionUnknown` when it may have been charged."""
    spending = Spending(allowed=1)
    try:
        ticket = yield from carried(backend, flow, spending=spending)
        if not isinstance(ticket, Ticket):
            raise _fault(TypeError(f"submit returned {type(ticket).__name__}"), backend, None)
    except GeneratorExit:
        if spending.call is not None and spending.outcome is None:
            logger.warning(
                "interrupted while %s was under way: its outcome is not known, and it may be"
                " charged",
                spending.call.endpoint,
            )
        raise
    except SegueError as error:
        if not spending.unknown(error):
            raise
        unknown = SubmissionUnknown(f"the outcome of the submission is not known: {error.message}")
        unknown.provider = backend.name
        unknown.endpoint = spending.call.endpoint if spending.call else None
        raise unknown from error
    return ticket


def bound_asset(asset: Asset, backend: Backend) -> Asset:
    """The asset with its request, if it is one, bound to the backend's account."""
    if not isinstance(asset.source, Call):
        return asset
    source = msgspec.structs.replace(asset.source, account=backend.account)
    return msgspec.structs.replace(asset, source=source)


def _bound(effect: Effect, backend: Backend) -> Effect:
    if isinstance(effect, Call):
        return msgspec.structs.replace(effect, account=backend.account)
    return effect


def _place(error: SegueError, backend: Backend, ticket: Ticket | None) -> None:
    error.provider = error.provider or backend.name
    error.ticket = error.ticket or ticket


def _fault(error: Exception, backend: Backend, ticket: Ticket | None) -> BrokenPlugin:
    fault = BrokenPlugin(
        f"the plugin failed: {type(error).__name__}: {error}",
        advice="this is a fault of the plugin, not of the job: report it to its author",
    )
    _place(fault, backend, ticket)
    return fault
