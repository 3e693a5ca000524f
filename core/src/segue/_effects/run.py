"""The loops that run a generator: send it a result, perform what it yields next, until it ends.

They differ only in how a result is obtained: by a call, an await, or another generator. The
generator is always closed, so none is ever left half-run. Effects that both drivers perform alike
are here, too.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator
from datetime import UTC, datetime
from typing import Any, TypeVar

from segue.errors import BrokenPlugin
from segue.flow import Approve, Claim, Lookup, Now, Sleep, Unclaim

T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")


def pump(
    flow: Generator[S, Any, T],
    perform: Callable[[S], object],
    clock: Callable[[], Now] | None = None,
) -> T:
    """Run `flow` to its end; exceptions of `perform` are thrown into it.

    Effects that only read the clock, as many do, are performed by `clock` directly.
    """
    try:
        step = next(flow)
        while True:
            if isinstance(step, Sleep) and step.seconds <= 0 and clock is not None:
                step = flow.send(clock())
                continue
            try:
                answer = perform(step)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        flow.close()


async def async_pump(
    flow: Generator[S, Any, T],
    perform: Callable[[S], Awaitable[object]],
    clock: Callable[[], Now] | None = None,
) -> T:
    """The same, awaiting `perform`."""
    try:
        step = next(flow)
        while True:
            if isinstance(step, Sleep) and step.seconds <= 0 and clock is not None:
                step = flow.send(clock())
                continue
            try:
                answer = await perform(step)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        flow.close()


def through(
    flow: Generator[S, Any, T], perform: Callable[[S], Generator[R, Any, object]]
) -> Generator[R, Any, T]:
    """The same, within a generator: it yields the effects of `perform`."""
    try:
        step = next(flow)
        while True:
            try:
                answer = yield from perform(step)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        flow.close()


def read_clock() -> Now:
    """Read both clocks."""
    return Now(monotonic=time.monotonic(), utc=datetime.now(UTC))


def not_an_effect(effect: object) -> BrokenPlugin:
    """The error for a flow that yields an object that is no effect, or one that it may not
    yield."""
    kind = type(effect).__name__
    if isinstance(effect, Lookup | Claim | Unclaim | Approve):
        what = f"a provider's flow yielded {kind}, which only core's own flows may yield"
    else:
        what = f"a flow yielded {effect!r}, which is not an effect"
    return BrokenPlugin(
        what,
        advice="a flow may yield Call, Work, Sleep, Save, Record and Together;"
        " did it miss a `from`?",
    )
